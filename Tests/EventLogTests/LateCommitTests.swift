import EventLog
import Postgres
import TestLog
import TestPostgres
import Testing
import Trial

@Suite("A COMMIT that is late", .timeLimit(.minutes(6)))
struct LateCommitTests {
    /// Calls `body` with a log, a proxy before its server, and an appender behind the proxy that has stored two events.
    ///
    /// With its head and patient known, the next event goes out in one round trip, COMMIT and all.
    private static func withProxy(_ body: (TestLog, CuttingProxy, Appender) async throws -> Void) async throws {
        try await TestLog.withLog { log in
            try await log.withProxy { proxy, address in
                let appender = try await log.appender(to: try await log.study(slices: 1), lanes: 1, as: address)
                for number in 1...2 { _ = try await appender.append(Self.event("\(number)")) }
                try await body(log, proxy, appender)
                #expect(try await appender.append(Self.event("next")).decisions == [.stored])
                await appender.close()
            }
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 4)
            #expect(try await log.faults() == [])
        }
    }

    /// An event as a batch of its own.
    private static func event(_ id: String) throws -> EventBatch {
        try EventLines.batch([EventLines.assay("P-1", id)])
    }

    private static func wait(until isSo: () async throws -> Bool) async throws {
        while try await !isSo() { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test("It is found by the third attempt, though the second one's COMMIT got no answer either")
    func foundByTheThirdAttempt() async throws {
        try await Self.withProxy { log, proxy, appender in
            let first = proxy.order(.late(Array("the late one".utf8)))
            let second = proxy.order(.hold(before: Array("COMMIT\0".utf8)))
            let decisions = try await withThrowingTaskGroup(of: [Decision].self) { group in
                group.addTask {
                    try await appender.append(Self.event("the late one")).decisions
                }
                try await Self.wait { first.hit != nil && second.hit != nil }
                // The client waits for the answer to its second COMMIT, which never comes to the server.
                let third = proxy.order(.hold(before: Array("user\0trough".utf8)))
                second.release(.cut)
                try await Self.wait { third.hit != nil }
                try await Self.wait {
                    try await log.number(
                        """
                        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                            AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
                        """) == 0
                }
                #expect(try await log.number("SELECT count(*) FROM trough.event") == 2)
                first.release(.pass)
                try await Self.wait { try await log.number("SELECT count(*) FROM trough.event") == 3 }
                third.release(.pass)
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(decisions == [.stored])
        }
    }

    @Test("It is refused where the second attempt has stored the events meanwhile")
    func refusedAfterTheSecondAttempt() async throws {
        try await Self.withProxy { log, proxy, appender in
            let first = proxy.order(.late(Array("the late one".utf8)))
            let late = try Self.event("the late one")
            #expect(try await appender.append(late).decisions == [.stored])
            #expect(first.hit != nil)
            // The session that has it ends when it has looked at it.
            let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            let before = try await log.number(sessions)
            first.release(.pass)
            try await Self.wait { try await log.number(sessions) < before }
        }
    }
}
