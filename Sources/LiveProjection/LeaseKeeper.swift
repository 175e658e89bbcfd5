import CoreMetrics
import EventLog
import Logging
import Postgres
import ServiceLifecycle

/// Says regularly that its worker lives, and thereby keeps, takes and gives back slices.
///
/// It has a connection of its own, so that a long step of a shard does not cost the lease; it falls silent where a shard
/// hangs. What is taken or given is decided by the database in one statement.
struct LeaseKeeper: Sendable {
    let set: ProjectionSet
    let study: Study
    /// Which log the worker was registered in.
    let mark: LogMark
    let name: String
    let lease: Duration
    let membership: Membership
    let metrics: WorkerMetrics
    let logger: Logger
    /// How far every slice must be projected, by whomever, for the worker to end; `nil` to go on for ever.
    let goal: [Int64]?

    /// Registers a worker and lets it take its first slices: both, or where one fails neither.
    static func join(
        _ set: ProjectionSet, name: String, lease: Duration, _ session: Session
    ) throws(PostgresError) -> Int64 {
        let seconds = Double(lease.components.seconds) + Double(lease.components.attoseconds) / 1e18
        return try session.transaction { () throws(PostgresError) in
            let worker = try session.query(
                "SELECT trough.join_projection($1, $2, make_interval(secs => $3))",
                [.int32(set.number), .string(name), .double(seconds)]
            ).int64(0, 0)
            _ = try session.query("SELECT slice FROM trough.hold_slices($1)", [.int64(worker)])
            return worker
        }
    }

