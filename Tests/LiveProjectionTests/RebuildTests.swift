import EventLog
import LiveProjection
import Logging
import Postgres
import ServiceLifecycle
import TestData
import TestLog
import Testing
import Trial

extension SetsOfOutcomes {
    @Suite("Another protocol is built beside the present one", .timeLimit(.minutes(12)))
    struct RebuildTests {
        /// The default protocol with a lower bar, under another name.
        private static func stricter() throws -> TrialProtocol {
            let yaml = TrialProtocol.defaultYAML.replacing("name: roblin-2020", with: "name: stricter")
                .replacing("- {score: HBI, at-least: 5}", with: "- {score: HBI, at-least: 1}")
                .replacing("horizon: 730", with: "horizon: 365")
            return try ProtocolFile.parse(yaml, fileName: "stricter")
        }

        /// What a reader sees at one moment: which set is current, and its lines.
        private static func look(_ study: Study, _ session: Session) throws(PostgresError) -> (
            sets: Int, lines: [String]
        ) {
            let rows = try session.query(
                """
                SELECT p.projection, t.line FROM trough.projection p LEFT JOIN trough.patient_state t USING (projection)
                WHERE p.study = $1 AND p.state = 'current' AND t.line IS NOT NULL ORDER BY t.subject
                """, [.int32(study.number)])
            var (sets, lines): (Set<Int32>, [String]) = ([], [])
            for row in 0..<rows.count {
                sets.insert(try rows.int32(row, 0))
                lines.append(try rows.string(row, 1))
            }
            return (sets.count, lines)
        }

        @Test(
            "Readers see the one or the other, never a mixture and never nothing; the old one stays until it is dropped"
        )
        func switches() async throws {
            let second = try Self.stricter()
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 16)
                _ = try await log.append(try TestData.lines(TestData.replica), to: study)
                let superseded = WorkerSetup(shards: 2, maybeSuperseded: true)
                let (first, set) = try await log.withWorkers(study, .roblin2020, superseded) {
                    try await log.caughtUp(study)
                    let (before, after) = (
                        try await log.replayedLines(study, .roblin2020), try await log.replayedLines(study, second)
                    )
                    try #require(before != after && before.count == after.count)
                    let first = try await log.currentSet(study)
                    try await withThrowingTaskGroup(of: (old: Int, new: Int).self) { group in
                        for _ in 0..<2 {
                            let reading = try await Connection.open(log.configuration)
                            group.addTask {
                                try await reading.perform { session throws in
                                    var (old, new) = (0, 0)
                                    let deadline = ContinuousClock.now + .seconds(60)
                                    while new < 5, ContinuousClock.now < deadline {
                                        let seen = try Self.look(study, session)
                                        try #require(seen.sets == 1)
                                        try #require(seen.lines == before || seen.lines == after)
                                        if seen.lines == before { old += 1 } else { new += 1 }
                                        try #require(seen.lines == after || new == 0, "the old one came back")
                                    }
                                    return (old, new)
                                }
                            }
                        }
                        try await log.withWorkers(study, second, WorkerSetup(workers: 2, shards: 2)) {
                            for try await seen in group { #expect(seen.old > 0 && seen.new > 0, "\(seen)") }
                        }
                    }
                    let set = try await log.currentSet(study)
                    #expect(set.protocolName == "stricter" && set.number != first.number)
                    #expect(try await log.liveLines(first) == before)
                    return (first, set)
                }
                // A worker whose set is dropped ends with an error, so none may be left.
                try await Self.drops(first, set, study, log)
            }
        }

