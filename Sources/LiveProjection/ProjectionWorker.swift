package import EventLog
package import Logging
package import Postgres
import ServiceLifecycle
package import Trial

/// A worker: shards that project a study, and the keeper of their leases, as one service.
///
/// Several workers may run on one study; they share its slices.
package struct ProjectionWorker: Service {
    /// The study that is projected.
    package let study: Study
    let compiled: CompiledProtocol
    let metrics: WorkerMetrics
    let logger: Logger
    let rememberedEvents: Int
    private let configuration: ConnectionConfiguration
    private let shards: Int
    private let name: String
    private let lease: Duration
    private let untilCaughtUp: Bool
    private let membership: Membership

    /// A worker that has not begun.
    ///
    /// - Parameters:
    ///   - name: How people find it, such as the host and the number of the process.
    ///   - shards: How many actors project side by side, each over a connection of its own.
    ///   - lease: How long its slices stay its own after the last heartbeat.
    ///   - untilCaughtUp: Whether it ends once every slice is projected up to the head it found at the start.
    package init(
        on study: Study, _ compiled: CompiledProtocol, at configuration: ConnectionConfiguration, name: String,
        shards: Int, lease: Duration = Limits.lease, rememberedEvents: Int = Limits.rememberedEvents,
        untilCaughtUp: Bool = false, metrics: WorkerMetrics, logger: Logger
    ) {
        self.study = study
        self.compiled = compiled
        self.configuration = configuration
        self.name = name
        self.shards = max(1, min(shards, study.slices))
        self.lease = lease
        self.rememberedEvents = rememberedEvents
        self.untilCaughtUp = untilCaughtUp
        self.metrics = metrics
        self.logger = logger
        membership = Membership(shards: self.shards)
    }

    /// Why the worker does nothing at the moment; `nil` while it does what it should.
    package func trouble(at now: ContinuousClock.Instant) -> String? {
        guard let last = membership.lastBeat else { return "the worker is not registered yet" }
        if membership.isHung(at: now) { return "a shard has been at one step for too long, or gets no connection" }
        if last.duration(to: now) > lease {
            return "the database has not heard of the worker for longer than its lease"
        }
        return nil
    }

    /// Projects until the task is cancelled, the service is shut down, or, where that was asked for, all is projected.
    ///
    /// - Throws: ``LogError`` where the database cannot be used; a lost connection is not such a case, once it was there.
    ///   ``LogError/unknownStudy(_:)`` where the study is removed meanwhile.
    package func run() async throws {
        do {
            try await project()
        } catch LiveProjectionError.dropped(let set) {
            // A set goes with its study, too.
            if (try? await isStudyGone()) == true { throw LogError.unknownStudy(study.name) }
            throw LiveProjectionError.dropped(set: set)
        } catch LiveProjectionError.log(let error) {
            throw await study.explained(error, at: configured([:]))
        } catch let error as LogError {
            throw await study.explained(error, at: configured([:]))
        }
    }

    private func isStudyGone() async throws -> Bool {
        let connection = try await Connection.open(configured([:]))
        let study = study
        let isThere = try await connection.perform { session throws(LogError) in study.isThere(session) }
        await connection.close()
        return !isThere
    }

    private func project() async throws {
        guard let (keeping, joined) = try await join() else { return }
        let (set, worker, heads) = (joined.set, joined.worker, joined.heads)
        guard set.state != .retired else { throw LiveProjectionError.retired(set: set.number, study: study.name) }
        logger.info("worker \(worker) projects study \"\(study.name)\" into set \(set.number)")
        membership.beat(as: worker, at: .now)
        // A process that is stopped in the middle of a write would keep its slices locked, and nobody could take them.
        let longestPause = max(1, Int(lease / .milliseconds(1)))
        let settings = LiveReader.settings.merging(["idle_in_transaction_session_timeout": "\(longestPause)"]) { $1 }
        // From here on a lost connection ends nothing: the shards open theirs themselves.
        let live = (0..<shards).map { number in
            LiveShard(
                number, of: shards, self, set, in: joined.mark, membership,
                over: Connection(closed: configured(settings)))
        }
        let keeper = LeaseKeeper(
            set: set, study: study, mark: joined.mark, name: name, lease: lease, membership: membership,
            metrics: metrics, logger: logger, goal: untilCaughtUp ? heads : nil)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (number, shard) in live.enumerated() {
                group.addTask(name: "live shard \(number)") {
                    try await shard.run()
                    return false
                }
            }
            group.addTask(name: "lease keeper") {
                try await keeper.run(over: keeping)
                return true
            }
            // The keeper ends when the goal is reached or the service shut down; the shards go with it.
            while let isKeeper = try await group.next() {
                if isKeeper { group.cancelAll() }
            }
        }
        await keeping.close()
    }

    /// What a worker knows once it is registered.
    private struct Joined: Sendable {
        var set: ProjectionSet
        var worker: Int64
        /// The log in which it is.
        var mark: LogMark
        /// How far the slices had come just before.
        var heads: [Int64]
    }

    /// Connects and registers; where somebody else is in the way, or the connection is lost on the way, tries again.
    ///
    /// A registration whose COMMIT had no answer may stand, and holds slices until its lease is over, as that of a worker
    /// that was killed.
    ///
    /// - Returns: `nil` where the worker is to end before it came to that.
    private func join() async throws -> (Connection, Joined)? {
        let keeping = Connection(closed: configured([:]))
        var pause = GrowingPause()
        var (isTroubled, wasReached) = (false, false)
        while true {
            do throws(LogError) {
                if await keeping.isBroken {
                    do throws(PostgresError) { try await keeping.reconnect() } catch { throw .database(error) }
                }
                wasReached = true
                return (keeping, try await register(over: keeping))
            } catch {
                // A database that cannot be reached at all is told at once.
                guard case .database(let cause) = error, cause.isWorthWaiting, wasReached || cause.kind == .server
                else { throw error }
                logger.log(level: isTroubled ? .debug : .warning, "worker: trying again: \(cause.description)")
                isTroubled = true
                // What is too short a timeout may be mended meanwhile, for sessions that begin then.
                await keeping.close()
                let next = pause.next(jitter: .random(in: 0...1))
                guard await cancelWhenGracefulShutdown({ (try? await Task.sleep(for: next)) != nil }) else {
                    return nil
                }
            }
        }
    }

    private func register(over keeping: Connection) async throws(LogError) -> Joined {
        let (study, trial, name, lease) = (study, compiled.source, name, lease)
        return try await keeping.perform { session throws(LogError) in
            let set = try ProjectionSet.open(study, trial, session)
            let mark = try LogMark(study, session)
            let heads = try LogReader(study, session).heads.map(\.position)
            if set.state == .retired { return Joined(set: set, worker: 0, mark: mark, heads: heads) }
            let worker = try translating { () throws(PostgresError) in
                try LeaseKeeper.join(set, name: name, lease: lease, session)
            }
            return Joined(set: set, worker: worker, mark: mark, heads: heads)
        }
    }

    private func configured(_ settings: [String: String]) -> ConnectionConfiguration {
        var configuration = configuration
        for (name, value) in settings { configuration.options[name] = value }
        configuration.options["search_path"] = "pg_catalog, pg_temp"
        // A server that follows another one may be about to take over, and is waited for.
        configuration.needsPrimary = true
        return configuration
    }
}
