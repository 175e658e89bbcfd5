import Synchronization

/// What the tasks of one worker know of each other: under which number it is registered, and that its shards move.
final class Membership: Sendable {
    private struct State {
        var worker: Int64 = 0
        var lastBeat: ContinuousClock.Instant?
        var stepBegan: [ContinuousClock.Instant?]
    }

    private let state: Mutex<State>

    init(shards: Int) {
        state = Mutex(State(stepBegan: [ContinuousClock.Instant?](repeating: nil, count: shards)))
    }

    /// The number under which the worker holds slices; 0 before it is registered.
    var worker: Int64 { state.withLock { $0.worker } }

    /// When the database last heard of the worker.
    var lastBeat: ContinuousClock.Instant? { state.withLock { $0.lastBeat } }

    /// Notes that the database has heard of the worker under this number.
    func beat(as worker: Int64, at now: ContinuousClock.Instant) {
        state.withLock { state in
            state.worker = worker
            state.lastBeat = now
        }
    }

    /// Notes that a shard begins a step.
    func begins(_ shard: Int, at now: ContinuousClock.Instant) { state.withLock { $0.stepBegan[shard] = now } }

    /// Notes that a shard has finished its step.
    func ends(_ shard: Int) { state.withLock { $0.stepBegan[shard] = nil } }

    /// Whether a shard has been at one step for longer than it may, so that others had better take its slices.
    func isHung(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.stepBegan.contains { $0.map { $0.duration(to: now) > Limits.longestStep } ?? false } }
    }
}
