import CoreMetrics
import EventLog
import LiveProjection
import Logging
import Postgres
import Projection
import TestLog
import Testing
import Trial

// Suites that run workers have many connections, and some measure time: few of them run side by side.

/// That what workers make is what a replay makes.
@Suite("Against a replay", .serialized)
struct AgainstReplay {}

/// Who may write, and what is read.
@Suite("Holding and reading", .serialized)
struct HoldingAndReading {}

/// What becomes of sets and patients in unusual cases.
@Suite("Sets of outcomes", .serialized)
struct SetsOfOutcomes {}

/// How a test's workers are made.
struct WorkerSetup: Sendable {
    var workers = 1
    var shards = 1
    var remembered = 1_000_000
    var lease = Duration.seconds(2)
    /// As whom they connect; as the owner of the database where nothing is said.
    var address: ConnectionConfiguration?
    /// Whether they may end since another set takes the place of theirs.
    var maybeSuperseded = false
}

extension TestLog {
    /// A connection with the settings that a live reader works in: without them the order of rows is anyone's.
    func liveConnection() async throws -> Connection {
        var configuration = configuration
        configuration.options = LiveReader.settings
        return try await Connection.open(configuration)
    }

    /// A worker that has not begun.
    func worker(
        _ study: Study, _ rules: TrialProtocol, _ setup: WorkerSetup = WorkerSetup(), untilCaughtUp: Bool = false
    ) -> ProjectionWorker {
        var logger = Logger(label: "trough.tests")
        // Lost connections and parked patients are expected where they are made on purpose.
        logger.logLevel = .critical
        return ProjectionWorker(
            on: study, CompiledProtocol(rules), at: setup.address ?? configuration, name: "test", shards: setup.shards,
            lease: setup.lease, rememberedEvents: setup.remembered, untilCaughtUp: untilCaughtUp,
            metrics: WorkerMetrics(study: study.name, factory: NOOPMetricsHandler.instance), logger: logger)
    }

    /// Calls `body` while workers run; they must not end before it does.
    func withWorkers<R: Sendable>(
        _ study: Study, _ rules: TrialProtocol, _ setup: WorkerSetup = WorkerSetup(),
        _ body: () async throws -> R
    ) async throws -> R {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<setup.workers {
                let worker = worker(study, rules, setup)
                group.addTask {
                    do {
                        try await worker.run()
                        if !Task.isCancelled { Issue.record("a worker ended by itself") }
                    } catch {
                        if setup.maybeSuperseded {
                            // Before it began, or since.
                            switch error as? LiveProjectionError {
                            case .retired, .superseded: return
                            default: break
                            }
                        }
                        if !Task.isCancelled { Issue.record("a worker failed: \(error)") }
                    }
                }
            }
            let value = try await body()
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
    }

    /// Projects everything by one worker that ends by itself.
    func projectAll(_ study: Study, _ rules: TrialProtocol, _ setup: WorkerSetup = WorkerSetup()) async throws {
        try await worker(study, rules, setup, untilCaughtUp: true).run()
    }

    /// Waits until the current set is as far as the log; fails after a while.
    func caughtUp(_ study: Study, within limit: Duration = .seconds(30), _ note: String = "") async throws {
        let behind = """
            SELECT count(*) FROM trough.head h WHERE h.study = \(study.number) AND NOT EXISTS (
                SELECT FROM trough.checkpoint c JOIN trough.projection p USING (projection)
                WHERE p.state = 'current' AND c.slice = h.slice AND c.position = h.position)
            """
        try await waitFor("all is projected \(note)", within: limit) { try await number(behind) == 0 }
    }

    /// Waits until something holds; fails after a while.
    func waitFor(
        _ what: String, within limit: Duration = .seconds(30), _ holds: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try await !holds() {
            try #require(ContinuousClock.now < deadline, "never came: \(what)")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The current set of a study.
    func currentSet(_ study: Study) async throws -> ProjectionSet {
        try #require(
            try await connection.perform { session throws(LogError) in
                try ProjectionSet.current(of: study, session)
            })
    }

    /// The outcome lines that workers made.
    func liveLines(_ set: ProjectionSet) async throws -> [String] {
        var lines: [String] = []
        try await OutcomeReading.eachLine(of: set, over: connection) { page in
            lines += page.map { String(decoding: $0, as: UTF8.self) }
        }
        return lines
    }

    /// The outcome lines of a fresh replay.
    func replayedLines(_ study: Study, _ rules: TrialProtocol) async throws -> [String] {
        let reader = try await connection.perform { session throws(LogError) in try LogReader(study, session) }
        let result = try await Replay(at: configuration, [CompiledProtocol(rules)], shards: 2).run(reader)[0]
        var lines: [String] = []
        try await result.eachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
        return lines
    }

    /// Checks that the current set says what a fresh replay says: lines, states and outcomes.
    func expectReplayed(_ study: Study, _ rules: TrialProtocol, _ note: String) async throws {
        let set = try await currentSet(study)
        let (live, replayed) = (try await liveLines(set), try await replayedLines(study, rules))
        #expect(live.count == replayed.count, "\(note)")
        let difference = zip(live, replayed).first { $0 != $1 }
        #expect(difference == nil, "\(note)")
        let (rows, states) = (try await stateRows(set), try await replayedStates(study, rules))
        #expect(rows == states, "\(note)")
        #expect(try await texts(Self.outcomesUnlikeLines(set.number)) == [], "\(note)")
    }

    /// What is in the columns of outcomes and not in the outcome lines, or the other way round, read by the server.
    private static func outcomesUnlikeLines(_ set: Int32) -> String {
        """
        WITH spelled AS (
            SELECT t.slice, t.patient, e.key, e.value ->> 'status' = 'event' AS is_event, (e.value ->> 'day')::integer,
                e.value ->> 'cause' AS cause, (e.value -> 'evidence')::text AS evidence
            FROM trough.patient_state t, json_each(t.line::json -> 'outcomes') e WHERE t.projection = \(set)
        ), stored AS (
            SELECT o.slice, o.patient, o.endpoint, o.is_event, o.day, o.cause, o.evidence::text
            FROM trough.outcome o WHERE o.projection = \(set)
        )
        SELECT d::text FROM ((TABLE spelled EXCEPT TABLE stored) UNION ALL (TABLE stored EXCEPT TABLE spelled)) d LIMIT 5
        """
    }
}