    /// Keeps the lease until the task ends, the goal is reached or the service is shut down; then gives everything back.
    ///
    /// - Throws: ``LiveProjectionError/dropped(set:)`` when the set is no more, ``LiveProjectionError/superseded(set:study:)``
    ///   when another one has taken its place.
    func run(over connection: Connection) async throws(LiveProjectionError) {
        var pause = GrowingPause()
        var nextBeat = ContinuousClock.now
        var isCurrent = set.state == .current
        var isTroubled = false
        var end: LiveProjectionError?
        var nextReport = ContinuousClock.now.advanced(by: Limits.reportInterval)
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do throws(PostgresError) {
                if await connection.isBroken {
                    if let change = try await connection.reconnect(to: mark) {
                        end = .log(change)
                        break
                    }
                    if try await isAnother(over: connection) {
                        end = .log(set.changed)
                        break
                    }
                }
                if ContinuousClock.now >= nextBeat, !membership.isHung(at: .now) {
                    nextBeat = .now.advanced(by: lease / 3)
                    try await beat(over: connection)
                    switch try await standing(over: connection) {
                    case .building, nil: break
                    case .current:
                        if !isCurrent { announce() }
                        isCurrent = true
                    case .retired: end = .superseded(set: set.number, study: study.name)
                    }
                    if end != nil { break }
                    if ContinuousClock.now >= nextReport {
                        nextReport = .now.advanced(by: Limits.reportInterval)
                        try await report(over: connection)
                    }
                }
                if let goal, isCurrent {
                    guard let hasReached = try await hasReached(goal, over: connection) else {
                        end = .dropped(set: set.number)
                        break
                    }
                    if hasReached { break }
                }
                pause = GrowingPause()
                if isTroubled { logger.notice("worker: the database is back") }
                isTroubled = false
                guard await sleep(goal == nil ? lease / 6 : min(lease / 6, .milliseconds(20))) else { break }
            } catch {
                // A worker that was forgotten registers again, which a set that was dropped does not take.
                if error.sqlState == "23503" { throw .dropped(set: set.number) }
                guard error.isWorthWaiting else { throw .log(.database(error)) }
                logger.log(level: isTroubled ? .debug : .warning, "worker: trying again: \(error.description)")
                // As for a shard.
                if isTroubled { await connection.close() }
                isTroubled = true
                guard await sleep(pause.next(jitter: .random(in: 0...1))) else { break }
            }
        }
        switch end {
        case nil: await leave(over: connection)
        case .superseded(let set, let study):
            await leave(over: connection)
            throw .superseded(set: set, study: study)
        // What is held there is not this worker's, where the set is another one or none.
        case .some(let end): throw end
        }
    }

    /// Whether the log that the connection leads to has another set or another worker under the numbers known here.
    private func isAnother(over connection: Connection) async throws(PostgresError) -> Bool {
        let (set, name, worker) = (set, name, membership.worker)
        return try await connection.perform { session throws(PostgresError) in
            if try set.isAnother(in: session) { return true }
            return try session.query(
                "SELECT FROM trough.worker WHERE worker = $1 AND (projection, name) IS DISTINCT FROM ($2::integer, $3)",
                [.int64(worker), .int32(set.number), .string(name)]
            ).count > 0
        }
    }

    /// Lets time pass; tells whether to go on, which is known at once when the service is shut down.
    private func sleep(_ duration: Duration) async -> Bool {
        await cancelWhenGracefulShutdown { (try? await Task.sleep(for: duration)) != nil }
    }

    private func beat(over connection: Connection) async throws(PostgresError) {
        let worker = membership.worker
        let (set, name, lease) = (set, name, lease)
        let held = try await connection.perform { session throws(PostgresError) -> (worker: Int64, slices: Int) in
            do throws(PostgresError) {
                return (worker, try session.query("SELECT slice FROM trough.hold_slices($1)", [.int64(worker)]).count)
            } catch {
                // Away for so long that it was forgotten.
                guard error.sqlState == "TR002" else { throw error }
                let worker = try Self.join(set, name: name, lease: lease, session)
                return (worker, 0)
            }
        }
        membership.beat(as: held.worker, at: .now)
        metrics.slices.record(held.slices)
        metrics.lag.record(try await progress(over: connection, of: held.worker).behind)
    }

    /// How many events are projected and how many are not yet, of all slices or those that one worker holds.
    private func progress(
        over connection: Connection, of worker: Int64? = nil
    ) async throws(PostgresError) -> (done: Int64, behind: Int64) {
        let set = set
        return try await connection.perform { session throws(PostgresError) in
            let rows = try session.query(
                """
                SELECT coalesce(sum(c.position), 0)::bigint, coalesce(sum(h.position - c.position), 0)::bigint
                FROM trough.checkpoint c JOIN trough.head h ON h.slice = c.slice
                WHERE c.projection = $1 AND ($2::bigint IS NULL OR c.worker = $2)
                """, [.int32(set.number), worker.map(Parameter.int64) ?? .null])
            return (try rows.int64(0, 0), try rows.int64(0, 1))
        }
    }

    /// Says how far the set is, as long as much of it is still to be made.
    private func report(over connection: Connection) async throws(PostgresError) {
        let (done, behind) = try await progress(over: connection)
        guard behind > Limits.eventsWorthReporting else { return }
        let share = Int(100 * Double(done) / Double(done + behind))
        logger.notice("worker: set \(set.number): \(share) % of \(done + behind) events are projected")
    }

    /// Where the set stands, which is made the current one where it was built beside that and has come as far; `nil` where
    /// it is no more.
    private func standing(over connection: Connection) async throws(PostgresError) -> ProjectionSet.State? {
        let set = set
        return try await connection.perform { session throws(PostgresError) in
            let rows = try session.query(
                """
                SELECT p.state, p.state = 'building' AND NOT EXISTS (
                    SELECT FROM trough.checkpoint c JOIN trough.head h ON h.slice = c.slice
                    WHERE c.projection = p.projection AND c.position < h.position - $2)
                FROM trough.projection p WHERE p.projection = $1
                """, [.int32(set.number), .int64(Limits.smallestCatchUp)])
            if rows.count == 0 { return nil }
            if try rows.bool(0, 1), try set.makeCurrent(session) { return .current }
            return try ProjectionSet.state(rows.string(0, 0))
        }
    }

    private func announce() {
        logger.notice("worker: set \(set.number) is now the current one of study \"\(study.name)\"")
    }

    /// Whether all slices are projected up to the goal; `nil` where the set is no more.
    private func hasReached(_ goal: [Int64], over connection: Connection) async throws(PostgresError) -> Bool? {
        let (set, study) = (set, study)
        return try await connection.perform { session throws(PostgresError) in
            let rows = try session.query(
                """
                SELECT count(*), count(*) FILTER (WHERE c.position < g.position) FROM trough.checkpoint c
                JOIN unnest($2::bigint[]) WITH ORDINALITY AS g (position, n) ON c.slice = $3 + g.n - 1
                WHERE c.projection = $1
                """, [.int32(set.number), .int64Array(goal), .int32(study.firstSlice)])
            guard try rows.int64(0, 0) == Int64(goal.count) else { return nil }
            return try rows.int64(0, 1) == 0
        }
    }

    /// Gives back what is held; where that fails, the lease runs out by itself.
    private func leave(over connection: Connection) async {
        let worker = membership.worker
        do throws(PostgresError) {
            // A shard may have found out first that the worker of this number is another one.
            if try await isAnother(over: connection) { return }
            try await connection.perform { session throws(PostgresError) in
                _ = try session.query("SELECT FROM trough.leave_projection($1)", [.int64(worker)])
            }
        } catch {
            logger.debug("worker: slices were not given back: \(error.description)")
        }
    }
}
