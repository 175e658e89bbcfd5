import Simulation
import Synchronization
import Testing
import Trial
import VirtualCohort

/// Simulations whose histories somebody takes slice by slice.
@Suite("Histories are handed over slice by slice", .timeLimit(.minutes(5)))
struct HistoriesTests {
    private static let setup = SimulationSetup(Scenario().eventful, seed: 67, .roblin2020, .patients(3_000))
    private static let slices = Simulation.Slices(count: 7, slice: slice)

    private static func slice(_ subject: ArraySlice<UInt8>) -> Int { subject.reduce(0) { $0 + Int($1) } % 7 }

    private struct Full: Error {}

    @Test(
        "With any number of workers they are whole, in order, and those of the patients one by one",
        arguments: [1, 2, 8])
    func whole(workers: Int) async throws {
        let range = 133..<1_800
        let taken = Mutex<[(worker: Int, histories: SimulatedHistories)]>([])
        let counted = Total()
        let result = try await Simulation(Self.setup, workers: workers).run(
            range, by: Self.slices, progress: { counted.add($0) }
        ) { worker, histories in taken.withLock { $0.append((worker, histories)) } }
        #expect(try await Self.setup.run(range) == result)
        #expect(counted.value == range.count)
        var lines: [[UInt8]] = []
        var last = [[UInt8]](repeating: [], count: 7)
        var workerOf: [Int: Int] = [:]
        for (worker, histories) in taken.withLock(\.self) {
            // A slice is one worker's, and its patients come in ascending order.
            #expect(workerOf.updateValue(worker, forKey: histories.slice) ?? worker == worker)
            for (index, members) in histories.members.enumerated() {
                let subject = Array(histories.events.subjects[index])
                #expect(Self.slice(subject[...]) == histories.slice)
                #expect(last[histories.slice].lexicographicallyPrecedes(subject))
                last[histories.slice] = subject
                let records = histories.events.records[members]
                #expect(!records.isEmpty)
                for (one, next) in zip(records, records.dropFirst()) {
                    #expect(Int(one.patient) == index && histories.events.precedes(one, next))
                }
            }
            lines += try histories.events.lines()
        }
        let expected = try FoldedPatients(Self.setup, range).lines
        let isSame = lines.sorted { $0.lexicographicallyPrecedes($1) }
            .elementsEqual(expected.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(isSame, "\(lines.count) lines, \(expected.count) were expected")
    }

    @Test("What the consumer throws ends the run", arguments: [1, 3])
    func consumerThrows(workers: Int) async {
        let setup = SimulationSetup(Scenario(), seed: 1, .roblin2020, .patients(900_000))
        let taken = Total()
        await #expect(throws: Full.self) {
            try await Simulation(setup, workers: workers).run(0..<900_000, by: Self.slices) { _, _ in
                taken.add(1)
                if taken.value == 2 { throw Full() }
            }
        }
        // Others may have been about to hand over.
        #expect(taken.value <= 2 + workers)
    }
}
