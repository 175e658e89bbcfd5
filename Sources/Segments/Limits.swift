/// Every bound of this module, in one place.
package enum Limits {
    /// The events of one segment at most, so that an index into any of its tables fits 16 bits.
    package static let events = 65_536
    /// The bytes of one part of a segment at most, so that an offset into it fits 32 bits with room to spare.
    package static let bytes = 1 << 30
    /// The bytes of both parts of a segment that is written, at most: PostgreSQL takes less than 1 GiB in one message.
    package static let writtenBytes = 1_000 << 20
}
