import Simulation
import Testing
import Trial
import VirtualCohort

extension Scenario {
    /// The scenario with stops, withdrawals and missed visits often enough for every way of ending to be common.
    var eventful: Scenario {
        var scenario = self
        scenario.retention.adverseEventStopsPerMonth = 0.03
        scenario.retention.azathioprineAdverseEventStopsPerMonth = 0.04
        scenario.retention.dropOutsPerYear = 0.3
        scenario.retention.stopAfterFailure = true
        scenario.visits.missedShare = 0.1
        return scenario
    }

    /// The scenario with this many patients in each arm of a trial.
    func sized(_ sizes: Int...) -> Scenario {
        var scenario = self
        for (arm, size) in zip(scenario.arms.indices, sizes) { scenario.arms[arm].size = size }
        return scenario
    }

    /// A scenario that is built in.
    static func named(_ name: String) -> Scenario { builtIn(name) ?? Scenario() }
}

extension SimulationSetup {
    /// Simulates everything, or a stretch of it.
    func run(_ range: Range<Int>? = nil, workers: Int = 2) async throws -> SimulationResult {
        try await Simulation(self, workers: workers).run(range ?? 0..<size.count)
    }
}

extension SimulationResult {
    /// The counts of a cohort, `nil` where these are trials.
    var tally: CohortTally? { if case .cohort(let tally) = content { tally } else { nil } }
    /// The results of trials; none where this is a cohort.
    var trials: [TrialResult] { if case .trials(let trials, _, _) = content { trials } else { [] } }
}

/// Virtual patients, made by one simulator and folded one at a time, without anything of the module under test.
struct FoldedPatients {
    /// Each patient's outcome with the number of the arm.
    private(set) var outcomes: [(arm: Int, outcome: PatientOutcome)] = []
    /// Each event as a line, without its end, in the order of patients.
    private(set) var lines: [[UInt8]] = []

    init(_ setup: SimulationSetup, _ range: Range<Int>, spells: Bool = true) throws {
        var simulator = CohortSimulator(setup.scenario, seed: setup.seed, setup.allocation)
        var fold = PatientFold(CompiledProtocol(setup.trial), until: nil)
        var history = PatientHistory()
        var batch = EventBatch()
        var members: [Range<Int>] = []
        simulator.append(UInt64(range.lowerBound)..<UInt64(range.upperBound), to: &batch, members: &members)
        let places = batch.records.indices.map { Int32($0) }
        if spells { lines = try batch.lines() }
        for (patient, own) in zip(range, members) {
            try history.load(places[own], of: &batch, until: nil)
            outcomes.append((setup.allocation.arm(of: UInt64(patient)), try fold.outcome(of: history, in: batch)))
        }
    }
}

extension EventBatch {
    /// Each event as a line, without its end.
    func lines() throws -> [[UInt8]] {
        try records.map { record in
            var line: [UInt8] = []
            try LineWriter.append(
                record, of: self, subject: subjects[Int(record.patient)], source: sources[Int(record.source)],
                to: &line)
            return line
        }
    }
}

// A failure names a setup or result in a line, not with every number in it.
extension SimulationSetup: CustomTestStringConvertible {
    package var testDescription: String { "\(scenario.identifier), seed \(seed), \(size)" }
}
extension SimulationResult: CustomTestStringConvertible {
    package var testDescription: String { "\(range) of \(header.count), \(patients) patients, \(events) events" }
}
extension CohortTally: CustomTestStringConvertible {
    package var testDescription: String { "\(patients) patients, \(events) events" }
}
