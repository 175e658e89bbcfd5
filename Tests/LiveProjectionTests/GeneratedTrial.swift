import NaiveTrial
import TestData
import TestLog
import Trial

/// Events of generated patients under one protocol, ready to be appended piece by piece.
struct GeneratedTrial: Sendable {
    /// The protocol's text.
    let yaml: String
    /// The protocol.
    let rules: TrialProtocol
    /// The lines of each of the small trials that this one is made of, in the order of recording.
    private let parts: [[String]]

    /// So many small trials of the adversarial generator, under the protocol of the first.
    init(seed: UInt64, trials: Int) throws {
        var parts: [[String]] = []
        let first = CaseGenerator(seed: seed).trial()
        for part in 0..<UInt64(trials) { parts.append(CaseGenerator(seed: seed + part).trial().eventLines) }
        self.parts = parts
        yaml = first.protocolYAML
        rules = try ProtocolFile.parse(yaml, fileName: "seed \(seed)")
    }

    /// The outcome lines of the first small trial by the naive fold, without findings.
    func naiveLines() throws -> [String] {
        try NaiveTrial.outcomeLines(eventLines: parts[0], protocolYAML: yaml)
    }

    /// Batches of random sizes that hold every line once: pieces of all small trials, each trial's own in their order.
    ///
    /// Patients of different small trials have different subjects.
    func batches(_ lengths: ClosedRange<Int>, _ random: inout SeededRandom) throws -> [EventBatch] {
        var pieces = parts.map { random.cut($0, into: lengths)[...] }
        var batches: [EventBatch] = []
        var open = pieces.indices.filter { !pieces[$0].isEmpty }
        while !open.isEmpty {
            let place = random.below(open.count)
            let part = open[place]
            batches.append(try Self.batch(pieces[part].removeFirst(), prefix: part == 0 ? "" : "\(part)-"))
            if pieces[part].isEmpty { open.remove(at: place) }
        }
        return batches
    }

    private static func batch(_ lines: [String], prefix: String) throws -> EventBatch {
        var parser = LineParser()
        var batch = EventBatch()
        for line in lines { try parser.parse(Array(line.utf8).span, receivedAt: farFuture, into: &batch) }
        var subjects = NameTable()
        for number in 0..<batch.subjects.count {
            let subject = Array(prefix.utf8) + batch.subjects[number]
            _ = subjects.intern(subject.span)
        }
        batch.subjects = subjects
        return batch
    }

    /// Late enough that no generated instant lies in the future.
    private static let farFuture: Int64 = 4_000_000_000_000_000
}
