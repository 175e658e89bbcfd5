package import EventLog
package import Postgres
package import Trial

/// Folds one slice after the other: read, gather by patient, order, fold.
///
/// Memory is bounded by the largest slice.
package struct SliceFold {
    private let reader: LogReader
    private let trial: TrialProtocol
    private let until: Int64?
    private var fold: PatientFold
    private var history = PatientHistory()
    private var batch: EventBatch
    private var groups = PatientGroups()

    /// A fold of a study's slices under a protocol, cut at `until` (microseconds since 1970) where it is given.
    package init(_ reader: LogReader, _ compiled: CompiledProtocol, until: Int64?) {
        self.reader = reader
        self.until = until
        trial = compiled.source
        fold = PatientFold(compiled, until: until)
        batch = reader.emptyBatch()
    }

    /// Folds all patients of a slice up to its head.
    package mutating func outcomes(of head: SliceHead, _ session: Session) throws(LogError) -> SliceOutcomes {
        var result = SliceOutcomes()
        let trial = trial
        try eachPatient(of: head, session) { subject, outcome, history, batch in
            Self.add(outcome, subject, history, batch, trial, to: &result)
        }
        result.events = Int(head.position)
        return result
    }

    /// Folds all patients of a slice and hands each one over, in the order of their numbers.
    ///
    /// A patient all of whose events lie beyond the data cut does not exist yet.
    package mutating func eachPatient(
        of head: SliceHead, _ session: Session,
        _ body: (ArraySlice<UInt8>, PatientOutcome, PatientHistory, EventBatch) throws(DetailError) -> Void
    ) throws(LogError) {
        let subjects = try reader.subjects(head, session)
        try reader.readSlice(head, into: &batch, session)
        groups.gather(batch, patients: subjects.count)
        for (index, subject) in subjects.enumerated() {
            let members = groups.members(of: index + 1)
            if members.isEmpty { continue }
            do throws(DetailError) {
                try history.load(members, of: &batch, until: until)
                if history.isEmpty { continue }
                try body(subject[...], fold.outcome(of: history, in: batch), history, batch)
            } catch {
                throw .undecodable(
                    slice: Int(head.slice), subject: String(decoding: subject, as: UTF8.self), error.message)
            }
        }
    }

    private static func add(
        _ outcome: PatientOutcome, _ subject: ArraySlice<UInt8>, _ history: PatientHistory, _ batch: EventBatch,
        _ trial: TrialProtocol, to result: inout SliceOutcomes
    ) {
        result.patients += 1
        result.findings += outcome.findings.count
        for finding in outcome.findings { result.findingCounts[finding.code, default: 0] += 1 }
        guard let randomisation = outcome.randomisation else { return }
        let start = result.text.count
        result.text.append(contentsOf: subject)
        let line = result.text.count
        let findings = OutcomeLine.append(
            outcome, randomisation, subject: subject, history: history, batch: batch, protocol: trial, to: &result.text)
        result.entries.append(
            SliceOutcomes.Entry(
                subject: start..<line, line: line..<result.text.count, findings: findings,
                arm: result.arms.intern(randomisation.arm.span), disease: randomisation.disease,
                drug: randomisation.drug))
        for endpoint in outcome.endpoints {
            result.times.append(
                SliceOutcomes.Time(day: Int32(truncatingIfNeeded: endpoint.day), isEvent: endpoint.isEvent))
        }
    }
}
