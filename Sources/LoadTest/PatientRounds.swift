package import Trial
package import VirtualCohort

/// The events of many patients who are all under way at the same time, in an order that depends on the seed alone.
///
/// Every patient's events are cut into six stretches. In each round every patient has a turn with its next stretch, and
/// the turns of neighbouring patients are interleaved event by event. Nothing of a patient is kept between its turns:
/// it is made anew, which costs less than keeping the events of all. So memory does not grow with the patients or with
/// time. After the last round as many patients with further indices follow.
package struct PatientRounds: Sendable {
    private let scenario: Scenario
    private let patients: UInt64
    private var simulator: CohortSimulator
    /// The first of the patients that are under way.
    private var cohort: UInt64
    private var round = 0
    /// The first patient of the group whose turn it is, and the next one to be made, counted within the cohort.
    private var group: UInt64 = 0
    private var next: UInt64 = 0
    private var made = EventBatch()
    private var members: [Range<Int>] = []

    /// The events of patients from one on.
    ///
    /// - Parameters:
    ///   - patients: how many are under way at a time.
    ///   - first: the index of the first, counted from 0.
    package init(_ scenario: Scenario, seed: UInt64, patients: Int, from first: UInt64) {
        self.scenario = scenario
        self.patients = UInt64(patients)
        cohort = first
        simulator = CohortSimulator(scenario, seed: seed, .cohort(shares: scenario.arms.map(\.share)))
    }

    /// The first patient none of whose events have been made.
    package var firstUnused: UInt64 { round == 0 ? cohort + next : cohort + patients }

    /// Makes some patients; returns the turns of a group when all its patients are made.
    package mutating func step() -> EventBatch? {
        let end = min(group + UInt64(Limits.patientsPerGroup), patients)
        let upTo = min(next + UInt64(Limits.patientsPerStep), end)
        simulator.append(cohort + next..<cohort + upTo, to: &made, members: &members)
        next = upTo
        guard next == end else { return nil }
        let turns = interleaved()
        made.removeEvents()
        members.removeAll(keepingCapacity: true)
        if end == patients { endRound() } else { group = end }
        return turns.records.isEmpty ? nil : turns
    }

    private mutating func endRound() {
        group = 0
        next = 0
        round += 1
        if round == Limits.rounds {
            round = 0
            cohort += patients
        }
    }

    /// This round's stretches, event by event of one patient after the other; one with fewer events skips a few times.
    private func interleaved() -> EventBatch {
        let stretches = members.map { $0.part(round, of: Limits.rounds) }
        let steps = stretches.map(\.count).max() ?? 0
        var turns = EventBatch()
        for step in 0..<steps {
            for stretch in stretches {
                for place in stretch.part(step, of: steps) { turns.append(made.records[place], of: made) }
            }
        }
        return turns
    }
}

extension Range<Int> {
    /// One of so many stretches of nearly equal length that together are the whole.
    fileprivate func part(_ number: Int, of count: Int) -> Range<Int> {
        lowerBound + self.count * number / count..<lowerBound + self.count * (number + 1) / count
    }
}

extension EventBatch {
    /// Copies an event of another batch, with its names and bytes, to the end of this one.
    mutating func append(_ record: EventRecord, of other: EventBatch) {
        var copy = record
        copy.patient = subjects.intern(other.subjects[Int(record.patient)].span)
        copy.source = sources.intern(other.sources[Int(record.source)].span)
        copy.id = store(other.bytes(record.id).span)
        copy.detail = record.detail.isEmpty ? .none : store(other.bytes(record.detail).span)
        copy.attributes = record.attributes.isEmpty ? .none : store(other.bytes(record.attributes).span)
        records.append(copy)
    }
}
