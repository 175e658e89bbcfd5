import Trial

/// Outcome lines one after the other.
///
/// Room is made for a whole line before it is spelled, so that its words are copied in blocks and nothing is asked of the
/// array in between.
struct LineText: Sendable {
    private var room: [UInt8]
    /// How many bytes the lines have.
    private(set) var count = 0

    /// No lines yet, and room for so many of the usual length.
    init(expecting lines: Int) { room = [UInt8](repeating: 0, count: lines * Limits.bytesPerLine) }

    /// The lines.
    var bytes: ArraySlice<UInt8> { room[..<count] }

    /// Those lines that lie in a range.
    func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> { room[range] }

    /// Appends bytes.
    ///
    /// - Parameters:
    ///   - greatest: How many there are at most.
    ///   - store: Stores them from a place on, and returns the place behind them.
    mutating func append(_ greatest: Int, _ store: (inout MutableSpan<UInt8>, Int) -> Int) {
        makeRoom(for: greatest)
        let start = count
        var output = room.mutableSpan
        count = store(&output, start)
    }

    /// Makes room for so many bytes, and for those behind them that storing may overwrite.
    private mutating func makeRoom(for bytes: Int) {
        let needed = count + bytes + 8
        if needed > room.count { room += [UInt8](repeating: 0, count: max(needed, 2 * room.count) - room.count) }
    }
}
