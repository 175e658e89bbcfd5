import Logging
import Postgres

/// The channel on which appenders tell that a study has grown.
package enum LogChannel {
    /// The name for LISTEN and NOTIFY.
    package static let name = "trough_log"

    /// What is sent for a study: its number in decimal.
    package static func payload(of study: Study) -> String { String(study.number) }
}

/// Tells readers that a study has grown, behind each commit.
///
/// A NOTIFY inside the appending transaction would make all commits of the server wait for one another, so it is a
/// transaction of its own, which need not be durable. A ring that fails harms nobody: readers also look from time to
/// time. What it may wait for is another NOTIFY that is being committed; after a failure it is silent for a while, so
/// that appends are not held up again and again.
struct LogBell: Sendable {
    private let payload: String
    private let logger: Logger
    private var pause = Limits.firstPause
    private var silentUntil: ContinuousClock.Instant?

    init(_ study: Study, _ logger: Logger) {
        payload = LogChannel.payload(of: study)
        self.logger = logger
    }

    /// The statement that rings; `nil` while the bell is silent.
    func ring(at now: ContinuousClock.Instant) -> Statement? {
        if let silentUntil, now < silentUntil { return nil }
        return Statement(
            """
            SELECT pg_notify($1, $2) FROM set_config('synchronous_commit', 'off', true) AS durability,
                set_config('lock_timeout', '\(Limits.lockPatienceMilliseconds)ms', true) AS patience
            """, [.string(LogChannel.name), .string(payload)])
    }

    /// Takes notice of what became of a ring.
    mutating func rang(_ failure: PostgresError?, at now: ContinuousClock.Instant) {
        guard let failure else {
            silentUntil = nil
            pause = Limits.firstPause
            return
        }
        logger.debug("append: readers were not woken: \(failure.description)")
        // A connection that is lost is not the bell's fault, and is mended before the next append.
        if failure.kind == .connection { return }
        silentUntil = now + pause
        pause = min(pause * 2, Limits.longestBellPause)
    }
}
