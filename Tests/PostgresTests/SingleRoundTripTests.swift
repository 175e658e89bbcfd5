import Glibc
import Postgres
import TestPostgres
import Testing

private let insert = NumberTable.insert

@Suite("Transactions in a single round trip", .timeLimit(.minutes(6)))
struct SingleRoundTripTests {
    /// Runs statements in one transaction, and another behind it.
    ///
    /// - Returns: The error of what came behind.
    private func run(
        _ connection: Connection, _ statements: [Statement], _ next: Statement? = nil
    ) async throws(PostgresError) -> PostgresError? {
        try await connection.perform { session throws(PostgresError) in
            try session.transaction(statements, followedBy: next).failureOfNext
        }
    }

    @Test("Everything is kept, the rows come back, and what follows is a transaction of its own")
    func kept() async throws {
        try await NumberTable.with("CREATE TABLE t (a int); CREATE TABLE x (n int, id xid8)") { connection in
            for round in 0..<5 as Range<Int32> {
                let counted = try await connection.perform { session throws(PostgresError) in
                    let answer = try session.transaction(
                        [
                            Statement("INSERT INTO x VALUES (1, pg_current_xact_id())"),
                            Statement(insert, [.int32(round)]), Statement("SELECT count(*) FROM t"),
                        ], followedBy: Statement("INSERT INTO x VALUES (2, pg_current_xact_id())"))
                    #expect(answer.failureOfNext == nil)
                    #expect(answer.rows.count == 3)
                    return try answer.rows[2].int64(0, 0)
                }
                #expect(counted == Int64(round + 1))
            }
            try await NumberTable.expect([0, 1, 2, 3, 4], connection)
            let transactions = try await connection.perform { session throws(PostgresError) in
                try session.query("SELECT count(DISTINCT id) FROM x").int64(0, 0)
            }
            #expect(transactions == 10)
        }
    }

    @Test("A failure undoes everything, is told as it is, and nothing follows it")
    func undone() async throws {
        let good = Statement(insert, [.int32(1)])
        let failing = Statement("SELECT 1 / $1", [.int32(0)])
        try await NumberTable.with { connection in
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) {
                    _ = try await run(connection, [good, failing, good], good)
                }
                #expect(error?.kind == .server)
                #expect(error?.sqlState == "22012")
                #expect(await !connection.isBroken)
                try await NumberTable.expect([], connection)
            }
        }
    }

    @Test("What follows may fail: it is told, and nothing of the transaction is undone")
    func nextFails() async throws {
        try await NumberTable.with { connection in
            for round in 1...4 as ClosedRange<Int32> {
                let failure = try await run(
                    connection, [Statement(insert, [.int32(round)])], Statement("SELECT 1 / $1", [.int32(0)]))
                #expect(failure?.sqlState == "22012")
                try await NumberTable.expect(Array(1...round), connection)
            }
            // The session ends behind COMMIT: whether that was answered before is for the caller to find out.
            let error = await #expect(throws: PostgresError.self) {
                _ = try await run(
                    connection, [Statement(insert, [.int32(5)])],
                    Statement("SELECT pg_terminate_backend(pg_backend_pid())"))
            }
            #expect(error?.kind == .commitUnknown)
            try await NumberTable.expect([1, 2, 3, 4, 5], connection)
        }
    }

    @Test("What follows may fail when it is committed itself, and the connection is whole afterwards")
    func nextFailsAtItsCommit() async throws {
        try await NumberTable.with("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)") { connection in
            for round in 1...4 as ClosedRange<Int32> {
                let failure = try await run(
                    connection, [Statement(insert, [.int32(round)])],
                    Statement("INSERT INTO t SELECT 0 FROM generate_series(1, $1)", [.int32(2)]))
                #expect(failure?.sqlState == "23505")
                #expect(await !connection.isBroken)
                try await NumberTable.expect(Array(1...round), connection)
            }
        }
    }

    @Test("A COMMIT the server refuses is an error of the server: nothing happened, and nothing follows")
    func refusedCommit() async throws {
        try await NumberTable.with("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)") { connection in
            let one = Statement(insert, [.int32(1)])
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) {
                    _ = try await run(connection, [one, one], Statement(insert, [.int32(2)]))
                }
                #expect(error?.kind == .server)
                #expect(error?.sqlState == "23505")
                #expect(await !connection.isBroken)
                try await NumberTable.expect([], connection)
            }
        }
    }

    @Test("A connection lost before or within COMMIT leaves it unknown whether it happened", arguments: [false, true])
    func lost(isLate: Bool) async throws {
        let table = """
            CREATE TABLE t (a int);
            CREATE FUNCTION end_me() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER last AFTER INSERT ON t DEFERRABLE INITIALLY \(isLate ? "DEFERRED" : "IMMEDIATE")
            FOR EACH ROW EXECUTE FUNCTION end_me()
            """
        try await NumberTable.with(table) { connection in
            let error = await #expect(throws: PostgresError.self) {
                _ = try await run(connection, [Statement(insert, [.int32(1)])])
            }
            #expect(error?.kind == .commitUnknown)
            #expect(await connection.isBroken)
            try await NumberTable.expect([], connection)
        }
    }

    @Test("Nesting, and ending the transaction by a statement of it, are defects that are told")
    func misuse() async throws {
        try await NumberTable.with { connection in
            try await connection.perform { session throws in
                expectMisuse { () throws(PostgresError) in
                    try session.transaction { () throws(PostgresError) in _ = try session.transaction([]) }
                }
                for end in ["COMMIT", "ROLLBACK"] {
                    expectMisuse { () throws(PostgresError) in _ = try session.transaction([Statement(end)]) }
                    #expect(!session.isInTransaction)
                }
            }
            #expect(await !connection.isBroken)
        }
    }

    @Test("Cancelled before it is sent, nothing happens; once it is sent, it is let through")
    func cancelled() async throws {
        try await NumberTable.with { connection in
            let early = Task {
                try await connection.perform { session throws(PostgresError) in
                    while !Task.isCancelled { usleep(1_000) }
                    // The request is on its way to the session when the task is cancelled.
                    usleep(50_000)
                    _ = try session.transaction([Statement(insert, [.int32(1)])])
                }
            }
            early.cancel()
            let error = await #expect(throws: PostgresError.self) { try await early.value }
            #expect(error?.kind == .cancelled)
            try await NumberTable.expect([], connection)

            let (sent, sending) = AsyncStream.makeStream(of: Void.self)
            let late = Task {
                try await connection.perform { session throws(PostgresError) in
                    sending.finish()
                    return try session.transaction(
                        [Statement("SELECT pg_sleep(1)"), Statement(insert, [.int32(2)])]
                    ).rows.count
                }
            }
            for await _ in sent {}
            try await Task.sleep(for: .milliseconds(400))
            late.cancel()
            #expect(try await late.value == 2)
            try await NumberTable.expect([2], connection)
        }
    }
}
