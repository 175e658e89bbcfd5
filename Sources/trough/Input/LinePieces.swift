import Trial

/// Parses lines into pieces that become commits.
struct LinePieces {
    /// The pieces that are ready to go on their way, in order.
    private var ready: [ParsedLines] = []
    private var pending = ParsedLines()
    private var parser = LineParser()
    /// How many lines there were before and in the file under way.
    private var total = 0
    private var number = 0
    /// When the first line of the pending piece came, in microseconds since 1970.
    private var began: Int64 = 0

    /// How long the first line of a piece waits for more, in microseconds.
    private static let patience: Int64 = 400_000

    /// Lines are of another file from here on, whose first line has the number 1.
    mutating func beginFile() { number = 0 }

    /// Reads the next line.
    mutating func add(_ line: borrowing Span<UInt8>, file: Int, at now: Int64) {
        if pending.count == 0 { began = now }
        number += 1
        total += 1
        pending.add(line, file: file, number: number, through: total, receivedAt: now, &parser)
        if pending.count >= ParsedLines.mostLines { finishPiece() }
    }

    /// Takes the pieces that are full or have waited long enough.
    mutating func take(at now: Int64) -> [ParsedLines] {
        if pending.count > 0, now - began >= Self.patience { finishPiece() }
        defer { ready = [] }
        return ready
    }

    /// Takes what is left at the end.
    mutating func takeRest() -> [ParsedLines] {
        if pending.count > 0 { finishPiece() }
        defer { ready = [] }
        return ready
    }

    private mutating func finishPiece() {
        // The next piece will be about as large, and growing step by step copies what is there each time.
        let next = ParsedLines(like: pending)
        ready.append(pending)
        pending = next
    }
}
