package import Logging
package import Postgres

/// Follows a study as it grows: hands out its events page by page, each once, in order within a slice.
///
/// The consumer pulls. Nothing is read ahead and nothing is queued, so that a slow consumer costs no memory and holds
/// nothing up. Appenders wake the follower; where they cannot, it looks at intervals. When the database goes away, the
/// follower waits for it and goes on where it was.
///
/// It is meant for one consumer: two that ask at once may be given the same page.
package actor LogFollower {
    private let connection: Connection
    private let interval: Duration
    private let logger: Logger
    private var cursor: FollowCursor
    private var lostSince: ContinuousClock.Instant?
    private var pause = GrowingPause()

    /// Connects, and stands at these positions.
    ///
    /// - Parameters:
    ///   - positions: For each slice of the study in order, the position of the last event that is not wanted.
    ///   - subject: Only this patient's events; there need be none yet.
    ///   - interval: How long to wait before looking again where no bell rings.
    /// - Throws: ``LogError/invalidSequence(_:)`` for a vector of another length; ``LogError/damaged(_:)`` where a slice
    ///   ends before its position; ``LogError/database(_:)`` at once when the database cannot be reached now.
    package init(
        _ study: Study, from positions: [Int64], subject: [UInt8]? = nil, at configuration: ConnectionConfiguration,
        polling interval: Duration = Limits.pollInterval, logger: Logger
    ) async throws(LogError) {
        var configuration = configuration
        configuration.options = LogReader.settings
        if subject != nil { configuration.options["enable_sort"] = "on" }
        do throws(PostgresError) {
            connection = try await Connection.open(configuration)
        } catch {
            throw .database(error)
        }
        cursor = try await connection.perform { session throws(LogError) in
            try FollowCursor(LogReader(study, session), from: positions, subject: subject, session)
        }
        self.interval = interval
        self.logger = logger
    }

    /// How far each slice has been handed out, by its number within the study.
    package var positions: [Int64] { cursor.positions }

    /// The next page, which is never empty, as soon as there is one.
    ///
    /// - Throws: ``LogError/database(_:)`` of kind `cancelled` as soon as the task is cancelled, and others that waiting
    ///   does not heal.
    package func next() async throws(LogError) -> LogPage {
        while true {
            if let page = try await next(until: nil) { return page }
        }
    }

    /// The next page; `nil` when there is none within this time.
    ///
    /// - Throws: as ``next()``.
    package func next(within limit: Duration) async throws(LogError) -> LogPage? {
        try await next(until: .now + limit)
    }

    /// Closes the connection.
    package func close() async { await connection.close() }

    private func next(until deadline: ContinuousClock.Instant?) async throws(LogError) -> LogPage? {
        while true {
            do throws(LogError) {
                let (moved, page) = try await step(until: deadline)
                cursor = moved
                return page
            } catch {
                guard case .database(let inner) = error, inner.isWorthWaiting else { throw error }
                guard try await waits(after: inner, until: deadline) else { return nil }
            }
        }
    }

    /// One attempt; one that fails leaves the follower where it was.
    private func step(until deadline: ContinuousClock.Instant?) async throws(LogError) -> (FollowCursor, LogPage?) {
        let change: LogError?
        do throws(PostgresError) {
            change = try await connection.reconnectIfLost(to: cursor.mark)
        } catch {
            throw .database(error)
        }
        if let change { throw change }
        if let lostSince {
            logger.notice("The database is back after \(lostSince.duration(to: .now).inSeconds).")
            self.lostSince = nil
            pause = GrowingPause()
        }
        let (start, interval) = (cursor, interval)
        return try await connection.perform { session throws(LogError) in
            var cursor = start
            let page = try cursor.next(polling: interval, until: deadline, session)
            return (cursor, page)
        }
    }

    /// Lets a pause pass after a failure, and tells whether there is time for another attempt.
    private func waits(
        after error: PostgresError, until deadline: ContinuousClock.Instant?
    ) async throws(LogError) -> Bool {
        if lostSince == nil {
            lostSince = .now
            logger.warning("\(error.description) Waiting for the database to come back.")
        }
        var pause = pause.next(jitter: .random(in: 0...1))
        if let deadline { pause = min(pause, max(.zero, ContinuousClock.now.duration(to: deadline))) }
        do { try await Task.sleep(for: pause) } catch {
            throw .database(.init(.cancelled, "stopped while waiting for the database"))
        }
        return deadline.map { ContinuousClock.now < $0 } ?? true
    }
}
