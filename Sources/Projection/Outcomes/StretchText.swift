/// The digested lines of a stretch of patients under one of several protocols.
///
/// Lines that are the same under the first protocol, as most are, are not copied: runs tell whose lines come next.
struct StretchText: Sendable {
    /// Lines that follow each other in one of the texts.
    struct Run {
        /// Whether they are in the text of the first protocol, and not in this one's own.
        let isOfFirst: Bool
        var range: Range<Int>
    }

    /// Lines that are under this protocol alone.
    private(set) var own: LineText
    /// All lines, in order.
    private(set) var runs: [Run] = []

    /// No lines yet, and room for so many of the usual length of its own.
    init(expecting lines: Int) { own = LineText(expecting: lines) }

    /// Adds the line of a patient under the protocol of this number, which is this one's.
    mutating func add(_ patient: OrderedPatient, _ number: Int) {
        let start = own.count
        patient.stretch.lines[number].append(digested: patient.entry, to: &own)
        add(Run(isOfFirst: false, range: start..<own.count))
    }

    /// Adds the line of a patient that lies at this place in the text of the first protocol.
    mutating func add(ofFirst line: Range<Int>) { add(Run(isOfFirst: true, range: line)) }

    private mutating func add(_ run: Run) {
        guard let last = runs.last, last.isOfFirst == run.isOfFirst, last.range.upperBound == run.range.lowerBound
        else {
            return runs.append(run)
        }
        runs[runs.count - 1].range = last.range.lowerBound..<run.range.upperBound
    }
}
