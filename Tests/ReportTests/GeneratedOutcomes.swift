import NaiveTrial
import TestLog
import Trial

@testable import Projection

/// A generated trial folded in memory under several protocols, as a replay folds it.
struct GeneratedOutcomes {
    /// The result under each protocol.
    let results: [ReplayResult]
    /// The outcome lines under each protocol by the naive fold.
    let naiveLines: [[String]]

    /// The trial of a seed, under its own protocol and that of another seed.
    init(seed: UInt64, other: UInt64) throws {
        let trial = CaseGenerator(seed: seed).trial()
        let texts = [trial.protocolYAML, CaseGenerator(seed: other).trial().protocolYAML]
        let protocols = try texts.map { try ProtocolFile.parse($0, fileName: "seed \(seed)") }
        naiveLines = try texts.map {
            try NaiveTrial.outcomeLines(eventLines: trial.eventLines, protocolYAML: $0, until: trial.until)
        }
        let until = trial.until.flatMap { Instant.parse(Array($0.utf8).span) }
        results = try Self.fold(trial.eventLines, protocols, until: until)
    }

    private static func fold(
        _ lines: [String], _ protocols: [TrialProtocol], until: Int64?
    ) throws -> [ReplayResult] {
        var batch = try EventLines.distinctBatch(lines)
        var folds = protocols.map { PatientFold(CompiledProtocol($0), until: until) }
        var slices = [SliceOutcomes](repeating: SliceOutcomes(), count: protocols.count)
        var randomised = [RandomisedPatients](repeating: RandomisedPatients(), count: protocols.count)
        var history = PatientHistory()
        for subject in 0..<batch.subjects.count {
            let members = batch.records.indices.filter { batch.records[$0].patient == Int32(subject) }.map(Int32.init)
            try history.load(members[...], of: &batch, until: until)
            for number in folds.indices {
                let outcome = try folds[number].outcome(of: history, in: batch)
                slices[number].add(
                    folds[number].results, outcome.findings,
                    of: outcome.randomisation != nil ? history.records : nil, batch.arena.span)
                guard let randomisation = outcome.randomisation else { continue }
                randomised[number].append(
                    subject: batch.subjects[subject], arm: randomisation.arm, disease: randomisation.disease,
                    drug: randomisation.drug)
            }
        }
        for number in folds.indices { slices[number].finish(randomised[number], sources: batch.sources) }
        return ReplayResult.results([slices], protocols: protocols, shards: 1)
    }
}

extension SliceOutcomes {
    /// Adds a patient from arrays; without records there is no line to be spelled.
    mutating func add(
        _ results: EndpointResults, _ found: [Finding], of records: [EventRecord]?, _ bytes: Span<UInt8>,
        isLikeFirst: Bool = false
    ) {
        let events = records ?? []
        add(
            results.entries.span, evidence: results.evidence.span, found.span, of: events.span, bytes,
            hasLine: records != nil, isLikeFirst: isLikeFirst)
    }
}
