import Trial
import VirtualCohort

/// A virtual patient as event lines, in the order of their reports.
struct SpelledPatient: Equatable {
    let subject: String
    let lines: [String]

    /// All patients of a range, made at once.
    static func make(
        _ scenario: Scenario, seed: UInt64, _ allocation: Allocation, _ patients: Range<UInt64>
    ) throws -> [Self] {
        var simulator = CohortSimulator(scenario, seed: seed, allocation)
        return try make(with: &simulator, patients)
    }

    /// All patients of a range, made by a simulator that may have made others before.
    static func make(with simulator: inout CohortSimulator, _ patients: Range<UInt64>) throws -> [Self] {
        var batch = EventBatch()
        var members: [Range<Int>] = []
        simulator.append(patients, to: &batch, members: &members)
        return try spell(batch, members)
    }

    /// The patients of a batch.
    static func spell(_ batch: EventBatch, _ members: [Range<Int>]) throws -> [Self] {
        try members.map { members in
            var subject = ""
            let lines = try batch.records[members].map { record in
                subject = String(decoding: batch.subjects[Int(record.patient)], as: UTF8.self)
                return String(decoding: try batch.line(record), as: UTF8.self)
            }
            return Self(subject: subject, lines: lines)
        }
    }
}

extension EventBatch {
    /// An event of this batch as a line.
    func line(_ record: EventRecord) throws -> [UInt8] {
        var line: [UInt8] = []
        try LineWriter.append(
            record, of: self, subject: subjects[Int(record.patient)], source: sources[Int(record.source)], to: &line)
        return line
    }
}

extension Scenario {
    /// The scenario with stops, withdrawals and missed visits often enough for every kind of event to be common.
    var eventful: Scenario {
        var scenario = self
        scenario.retention.adverseEventStopsPerMonth = 0.03
        scenario.retention.azathioprineAdverseEventStopsPerMonth = 0.04
        scenario.retention.otherAdverseEventsPerYear = 3
        scenario.retention.dropOutsPerYear = 0.3
        scenario.retention.stopAfterFailure = true
        scenario.visits.missedShare = 0.1
        return scenario
    }

    /// The allocation of a cohort by the scenario's shares.
    var cohort: Allocation { .cohort(shares: arms.map(\.share)) }
    /// The allocation of trials by the scenario's sizes.
    var trials: Allocation { .trials(sizes: arms.map(\.size)) }
}
