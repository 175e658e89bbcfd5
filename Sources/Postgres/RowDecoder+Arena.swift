extension RowDecoder {
    /// Copies the bytes of the next field to the end of `arena`, whatever its type, and returns how many there were;
    /// `nil` for NULL.
    ///
    /// One copy of the whole run: appending byte by byte would cost more than all other fields of a row together.
    @inlinable @inline(always)
    package mutating func nextBytes(appendingTo arena: inout [UInt8]) throws(PostgresError) -> Int? {
        guard let range = try nextBytes() else { return nil }
        // The span is alive for the whole closure, and the array copies what it is given.
        unsafe row.extracting(range).withUnsafeBytes { bytes in unsafe arena.append(contentsOf: bytes) }
        return range.count
    }
}
