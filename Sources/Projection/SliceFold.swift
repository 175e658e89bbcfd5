package import EventLog
package import Postgres
package import Trial

/// What a fold needs of one slice, read up to its head.
package struct SliceEvents: Sendable {
    /// How far the slice was read.
    package let head: SliceHead
    /// The slice's number within its study.
    package let index: Int
    /// The events, with patients as numbers within the slice.
    package var batch: EventBatch
    /// The subjects, in the order of the patients' numbers from 1.
    package let subjects: [[UInt8]]

    /// Reads a slice.
    package init(_ head: SliceHead, _ reader: LogReader, _ session: Session) throws(LogError) {
        self.head = head
        index = reader.index(of: head)
        subjects = try reader.subjects(head, session)
        batch = reader.emptyBatch()
        try reader.readSlice(head, into: &batch, session)
    }
}

/// Folds one slice after the other: gather by patient, order, fold.
///
/// Working memory is kept from slice to slice and is bounded by the largest.
package struct SliceFold: Sendable {
    private let trial: TrialProtocol
    private let until: Int64?
    private var fold: PatientFold
    private var history = PatientHistory()
    private var groups = PatientGroups()

    /// A fold under a protocol, cut at `until` (microseconds since 1970) where it is given.
    package init(_ compiled: CompiledProtocol, until: Int64?) {
        self.until = until
        trial = compiled.source
        fold = PatientFold(compiled, until: until)
    }

    /// Folds all patients of a slice.
    package mutating func outcomes(of events: consuming SliceEvents) throws(LogError) -> SliceOutcomes {
        var result = SliceOutcomes()
        result.events = Int(events.head.position)
        let trial = trial
        try eachPatient(of: events) { subject, outcome, history, batch in
            Self.add(outcome, subject, history, batch, trial, to: &result)
        }
        return result
    }

    /// Folds all patients of a slice and hands each one over, in the order of their numbers.
    ///
    /// A patient all of whose events lie beyond the data cut does not exist yet.
    package mutating func eachPatient(
        of events: consuming SliceEvents,
        _ body: (ArraySlice<UInt8>, PatientOutcome, PatientHistory, EventBatch) throws(DetailError) -> Void
    ) throws(LogError) {
        let (index, subjects) = (events.index, events.subjects)
        var batch = events.batch
        // The only holder of the events is `batch` from here on, so that details of corrections are added in place.
        events.batch = EventBatch()
        groups.gather(batch, patients: subjects.count)
        for (number, subject) in subjects.enumerated() {
            let members = groups.members(of: number + 1)
            if members.isEmpty { continue }
            do throws(DetailError) {
                try history.load(members, of: &batch, until: until)
                if history.isEmpty { continue }
                try body(subject[...], fold.outcome(of: history, in: batch), history, batch)
            } catch {
                throw .undecodable(
                    slice: index, subject: String(decoding: subject, as: UTF8.self), error.message)
            }
        }
    }

    private static func add(
        _ outcome: PatientOutcome, _ subject: ArraySlice<UInt8>, _ history: PatientHistory, _ batch: EventBatch,
        _ trial: TrialProtocol, to result: inout SliceOutcomes
    ) {
        result.patients += 1
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
