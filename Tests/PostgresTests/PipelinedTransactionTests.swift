import Glibc
import Postgres
import TestPostgres
import Testing

private let insert = NumberTable.insert

@Suite("Transactions in two round trips", .timeLimit(.minutes(6)))
struct PipelinedTransactionTests {
    /// Runs a transaction with these first and last statements, and what is to be done between them.
    private func run(
        _ connection: Connection, _ first: [Statement], _ last: [Statement],
        between: @Sendable (Session) throws(PostgresError) -> Void = { _ in }
    ) async throws(PostgresError) {
        try await connection.perform { session throws(PostgresError) in
            try session.transaction(startingWith: first) { _ throws(PostgresError) in
                try between(session)
                return ((), last)
            }
        }
    }

    @Test("The body gets the rows of the first statements, and everything is kept, whatever is sent how often")
    func kept() async throws {
        try await NumberTable.with { connection in
            for round in 0..<4 as Range<Int32> {
                let value = try await connection.perform { session throws(PostgresError) in
                    try session.transaction(startingWith: [
                        Statement(insert, [.int32(10 * round)]), Statement("SELECT count(*) FROM t"),
                    ]) { rows throws(PostgresError) in
                        #expect(session.isInTransaction)
                        #expect(rows.count == 2)
                        try session.query(insert, [.int32(10 * round + 1)])
                        let last = round == 3 ? [] : [Statement(insert, [.int32(10 * round + 2)])]
                        return (try rows[1].int64(0, 0), last)
                    }
                }
                #expect(value == Int64(3 * round + 1))
            }
            try await NumberTable.expect([0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31], connection)
        }
    }

    @Test("The transaction is READ COMMITTED and writes, whatever the session's defaults are")
    func mode() async throws {
        try await NumberTable.with { connection in
            try await connection.perform { session throws in
                try session.execute(
                    """
                    SET default_transaction_isolation = 'serializable'; SET default_transaction_read_only = on
                    """)
                let level = try session.transaction(startingWith: [Statement("SHOW transaction_isolation")]) {
                    rows throws(PostgresError) in
                    (try rows[0].string(0, 0), [Statement(insert, [.int32(1)])])
                }
                #expect(level == "read committed")
            }
            try await NumberTable.expect([1], connection)
        }
    }

