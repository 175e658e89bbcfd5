import EventLog
import Trial

/// Lines on their way into the log: the events among them, and the refusals, with where each came from.
struct ParsedLines: Sendable {
    /// Where a line stands and what it says.
    struct Line: Sendable {
        var file: Int
        /// The line's number in its file, from 1.
        var number: Int
        /// Its bytes, in ``ParsedLines/text``.
        var text: Range<Int>
    }

    /// The accepted events.
    var events = EventBatch()
    /// For each event its line.
    var lines: [Line] = []
    /// The refused lines.
    var refused: [(line: Line, refusal: Refusal)] = []
    /// The bytes of all lines.
    var text: [UInt8] = []
    /// How many lines there are.
    var count = 0
    /// How many bytes of the input they are, about: a carriage return and what is too long of a line do not count.
    var bytes: Int { text.count + count }
    /// How many lines of the whole input there are up to the last of these.
    var through = 0

    /// Reads one line.
    mutating func add(
        _ line: borrowing Span<UInt8>, file: Int, number: Int, through: Int, receivedAt now: Int64,
        _ parser: inout LineParser
    ) {
        let start = text.count
        text.append(line)
        let place = Line(file: file, number: number, text: start..<text.count)
        count += 1
        self.through = through
        do throws(Refusal) {
            try parser.parse(line, receivedAt: now, into: &events)
            lines.append(place)
        } catch {
            refused.append((place, error))
        }
    }

    /// When so many lines are there, no more should be added before these are committed.
    static let mostLines = Limits.eventsPerCommit

    /// No lines.
    init() {}

    /// No lines yet, but room for as many as another piece has.
    init(like other: ParsedLines) {
        events.records.reserveCapacity(other.events.records.count)
        events.arena.reserveCapacity(other.events.arena.count + other.events.arena.count / 8)
        lines.reserveCapacity(other.lines.count)
        text.reserveCapacity(other.text.count + other.text.count / 8)
    }
}