        private static func drops(
            _ first: ProjectionSet, _ set: ProjectionSet, _ study: Study, _ log: TestLog
        ) async throws {
            let retired = await #expect(throws: LiveProjectionError.self) {
                try await log.worker(study, .roblin2020).run()
            }
            #expect(
                retired?.description == """
                    Set \(first.number), which holds the outcomes of study "main" under this protocol, was superseded by \
                    another one. "trough worker drop \(first.number)" removes it, after which a worker makes it anew.
                    """)
            try await log.connection.perform { session throws(PostgresError) in
                for number in [set.number, 999] {
                    let error = #expect(throws: PostgresError.self) {
                        try session.query("SELECT trough.drop_projection($1)", [.int32(number)])
                    }
                    #expect(error?.sqlState == "TR003")
                    #expect(
                        try session.query("SELECT trough.switch_projection($1)", [.int32(number)]).bool(0, 0)
                            == (number != 999))
                }
                // What was superseded does not come back.
                #expect(try !first.makeCurrent(session))
            }
            let kept = try await log.liveLines(set)
            try await log.connection.perform { session throws(PostgresError) in
                try first.drop(session)
            }
            for table in ["projection", "worker", "checkpoint", "patient_state", "outcome", "parked"] {
                #expect(
                    try await log.number("SELECT count(*) FROM trough.\(table) WHERE projection = \(first.number)") == 0
                )
            }
            #expect(try await log.liveLines(set) == kept)
        }

        @Test("The switch comes also where events never pause")
        func underLoad() async throws {
            let second = try Self.stricter()
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 64)
                let appender = try await log.appender(to: study)
                _ = try await appender.append(
                    try EventLines.batch((0..<300).map { EventLines.assay("P-\($0)", "first") }))
                let over = Count()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for lane in 0..<2 {
                        group.addTask {
                            var number = 0
                            while over.value == 0 {
                                number += 1
                                let lines = (0..<300).map { EventLines.assay("P-\($0)", "\(lane)-\(number)") }
                                _ = try await appender.append(EventLines.batch(lines))
                            }
                        }
                    }
                    try await log.withWorkers(study, .roblin2020, WorkerSetup(maybeSuperseded: true)) {
                        try await log.waitFor("the first set") {
                            try await log.number("SELECT count(*) FROM trough.projection") == 1
                        }
                        try await log.withWorkers(study, second) {
                            try await log.waitFor("the switch", within: .seconds(30)) {
                                try await log.currentSet(study).protocolName == "stricter"
                            }
                            over.add()
                            try await group.waitForAll()
                            try await log.caughtUp(study)
                        }
                    }
                }
                await appender.close()
                try await log.expectReplayed(study, second, "after the load")
            }
        }

        @Test("A set that is a moment behind becomes current: the present one stands still meanwhile")
        func momentBehind() async throws {
            let second = try Self.stricter()
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                _ = try await log.append((0..<9).map { EventLines.assay("P-\($0)", "x") }, to: study)
                try await log.projectAll(study, .roblin2020)
                let set = try await log.connection.perform { session throws(LogError) in
                    try ProjectionSet.open(study, second, session)
                }
                let other = try await Connection.open(log.configuration)
                let catchUp = """
                    UPDATE trough.checkpoint c SET position = h.position FROM trough.head h
                    WHERE h.slice = c.slice AND c.projection = \(set.number)
                    """
                // On a busy machine the one or the other may come too late.
                var isCurrent = false
                for _ in 0..<20 where !isCurrent {
                    try await log.execute("UPDATE trough.checkpoint SET position = 0 WHERE projection = \(set.number)")
                    async let switched = other.perform { session throws(PostgresError) in try set.makeCurrent(session) }
                    try await Task.sleep(for: .milliseconds(15))
                    try await log.execute(catchUp)
                    isCurrent = try await switched
                }
                #expect(isCurrent)
                // One that is never as far does not become current.
                let third = try await other.perform { session throws(LogError) in
                    var rules = second
                    rules.name = "third"
                    return try ProjectionSet.open(study, rules, session)
                }
                #expect(try await other.perform { session throws(PostgresError) in try !third.makeCurrent(session) })
                await other.close()
            }
        }

        @Test("A set that is dropped while it is being written leaves nothing behind")
        func droppedInUse() async throws {
            let second = try Self.stricter()
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 4)
                try await log.projectAll(study, .roblin2020)
                let set = try await log.connection.perform { session throws(LogError) in
                    try ProjectionSet.open(study, second, session)
                }
                // A write that has begun; it ends while the deletion waits.
                let writer = try await Connection.open(log.configuration)
                let values = """
                    SELECT trough.hold_slices(trough.join_projection(\(set.number), 'w', interval '1 min'))
                    """
                try await writer.perform { session throws(PostgresError) in
                    try session.execute(values)
                    try session.execute(
                        """
                        BEGIN;
                        SELECT FROM trough.checkpoint WHERE projection = \(set.number) FOR UPDATE;
                        INSERT INTO trough.parked (projection, slice, patient, subject, position, reason)
                        VALUES (\(set.number), 0, 1, 'P', 1, 'late')
                        """)
                }
                async let dropped: Void = log.connection.perform { session throws(PostgresError) in
                    try set.drop(session)
                }
                try await Task.sleep(for: .milliseconds(150))
                try await writer.perform { session throws(PostgresError) in try session.execute("COMMIT") }
                try await dropped
                await writer.close()
                #expect(try await log.number("SELECT count(*) FROM trough.parked") == 0)
            }
        }

        @Test("A second worker has its half soon; what a dead one held, it has when the lease is over")
        func death() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 8)
                let setup = WorkerSetup(shards: 2, lease: .milliseconds(1_500))
                func held() async throws -> [String] {
                    try await log.texts(
                        "SELECT count(*)::text FROM trough.checkpoint WHERE worker IS NOT NULL GROUP BY worker ORDER BY 1"
                    )
                }
                try await log.withWorkers(study, .roblin2020, setup) {
                    try await log.waitFor("all") { try await held() == ["8"] }
                    try await log.withWorkers(study, .roblin2020, setup) {
                        try await log.waitFor("half", within: .seconds(20)) { try await held() == ["4", "4"] }
                    }
                    try await log.waitFor("all again", within: .seconds(20)) { try await held() == ["8"] }
                }
            }
        }

        @Test("A worker that is shut down gives back its slices at once; another then has them all")
        func shutDown() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 8)
                let setup = WorkerSetup(shards: 2, lease: .seconds(60))
                var logger = Logger(label: "trough.tests")
                logger.logLevel = .critical
                let services = ServiceGroup(
                    configuration: ServiceGroupConfiguration(
                        services: [.init(service: log.worker(study, .roblin2020, setup))], logger: logger))
                let held = "SELECT count(worker) FROM trough.checkpoint"
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await services.run() }
                    try await log.waitFor("its slices") { try await log.number(held) == 8 }
                    await services.triggerGracefulShutdown()
                    try await group.waitForAll()
                }
                #expect(try await log.number(held) == 0)
                #expect(try await log.number("SELECT count(*) FROM trough.worker") == 0)
                try await log.projectAll(study, .roblin2020, setup)
            }
        }
    }
}
