import Trial

/// Cuts chunks of input into lines, with bounded memory however long a line is.
struct LineSplitter {
    /// The longest line that is kept whole; of a longer one the beginning is kept, enough to be refused for its length.
    static let longestLine = 65_536

    private var carried: [UInt8] = []
    private var isCarrying = false

    /// Hands over every line that ends in this chunk, without its end.
    mutating func split(_ chunk: [UInt8], _ body: (borrowing Span<UInt8>) -> Void) {
        let span = chunk.span
        var start = 0
        var index = 0
        while index < span.count {
            if span[index] == UInt8(ascii: "\n") {
                let piece = span.extracting(start..<index)
                if isCarrying {
                    carry(piece)
                    body(carried.span)
                    carried.removeAll(keepingCapacity: true)
                    isCarrying = false
                } else {
                    body(piece)
                }
                start = index + 1
            }
            index += 1
        }
        if start < span.count {
            carry(span.extracting(start..<span.count))
            isCarrying = true
        }
    }

    /// Hands over what is left at the end of the input: a last line without an end.
    mutating func finish(_ body: (borrowing Span<UInt8>) -> Void) {
        guard isCarrying else { return }
        body(carried.span)
        carried = []
        isCarrying = false
    }

    private mutating func carry(_ piece: borrowing Span<UInt8>) {
        let room = Self.longestLine + 1 - carried.count
        if room > 0 { carried.append(piece.extracting(0..<min(room, piece.count))) }
    }
}
