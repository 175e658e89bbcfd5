import Foundation
import LoadTest

/// Runs tasks on one thread of its own and lets time pass only when all of them sleep.
///
/// A minute of load takes as long as its work, and every run is the same to the nanosecond.
final class SimulatedTime: TaskExecutor, @unchecked Sendable {
    // Unchecked: everything that changes is guarded by the condition's lock.
    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var sleepers: [Sleeper] = []
    private var cancelled: Set<Int> = []
    private var time: Int64 = 0
    private var number = 0
    private var isOver = false

    private struct Sleeper {
        let time: Int64
        let number: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    /// Runs a body in simulated time, with a clock that shows it.
    static func run<Value: Sendable>(_ body: @escaping @Sendable (LoadClock) async throws -> Value) async throws
        -> Value
    {
        let simulated = SimulatedTime()
        Thread.detachNewThread { simulated.work() }
        defer { simulated.end() }
        let clock = simulated.clock
        return try await withTaskExecutorPreference(simulated) { try await body(clock) }
    }

    private var clock: LoadClock {
        LoadClock(now: { self.now }, sleep: { try await self.sleep(until: $0) }, date: { self.now / 1_000 })
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            condition.signal()
        }
    }

    private var now: Int64 { condition.withLock { time } }

    private func sleep(until moment: Int64) async throws {
        let number = condition.withLock {
            self.number += 1
            return self.number
        }
        let isCancelled = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = condition.withLock {
                    if cancelled.remove(number) != nil { return true }
                    sleepers.append(Sleeper(time: moment, number: number, continuation: continuation))
                    condition.signal()
                    return false
                }
                if isCancelled { continuation.resume(returning: true) }
            }
        } onCancel: {
            let sleeper: Sleeper? = condition.withLock {
                guard let place = sleepers.firstIndex(where: { $0.number == number }) else {
                    cancelled.insert(number)
                    return nil
                }
                return sleepers.remove(at: place)
            }
            sleeper?.continuation.resume(returning: true)
        }
        if isCancelled || Task.isCancelled { throw CancellationError() }
    }

    private func end() {
        condition.withLock {
            isOver = true
            condition.signal()
        }
    }

    /// What the thread does: all jobs, then the sleeper that wakes first, and so on.
    private func work() {
        while true {
            condition.lock()
            while jobs.isEmpty && sleepers.isEmpty && !isOver { condition.wait() }
            if isOver {
                condition.unlock()
                return
            }
            if !jobs.isEmpty {
                let job = jobs.removeFirst()
                condition.unlock()
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
                continue
            }
            let first = sleepers.indices.min {
                (sleepers[$0].time, sleepers[$0].number) < (sleepers[$1].time, sleepers[$1].number)
            }
            let sleeper = first.map { sleepers.remove(at: $0) }
            if let sleeper { time = max(time, sleeper.time) }
            condition.unlock()
            sleeper?.continuation.resume(returning: false)
        }
    }
}
