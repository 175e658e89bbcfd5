import Trial

/// What a patient's events of one source have in common in the chain's spelling: the patient's number, and behind the
/// event's own numbers subject and source, each with its length before it.
///
/// Spelled once, it is copied block by block into each event. A few sources are remembered at a time, more than a patient of
/// one site and its laboratory has.
struct SpelledNames: Sendable {
    /// Where the names lie in ``bytes``.
    struct Run: BitwiseCopyable {
        fileprivate var source: Int32 = -1
        /// The first byte.
        var start = 0
        /// How many bytes there are; behind them come so many of no meaning that there are whole blocks of sixteen, and no
        /// less than ``shortest``.
        var count = 0
    }

    /// How many bytes are kept of names at least.
    static let shortest = 64
    private static let padding = [UInt8](repeating: 0, count: shortest)

    /// The patient's number in the first four of eight bytes, and the names that were spelled.
    private(set) var bytes: [UInt8] = []
    private var runs = InlineArray<4, Run>(repeating: Run())

    /// Begins another patient, or another batch of events.
    mutating func begin(_ patient: Int32) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(bigEndian: UInt64(UInt32(bitPattern: patient)) << 32, bytes: 8)
        for place in runs.indices { runs[place].source = -1 }
    }

    /// The names of a patient's events of a source.
    mutating func run(of source: Int32, in sources: NameTable, _ subject: ArraySlice<UInt8>) -> Run {
        let place = Int(source & 3)
        if runs[place].source != source { runs[place] = spell(source, in: sources, subject) }
        return runs[place]
    }

    private mutating func spell(_ source: Int32, in sources: NameTable, _ subject: ArraySlice<UInt8>) -> Run {
        let start = bytes.count
        bytes.append(bigEndian: UInt64(UInt32(subject.count)) << 32, bytes: 4)
        bytes.append(subject.span)
        bytes.append(bigEndian: UInt64(UInt32(sources.length(of: Int(source)))) << 32, bytes: 4)
        sources.append(Int(source), to: &bytes)
        let run = Run(source: source, start: start, count: bytes.count - start)
        let kept = max((run.count + 15) / 16 * 16, Self.shortest)
        bytes.append(Self.padding.span.extracting(first: kept - run.count))
        return run
    }
}
