import Foundation
import Simulation
import Testing
import Trial
import VirtualCohort

/// Simulations whose events somebody takes.
@Suite("Lines are handed over in the order of patients", .timeLimit(.minutes(5)))
struct EventsTests {
    /// What a consumer got.
    private struct Taken {
        var ranges: [Range<Int>] = []
        var bytes: [UInt8] = []
        var patients = 0
    }

    private struct Full: Error {}

    private static func setup(_ count: Int = 3_000) -> SimulationSetup {
        SimulationSetup(Scenario().eventful, seed: 61, .roblin2020, .patients(count))
    }

    /// Runs a stretch and keeps what is handed over.
    private func take(
        _ range: Range<Int>, workers: Int
    ) async throws -> (taken: Taken, result: SimulationResult) {
        var taken = Taken()
        let result = try await Simulation(Self.setup(), workers: workers).spell(range) { chunk in
            taken.ranges.append(chunk.patients)
            taken.patients += chunk.tally.patients
            #expect(chunk.lines.last == UInt8(ascii: "\n"))
            taken.bytes += chunk.lines
        }
        return (taken, result)
    }

    @Test(
        "as lines, with any number of workers, they are those that the simulator makes one by one",
        arguments: [1, 2, 8])
    func order(workers: Int) async throws {
        // Neither end is at the end of a chunk.
        let range = 133..<800
        let (taken, result) = try await take(range, workers: workers)
        #expect(taken.ranges.first?.lowerBound == 133)
        #expect(taken.ranges.last?.upperBound == 800)
        #expect(zip(taken.ranges, taken.ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(taken.ranges.count > 2)
        let expected = try FoldedPatients(Self.setup(), range).lines
        let isSame = taken.bytes == Array(expected.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
        #expect(isSame, "\(taken.bytes.count) bytes")
        #expect(taken.patients == range.count)
        // What becomes of the patients does not depend on who takes their events.
        #expect(try await Self.setup().run(range) == result)
        #expect(result.events == expected.count)
    }

    @Test("of no patients nothing is handed over")
    func none() async throws {
        let (taken, result) = try await take(7..<7, workers: 2)
        #expect(taken.ranges.isEmpty)
        #expect(result.patients == 0)
    }

    @Test("progress counts every patient once, whatever is kept")
    func progress() async throws {
        let total = Total()
        _ = try await Simulation(Self.setup(), workers: 2).run(0..<3_000) { total.add($0) }
        #expect(total.value == 3_000)
        let lines = Total()
        _ = try await Simulation(Self.setup(), workers: 3).spell(5..<900, progress: { lines.add($0) }) { _ in }
        #expect(lines.value == 895)
        let trials = Total()
        let setup = SimulationSetup(Scenario().sized(3, 4), seed: 1, .roblin2020, .trials(300))
        _ = try await Simulation(setup, workers: 2).run(0..<300) { trials.add($0) }
        #expect(trials.value == 2_100)
    }

    @Test("what the consumer throws ends the run at that chunk", arguments: [1, 4])
    func consumerThrows(workers: Int) async {
        var taken = 0
        await #expect(throws: Full.self) {
            try await Simulation(Self.setup(1_000_000), workers: workers).spell(0..<1_000_000) { _ in
                taken += 1
                if taken == 2 { throw Full() }
            }
        }
        #expect(taken == 2)
    }

    @Test(
        "a run that is cancelled stops soon, with CancellationError",
        arguments: [SimulationSetup.Size.patients(100_000), .trials(1_200)])
    func cancelled(_ size: SimulationSetup.Size) async throws {
        // With as many workers as there are threads for tasks, or more, somebody else still has to get a turn: whoever
        // cancels. Without it the run would come to its end, which the sizes let happen within seconds.
        let workers = 2 * ProcessInfo.processInfo.activeProcessorCount
        let setup = SimulationSetup(Scenario(), seed: 1, .roblin2020, size)
        let progress = Total()
        let running = Task { try await Simulation(setup, workers: workers).run(0..<size.count) { progress.add($0) } }
        // So that it is in the midst of its work.
        while progress.value == 0 { try await Task.sleep(for: .milliseconds(5)) }
        let asked = ContinuousClock.now
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(ContinuousClock.now - asked < .seconds(60))
        #expect(progress.value < setup.size.count * max(1, setup.allocation.trialSize))
    }

    @Test("a run whose events are taken stops soon when cancelled, too")
    func cancelledWhileTaken() async throws {
        let setup = Self.setup(9_000_000)
        let chunks = Total()
        let running = Task {
            try await Simulation(setup, workers: 2).spell(0..<9_000_000) { _ in chunks.add(1) }
        }
        while chunks.value < 3 { try await Task.sleep(for: .milliseconds(5)) }
        let asked = ContinuousClock.now
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        // All of them would take minutes.
        #expect(ContinuousClock.now - asked < .seconds(60))
    }

    @Test("a run in a task that was cancelled before does nothing")
    func cancelledBefore() async {
        let setup = Self.setup(9_000_000)
        let running = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await Simulation(setup, workers: 2).run(0..<9_000_000)
        }
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }
}
