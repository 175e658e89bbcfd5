import LoadTest
import TestData
import Testing
import Trial
import VirtualCohort

@Suite("The events of a load test")
struct PatientRoundsTests {
    private func turns(_ rounds: inout PatientRounds, events: Int) -> [FakeLog.Line] {
        var lines: [FakeLog.Line] = []
        while lines.count < events {
            if let turn = rounds.step() { lines += turn.records.map { FakeLog.Line($0, turn) } }
        }
        return lines
    }

    /// All events of a patient as the simulator makes them.
    private func simulated(_ index: UInt64, seed: UInt64) -> [FakeLog.Line] {
        let scenario = Scenario()
        var simulator = CohortSimulator(scenario, seed: seed, .cohort(shares: scenario.arms.map(\.share)))
        var batch = EventBatch()
        var members: [Range<Int>] = []
        simulator.append(index..<index + 1, to: &batch, members: &members)
        return batch.records.map { FakeLog.Line($0, batch) }
    }

    @Test("are each patient's as the simulator makes them", arguments: [1, 7, 64, 65, 200])
    func streams(patients: Int) {
        let seed: UInt64 = 42
        var rounds = PatientRounds(Scenario(), seed: seed, patients: patients, from: 1_000)
        var lines: [FakeLog.Line] = []
        // Until the second cohort's patients have had turns.
        while rounds.firstUnused < 1_000 + UInt64(patients) + 1 {
            if let turn = rounds.step() { lines += turn.records.map { FakeLog.Line($0, turn) } }
        }
        let bySubject = Dictionary(grouping: lines, by: \.subject)
        for index in 1_000..<1_000 + UInt64(patients) {
            #expect(bySubject[CohortSimulator.subject(of: index)] == simulated(index, seed: seed), "patient \(index)")
        }
    }

    @Test("depend on the seed alone")
    func deterministic() {
        func lines(seed: UInt64) -> [FakeLog.Line] {
            var rounds = PatientRounds(Scenario(), seed: seed, patients: 150, from: 0)
            return turns(&rounds, events: 12_000)
        }
        #expect(lines(seed: 5) == lines(seed: 5))
        #expect(lines(seed: 5) != lines(seed: 6))
    }

    @Test("are of all patients before any patient has a second turn, and of many patients in any short stretch")
    func interleaved() {
        var rounds = PatientRounds(Scenario(), seed: 9, patients: 256, from: 0)
        let lines = turns(&rounds, events: 20_000)
        var seen: Set<[UInt8]> = []
        var events = 0
        for line in lines {
            seen.insert(line.subject)
            events += 1
            if seen.count == 256 { break }
        }
        // A sixth of what 256 patients have.
        #expect(events < 256 * 30, "\(events) events until all patients were there")
        for start in stride(from: 0, to: 15_000, by: 500) {
            let subjects = Set(lines[start..<start + 40].map(\.subject))
            #expect(subjects.count >= 30, "\(subjects.count) patients among 40 events from \(start)")
        }
    }

    @Test("follow with patients of further indices when all are used up")
    func furtherPatients() {
        var rounds = PatientRounds(Scenario(), seed: 3, patients: 20, from: 0)
        #expect(rounds.firstUnused == 0)
        let lines = turns(&rounds, events: 10_000)
        let subjects = Set(lines.map(\.subject))
        #expect(subjects.count > 80)
        for index in 0..<60 { #expect(subjects.contains(CohortSimulator.subject(of: UInt64(index)))) }
        #expect(!subjects.contains(CohortSimulator.subject(of: rounds.firstUnused)))
        let names = lines.map { $0.subject + [0] + $0.source + [0] + $0.id }
        #expect(Set(names).count == names.count, "No event comes twice.")
    }
}
