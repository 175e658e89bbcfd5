/// The heads of the slices that one work touches, while its batches are being written.
struct SliceHeads: Sendable {
    /// The head of one slice.
    struct Head: Sendable {
        var slice: Int32
        var position: Int64
        var patients: Int32
        var digest: [UInt8]
        /// Where the batch under way begins.
        var firstPosition: Int64
        /// Up to which position rows were removed.
        var removed: Int64

        /// How far the slice has come.
        var end: LogMark.End { LogMark.End(slice: slice, position: position, digest: digest) }
        /// Whether the batch under way has events.
        var hasGrown: Bool { position >= firstPosition }
    }

    /// Ascending by slice.
    var heads: [Head] = []
    /// When the batches are recorded, in microseconds since 1970-01-01 00:00 UTC; never before a head's last batch.
    var recordedAt = Int64.min
    /// The server's number for the type of an event's row.
    var rowType: UInt32 = 0
}
