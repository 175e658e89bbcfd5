package import Trial
import VirtualCohort

/// The event lines of some patients, with what became of them.
package struct SimulatedLines: Sendable {
    /// The patients, counted from 0.
    package let patients: Range<Int>
    /// Their event lines, each with its end.
    package let lines: [UInt8]
    /// Their outcomes.
    package let tally: CohortTally
}

/// The whole histories of some patients of one slice, with what became of them.
package struct SimulatedHistories: Sendable {
    /// The slice, counted from 0.
    package let slice: Int
    /// Their events, patient after patient, each one's in the order of a history.
    package let events: EventBatch
    /// For each patient the places of the events; the patient is the one of that number in the batch's subjects.
    package let members: [Range<Int>]
    /// Their outcomes.
    package let tally: CohortTally
}

/// An actor that makes patients and folds each one's events as they are made.
///
/// Workers share nothing. Which worker makes a patient changes nothing about it.
actor Worker {
    private let setup: SimulationSetup
    private let allocation: Allocation
    private var simulator: CohortSimulator
    private var history = PatientHistory()
    private var fold: PatientFold
    private var batch = EventBatch()
    private var members: [Range<Int>] = []

    init(_ setup: SimulationSetup, _ compiled: CompiledProtocol) {
        self.setup = setup
        allocation = setup.allocation
        simulator = CohortSimulator(setup.scenario, seed: setup.seed, setup.allocation)
        fold = PatientFold(compiled, until: nil)
    }

    /// The outcomes of patients whose events nobody keeps.
    func tally(_ patients: Range<Int>) -> CohortTally {
        var tally = setup.emptyTally
        eachOutcome(patients) { arm, outcome, events in tally.add(outcome, arm: arm, events: events) }
        return tally
    }

    /// The results of trials.
    func results(ofTrials trials: Range<Int>) -> (results: [TrialResult], patients: Int, events: Int) {
        let size = allocation.trialSize
        var results: [TrialResult] = []
        var outcomes: [(arm: Int, outcome: PatientOutcome)] = []
        var all = 0
        for trial in trials {
            outcomes.removeAll(keepingCapacity: true)
            eachOutcome(trial * size..<(trial + 1) * size) { arm, outcome, events in
                outcomes.append((arm, outcome))
                all += events
            }
            results.append(
                TrialResult(outcomes, arms: setup.scenario.arms.count, endpoints: setup.trial.endpoints.count))
        }
        return (results, trials.count * size, all)
    }

    /// The event lines of patients, and their outcomes.
    func lines(_ patients: Range<Int>) -> SimulatedLines {
        var tally = setup.emptyTally
        let indices = Self.indices(patients)
        make(indices)
        foldMembers(indices) { arm, outcome, events in tally.add(outcome, arm: arm, events: events) }
        return SimulatedLines(patients: patients, lines: spelled(), tally: tally)
    }

    /// The whole histories of patients of one slice, and their outcomes.
    func histories(_ patients: [UInt64], slice: Int) -> SimulatedHistories {
        var tally = setup.emptyTally
        batch.removeEvents()
        members.removeAll(keepingCapacity: true)
        simulator.begin(&batch)
        // Piece by piece, so that what was made is sorted and folded while it is near the processor.
        let pieces = Chunks(patients.indices, of: Limits.patientsPerFold)
        for number in 0..<pieces.count {
            let (piece, start) = (patients[pieces[number]], members.count)
            simulator.appendFurther(piece, to: &batch, members: &members)
            for stretch in members[start...] { batch.sortHistory(stretch) }
            foldMembers(piece, from: start, areOrdered: true) { arm, outcome, events in
                tally.add(outcome, arm: arm, events: events)
            }
        }
        return SimulatedHistories(slice: slice, events: batch, members: members, tally: tally)
    }

    /// Makes patients and hands over each one's outcome.
    private func eachOutcome(_ patients: Range<Int>, _ body: (Int, PatientOutcome, Int) -> Void) {
        var start = patients.lowerBound
        while start < patients.upperBound {
            let end = min(start + Limits.patientsPerFold, patients.upperBound)
            make(Self.indices(start..<end))
            foldMembers(Self.indices(start..<end), body)
            start = end
        }
    }

    private static func indices(_ patients: Range<Int>) -> Range<UInt64> {
        UInt64(patients.lowerBound)..<UInt64(patients.upperBound)
    }

    /// Makes patients anew in the batch.
    private func make(_ patients: some RandomAccessCollection<UInt64>) {
        batch.removeEvents()
        members.removeAll(keepingCapacity: true)
        simulator.append(patients, to: &batch, members: &members)
    }

    private func foldMembers(
        _ patients: some Sequence<UInt64>, from start: Int = 0, areOrdered: Bool = false,
        _ body: (Int, PatientOutcome, Int) -> Void
    ) {
        for (patient, range) in zip(patients, members[start...]) {
            do throws(DetailError) {
                history.load(range, of: batch, isOrdered: areOrdered)
                body(allocation.arm(of: patient), try fold.outcome(of: history, in: batch), range.count)
            } catch {
                preconditionFailure("The events of a virtual patient can be decoded: \(error.message)")
            }
        }
    }

    private func spelled() -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(batch.records.count * 240)
        for record in batch.records {
            do throws(DetailError) {
                try LineWriter.append(
                    record, of: batch, subject: batch.subjects[Int(record.patient)],
                    source: batch.sources[Int(record.source)], to: &lines)
            } catch {
                preconditionFailure("The events of a virtual patient can be spelled: \(error.message)")
            }
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }
}

extension SimulationSetup {
    /// The last day on which anything can end: that of follow-up, or the protocol's horizon where it is earlier.
    package var horizon: Int { min(VisitParameters.lastDay, trial.horizon) }

    /// A tally of nobody.
    var emptyTally: CohortTally {
        CohortTally(arms: scenario.arms.count, endpoints: trial.endpoints.count, horizon: horizon)
    }
}
