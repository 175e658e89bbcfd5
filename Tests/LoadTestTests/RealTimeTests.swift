import Foundation
import LoadTest
import Synchronization
import Testing

@Suite("A load test by the machine's clock", .timeLimit(.minutes(5)))
struct RealTimeTests {
    @Test("sees all that it sends and tells of every second")
    func realTime() async throws {
        let clock = LoadClock.continuous(date: { 1_000_000 })
        let log = FakeLog(clock, durable: { $0 + ms(5) }, visible: { $0 + ms(10) })
        let plan = try LoadPlan(rate: 500, seconds: 2, rampSeconds: 0.5, patients: 1_000)
        let seconds = Mutex(0)
        let result = try await LoadTest(log.target, clock: clock).run(
            plan, stop: never, onSecond: { _ in seconds.withLock { $0 += 1 } })
        // How much can be sent in time is the machine's business, which may be busy; what was sent is seen.
        #expect(result.tally.offered == 875 && result.tally.sent > 0)
        #expect(result.tally.acknowledged == result.tally.sent && result.tally.visible == result.tally.sent)
        #expect(result.tally.errors == 0)
        #expect((result.append.percentile(0) ?? 0) >= 5_000 && (result.visible.percentile(0) ?? 0) >= 15_000)
        #expect(seconds.withLock { $0 } == result.perSecond.count && result.perSecond.count >= 2)
        #expect(result.startedAt == 1_000_000)
    }

    @Test("ends when its task is cancelled")
    func cancelled() async throws {
        let clock = LoadClock.continuous(date: { 0 })
        let log = FakeLog(clock, durable: { _ in nil })
        let plan = try LoadPlan(rate: 100, seconds: 3_000, patients: 10)
        await withThrowingTaskGroup(of: LoadResult.self) { group in
            group.addTask { try await LoadTest(log.target, clock: clock).run(plan, stop: never) }
            try? await Task.sleep(for: .milliseconds(200))
            group.cancelAll()
            await #expect(throws: CancellationError.self) { _ = try await group.next() }
        }
    }
}
