import Projection
import TestLog
import Trial

/// The engine's fold over event lines in memory: parse, drop repeated names as the log does, gather, fold, spell.
struct FoldedLines {
    /// Outcome lines in digest form, by ascending subject bytes.
    var outcomes: [[UInt8]] = []
    /// For each patient with any event: the subject, and each finding as code, source and id.
    var findings: [(subject: [UInt8], findings: [[String]])] = []

    init(_ lines: [String], _ trial: TrialProtocol, until: Int64?) throws {
        var batch = try EventLines.distinctBatch(lines)
        var fold = PatientFold(CompiledProtocol(trial), until: until)
        var history = PatientHistory()
        let subjects = (0..<batch.subjects.count).sorted {
            batch.subjects[$0].lexicographicallyPrecedes(batch.subjects[$1])
        }
        for subject in subjects {
            let members = batch.records.indices.filter { batch.records[$0].patient == Int32(subject) }.map(Int32.init)
            try history.load(members[...], of: &batch, until: until)
            if history.isEmpty { continue }
            let outcome = try fold.outcome(of: history, in: batch)
            findings.append((Array(batch.subjects[subject]), outcome.findings.map { Self.spell($0, batch) }))
            guard let randomisation = outcome.randomisation else { continue }
            var line: [UInt8] = []
            let end = OutcomeLine.append(
                outcome, randomisation, subject: batch.subjects[subject], records: history.records, batch: batch,
                protocol: trial, to: &line)
            outcomes.append(Array(line[..<end]) + Array("[]}".utf8))
        }
    }

    private static func spell(_ finding: Finding, _ batch: EventBatch) -> [String] {
        guard let event = finding.event else { return [finding.code.rawValue, "", ""] }
        return [
            finding.code.rawValue, String(decoding: batch.sources[Int(event.source)], as: UTF8.self),
            String(decoding: batch.bytes(event.id), as: UTF8.self),
        ]
    }
}
