import Logging
import Postgres

/// The channel on which appenders tell that a study has grown.
package enum LogChannel {
    /// The name for LISTEN and NOTIFY.
    package static let name = "trough_log"

    /// What is sent for a study: its number in decimal.
    package static func payload(of study: Study) -> String { String(study.number) }
}

/// Tells readers that a study has grown, over a connection of its own.
///
/// A NOTIFY inside the appending transaction would make all commits of the server wait for one another, so it is sent
/// after the commit, and its own commit need not be durable. A ring that fails harms nobody: readers also look from time
/// to time.
actor LogBell {
    private let configuration: ConnectionConfiguration
    private let payload: String
    private let logger: Logger
    private var connection: Connection?
    private var isRinging = false
    private var next: CheckedContinuation<Void, Never>?
    private var pause = Limits.firstPause
    private var silentUntil: ContinuousClock.Instant?

    init(_ study: Study, _ configuration: ConnectionConfiguration, _ logger: Logger) async {
        var configuration = configuration.pinned
        configuration.applicationName = (configuration.applicationName ?? "trough") + " bell"
        configuration.options["synchronous_commit"] = "off"
        // Whoever sends a NOTIFY waits for others that are committing one.
        configuration.options["lock_timeout"] = "1s"
        self.configuration = configuration
        self.logger = logger
        payload = LogChannel.payload(of: study)
        do {
            connection = try await Connection.open(configuration)
        } catch {
            logger.debug("append: readers will not be woken: \(error.description)")
        }
    }

    func close() async { await connection?.close() }

    /// Rings once for all that was committed before the ring begins.
    ///
    /// While one ring is under way, a single caller stays to ring next; the others return, since its ring is theirs too.
    func ring() async {
        if isRinging {
            if next != nil { return }
            await withCheckedContinuation { next = $0 }
        }
        isRinging = true
        await ringNow()
        if let next {
            self.next = nil
            next.resume()
        } else {
            isRinging = false
        }
    }

    private func ringNow() async {
        if let silentUntil, ContinuousClock.now < silentUntil { return }
        do {
            // A connection that breaks in the attempt broke earlier, as a rule: with a server that has come back since.
            do {
                try await notify()
            } catch  where error.kind == .connection {
                try await notify()
            }
            silentUntil = nil
            pause = Limits.firstPause
        } catch {
            logger.debug("append: readers were not woken: \(error.description)")
            silentUntil = .now + pause
            pause = min(pause * 2, Limits.longestBellPause)
        }
    }

    private func notify() async throws(PostgresError) {
        let connection: Connection
        if let open = self.connection {
            connection = open
            if await connection.isBroken { try await connection.reconnect() }
        } else {
            connection = try await Connection.open(configuration)
            self.connection = connection
        }
        let payload = payload
        try await connection.perform { session throws(PostgresError) in
            try session.notify(LogChannel.name, payload: payload)
        }
    }
}
