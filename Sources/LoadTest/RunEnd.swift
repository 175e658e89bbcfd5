import Synchronization

/// When the sending of a test ends: at the end of its schedule, or earlier where it is stopped.
final class RunEnd: Sendable {
    private let schedule: SendSchedule
    private let stop = Mutex<Int64?>(nil)

    init(_ schedule: SendSchedule) {
        self.schedule = schedule
    }

    /// The end, in nanoseconds after the start.
    var time: Int64 { stop.withLock { min($0 ?? .max, schedule.duration) } }

    /// Whether the sending ends before its time.
    var isEarly: Bool { time < schedule.duration }

    /// Stops the sending, at nanoseconds after the start; the first stop counts.
    func stop(at time: Int64) {
        stop.withLock { $0 = $0 ?? max(0, time) }
    }
}
