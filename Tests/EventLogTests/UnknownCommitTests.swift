import EventLog
import Foundation
import LocalServer
import Postgres
import TestData
import TestLog
import Testing
import Trial

@Suite("A COMMIT without an answer", .timeLimit(.minutes(12)))
struct UnknownCommitTests {
    /// Ends one backend of the appenders, chosen by chance, and tells whether there was one.
    private static func terminate(_ session: Session) throws(PostgresError) -> Bool {
        try session.query(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'appender'
            ORDER BY state = 'active' DESC, random() LIMIT 1
            """
        ).count > 0
    }

    @Test("Backends ended at random moments cost nothing: every event once, decisions that add up")
    func terminatedAtRandom() async throws {
        try await TestLog.withLog { log in
            let seed: UInt64 = 2024
            let study = try await log.study(slices: 5)
            var address = log.configuration
            address.applicationName = "appender"
            let (cut, opened) = (Count(), Count())
            let appendersAddress = address
            let counts = try await withThrowingTaskGroup(of: [Decision: Int].self) { group in
                for number in 0..<3 {
                    group.addTask {
                        var random = SeededRandom(seed: seed + UInt64(number))
                        let appender = try await log.appender(to: study, as: appendersAddress)
                        opened.add()
                        var counts: [Decision: Int] = [:]
                        var next = 0
                        while cut.value < 80 {
                            var lines: [String] = []
                            for _ in 0..<Int.random(in: 1...50, using: &random) {
                                // Every fifth event is one that all three send.
                                let id = next % 5 == 0 ? "shared-\(next)" : "\(number)-\(next)"
                                lines.append(EventLines.assay("P-\(next % 23)", id, value: next))
                                next += 1
                            }
                            for decision in try await appender.append(EventLines.batch(lines)).decisions {
                                counts[decision, default: 0] += 1
                            }
                        }
                        await appender.close()
                        counts[.conflict, default: 0] += 0
                        #expect(counts.values.reduce(0, +) == next, "seed \(seed)")
                        return counts
                    }
                }
                group.addTask {
                    var random = SeededRandom(seed: seed + 99)
                    let connection = try await Connection.open(log.configuration)
                    // A first connection that fails is an error, as it should be.
                    while opened.value < 3 { try await Task.sleep(for: .milliseconds(5)) }
                    while cut.value < 80 {
                        try await Task.sleep(for: .microseconds(Int.random(in: 1000...40_000, using: &random)))
                        let hit = try await connection.perform { session throws(PostgresError) in
                            try Self.terminate(session)
                        }
                        if hit { cut.add() }
                    }
                    await connection.close()
                    return [:]
                }
                return try await group.reduce(into: [Decision: Int]()) { $0.merge($1, uniquingKeysWith: +) }
            }
            let stored = try await log.number("SELECT count(*) FROM trough.event")
            print("terminated backends: \(cut.value), stored: \(stored), \(counts)")
            #expect(counts[.stored] == stored, "seed \(seed): \(counts)")
            #expect(counts[.conflict] == 0, "seed \(seed): \(counts)")
            #expect(try await log.faults() == [], "seed \(seed)")
        }
    }

    @Test("Before the commit record is written: the batch is sent again and stored once")
    func beforeCommit() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            try await log.endCommits(ofBatches: 3)
            let lines = EventLines.everyType("P-1") + [EventLines.assay("P-1", "x"), EventLines.assay("P-1", "x")]
            let decisions = try await log.append(lines, to: study, lanes: 1)
            #expect(decisions == [Decision](repeating: .stored, count: 13) + [.duplicate])
            #expect(try await log.number("SELECT nextval('public.commits')") == 5)
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 13)
            #expect(try await log.faults() == [])
        }
    }

    @Test("After the commit record is written: the batch is found, and its events are told as stored")
    func afterCommit() async throws {
        try await TestLog.withWaitingCommits { log in try await unanswered(log) }
    }

    private func unanswered(_ log: TestLog) async throws {
        let connection = log.connection
        let study = try await log.study(slices: 3)
        var address = log.configuration
        address.applicationName = "appender"
        let appender = try await log.appender(to: study, lanes: 1, as: address)
        let known = [EventLines.assay("P-1", "known", value: 7)]
        #expect(try await appender.append(EventLines.batch(known)).decisions == [.stored])
        for round in 1...5 {
            let lines =
                [EventLines.assay("P-\(round)", "new"), EventLines.assay("P-\(round)", "new")] + known
                + [EventLines.assay("P-1", "known", value: 8)]
            try await log.execute("ALTER DATABASE trough SET synchronous_commit = on")
            // The open sessions keep their settings; ending them makes the next ones wait at COMMIT.
            _ = try await connection.perform { session throws(PostgresError) in
                while try Self.terminate(session) { usleep(2000) }
            }
            let decisions = try await Self.unanswered(lines, appender, log, "ALTER DATABASE trough")
            #expect(decisions == [.stored, .duplicate, .duplicate, .conflict], "round \(round)")
        }
        // All is known of these but the time and the digest, which come with the answer.
        try await log.execute(
            """
            CREATE SEQUENCE public.unlocked;
            CREATE OR REPLACE FUNCTION trough.expect_moved(moved bigint, expected bigint) RETURNS bigint
                LANGUAGE sql AS 'SELECT nextval(''public.unlocked'') + moved'
            """)
        // From here on the open sessions take the setting as it changes.
        try await log.execute("ALTER DATABASE trough RESET synchronous_commit")
        _ = try await connection.perform { session throws(PostgresError) in while try Self.terminate(session) {} }
        for round in 1...5 {
            // Twice, since a head that stands elsewhere than where it was left is locked first the next time.
            for id in ["before-\(round)", "and again-\(round)"] {
                _ = try await appender.append(EventLines.batch((1...5).map { EventLines.assay("P-\($0)", id) }))
            }
            let unlocked = try await log.number("SELECT last_value FROM public.unlocked")
            let lines = (1...round).map { EventLines.assay("P-\($0)", "unlocked-\(round)") }
            try await log.execute("ALTER SYSTEM SET synchronous_commit = on")
            try await log.execute("SELECT pg_reload_conf(), pg_sleep(0.2)")
            let decisions = try await Self.unanswered(lines, appender, log, "ALTER SYSTEM")
            #expect(decisions == [Decision](repeating: .stored, count: round), "round \(round)")
            #expect(try await log.number("SELECT last_value FROM public.unlocked") == unlocked + 1)
        }
        await appender.close()
        #expect(try await log.number("SELECT count(*) FROM trough.event") == 6 + 50 + 15)
        #expect(try await log.faults() == [])
    }

    /// Appends lines in a transaction that commits and whose COMMIT gets no answer, since it waits and is ended.
    ///
    /// - Parameter altering: How to let further commits wait no more.
    private static func unanswered(
        _ lines: [String], _ appender: Appender, _ log: TestLog, _ altering: String
    ) async throws -> [Decision] {
        try await withThrowingTaskGroup(of: [Decision]?.self) { group in
            group.addTask { try await appender.append(EventLines.batch(lines)).decisions }
            group.addTask {
                try await log.connection.perform { session throws(PostgresError) in
                    let waiting = """
                        SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query = 'COMMIT'
                        """
                    var looks = 0
                    while try session.query(waiting).int64(0, 0) == 0, looks < 10_000 {
                        usleep(2000)
                        looks += 1
                    }
                    try session.execute("\(altering) SET synchronous_commit = local")
                    try session.execute("SELECT pg_reload_conf()")
                    try session.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                }
                return nil
            }
            return try await group.reduce(into: [Decision]()) { $0 += $1 ?? [] }
        }
    }
}