    @Test("A failure of a first statement, of the body or of a last statement undoes everything, and is told as it is")
    func undone() async throws {
        let failing = Statement("SELECT 1 / $1", [.int32(0)])
        let good = Statement(insert, [.int32(1)])
        try await NumberTable.with { connection in
            for (first, last) in [([good, failing, good], [good]), ([good], [good, failing, good])] {
                for _ in 0..<3 {
                    let error = await #expect(throws: PostgresError.self) { try await run(connection, first, last) }
                    #expect(error?.kind == .server)
                    #expect(error?.sqlState == "22012")
                    #expect(await !connection.isBroken)
                    try await NumberTable.expect([], connection)
                }
            }
            let thrown = await #expect(throws: PostgresError.self) {
                try await run(connection, [good], [good]) { _ throws(PostgresError) in
                    throw PostgresError(.misuse, "no")
                }
            }
            #expect(thrown?.message == "no")
            try await NumberTable.expect([], connection)
        }
    }

    @Test("A COMMIT the server refuses is an error of the server, and nothing happened")
    func refusedCommit() async throws {
        try await NumberTable.with("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)") { connection in
            for _ in 0..<3 {
                let error = await #expect(throws: PostgresError.self) {
                    try await run(connection, [Statement(insert, [.int32(1)])], [Statement(insert, [.int32(1)])])
                }
                #expect(error?.kind == .server)
                #expect(error?.sqlState == "23505")
                #expect(await !connection.isBroken)
                try await NumberTable.expect([], connection)
            }
        }
    }

    @Test("Nesting, and ending the transaction in its body or by a statement of it, are defects that are told")
    func misuse() async throws {
        try await NumberTable.with { connection in
            try await connection.perform { session throws in
                expectMisuse { () throws(PostgresError) in
                    try session.transaction { () throws(PostgresError) in
                        try session.transaction(startingWith: []) { _ throws(PostgresError) in ((), []) }
                    }
                }
                for end in ["COMMIT", "ROLLBACK"] {
                    expectMisuse { () throws(PostgresError) in
                        try session.transaction(startingWith: []) { _ throws(PostgresError) in ((), [Statement(end)]) }
                    }
                    #expect(!session.isInTransaction)
                    expectMisuse { () throws(PostgresError) in
                        try session.transaction(startingWith: []) { _ throws(PostgresError) in
                            try session.execute(end)
                            return ((), [Statement("SELECT 1")])
                        }
                    }
                    #expect(!session.isInTransaction)
                }
                expectMisuse { () throws(PostgresError) in
                    try session.transaction(startingWith: []) { _ throws(PostgresError) in
                        ((), [Statement("SELECT $1", [.timestamp(microsecondsSinceUnixEpoch: .min)])])
                    }
                }
                #expect(!session.isInTransaction)
            }
            #expect(await !connection.isBroken)
        }
    }

    @Test("A connection lost before COMMIT was sent is lost, and nothing else")
    func lostEarly() async throws {
        try await NumberTable.with { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await run(
                    connection,
                    [Statement(insert, [.int32(1)]), Statement("SELECT pg_terminate_backend(pg_backend_pid())")], [])
            }
            #expect(error?.kind == .connection)
            try await NumberTable.expect([], connection)
        }
    }

    @Test(
        "A connection lost once COMMIT was sent, before or within it, leaves it unknown whether it happened",
        arguments: [0, 1, 2])
    func lostLate(place: Int) async throws {
        let table = """
            CREATE TABLE t (a int);
            CREATE FUNCTION end_me() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN
                IF NEW.a = 2 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER last AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION end_me()
            """
        try await NumberTable.with(table) { connection in
            let last =
                switch place {
                case 0: Statement(insert, [.int32(3)])
                case 1: Statement("SELECT pg_terminate_backend(pg_backend_pid())")
                default: Statement(insert, [.int32(2)])
                }
            let error = await #expect(throws: PostgresError.self) {
                try await run(connection, [Statement(insert, [.int32(1)])], [last]) { session in
                    guard place == 0 else { return }
                    kill(session.backendProcessID, SIGTERM)
                    usleep(200_000)
                }
            }
            #expect(error?.kind == .commitUnknown)
            #expect(await connection.isBroken)
            try await NumberTable.expect([], connection)
        }
    }

    @Test("Cancelled while the first statements run, it is rolled back; once COMMIT is sent, it is let through")
    func cancelled() async throws {
        try await NumberTable.with { connection in
            let early = Task {
                try await run(
                    connection, [Statement(insert, [.int32(1)]), Statement("SELECT pg_sleep(60)")], [])
            }
            try await Task.sleep(for: .milliseconds(100))
            early.cancel()
            let error = await #expect(throws: PostgresError.self) { try await early.value }
            #expect(error?.kind == .cancelled)
            try await NumberTable.expect([], connection)

            // Cancelled in the body, before anything else is sent.
            let (entered, entering) = AsyncStream.makeStream(of: Void.self)
            let within = Task {
                try await run(connection, [Statement(insert, [.int32(2)])], [Statement(insert, [.int32(3)])]) { _ in
                    entering.finish()
                    while !Task.isCancelled { usleep(1_000) }
                    usleep(50_000)
                }
            }
            for await _ in entered {}
            within.cancel()
            let withinError = await #expect(throws: PostgresError.self) { try await within.value }
            #expect(withinError?.kind == .cancelled)
            try await NumberTable.expect([], connection)

            let late = Task {
                try await run(
                    connection, [Statement(insert, [.int32(4)])],
                    [Statement("SELECT pg_sleep(1)"), Statement(insert, [.int32(5)])])
            }
            // Either it has not begun to commit yet, and nothing is kept, or all of it is.
            try await Task.sleep(for: .milliseconds(400))
            late.cancel()
            switch await late.result {
            case .success: try await NumberTable.expect([4, 5], connection)
            case .failure(let error):
                #expect((error as? PostgresError)?.kind == .cancelled)
                try await NumberTable.expect([], connection)
            }
        }
    }
}
