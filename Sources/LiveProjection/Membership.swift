import Synchronization

/// What the tasks of one worker know of each other: under which number it is registered, and that its shards move.
final class Membership: Sendable {
    private struct State {
        var worker: Int64 = 0
        var lastBeat: ContinuousClock.Instant?
        var stepBegan: [ContinuousClock.Instant?]
        var lastLook: [ContinuousClock.Instant?]
    }

    private let state: Mutex<State>

    init(shards: Int) {
        let none = [ContinuousClock.Instant?](repeating: nil, count: shards)
        state = Mutex(State(stepBegan: none, lastLook: none))
    }

    /// The number under which the worker holds slices; 0 before it is registered.
    var worker: Int64 { state.withLock { $0.worker } }

    /// When the database last heard of the worker.
    var lastBeat: ContinuousClock.Instant? { state.withLock { $0.lastBeat } }

    /// Notes that the database has heard of the worker under this number.
    func beat(as worker: Int64, at now: ContinuousClock.Instant) {
        state.withLock { state in
            // A shard has from here on to look for the first time.
            if state.lastBeat == nil { state.lastLook = state.lastLook.map { $0 ?? now } }
            state.worker = worker
            state.lastBeat = now
        }
    }

    /// Notes that a shard begins a step.
    func begins(_ shard: Int, at now: ContinuousClock.Instant) { state.withLock { $0.stepBegan[shard] = now } }

    /// Notes that a shard has heard from the database what it holds.
    func looked(_ shard: Int, at now: ContinuousClock.Instant) { state.withLock { $0.lastLook[shard] = now } }

    /// Notes that a shard has finished its step.
    func ends(_ shard: Int) { state.withLock { $0.stepBegan[shard] = nil } }

    /// Whether a shard has been at one step for longer than it may, or could not even begin one, so that others had better
    /// take its slices.
    func isHung(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            zip(state.stepBegan, state.lastLook).contains { began, looked in
                // A step that has looked takes its time; until then there is a look at every interval.
                if let began, let looked, looked >= began { return began.duration(to: now) > Limits.longestStep }
                return looked.map { $0.duration(to: now) > Limits.longestSilence } ?? false
            }
        }
    }
}
