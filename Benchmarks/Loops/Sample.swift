import Trial
import VirtualCohort

/// What the loops work on: a few virtual patients, the same on every machine.
struct Sample {
    let scenario = Scenario()
    let allocation: Allocation
    /// Some 106 events a patient, patient after patient, each one's in the order of a history.
    private(set) var batch = EventBatch()
    /// The places of each patient's events.
    private(set) var members: [Range<Int>] = []

    static let seed: UInt64 = 2020
    /// When all lines are received, microseconds since 1970: in 2033, after every virtual event.
    static let receivedAt: Int64 = 2_000_000_000_000_000

    /// Makes so many patients.
    init(patients: Int) {
        allocation = .cohort(shares: scenario.arms.map(\.share))
        var simulator = CohortSimulator(scenario, seed: Self.seed, allocation)
        simulator.append(0..<UInt64(patients), to: &batch, members: &members)
        for stretch in members { batch.sortHistory(stretch) }
    }

    /// A simulator of such patients.
    var simulator: CohortSimulator { CohortSimulator(scenario, seed: Self.seed, allocation) }

    /// The first events as lines, without line feeds.
    func lines(_ count: Int) throws -> [[UInt8]] {
        try batch.records.prefix(count).map { record in
            var line: [UInt8] = []
            try LineWriter.append(
                record, of: batch, subject: batch.subjects[Int(record.patient)],
                source: batch.sources[Int(record.source)], to: &line)
            return line
        }
    }
}
