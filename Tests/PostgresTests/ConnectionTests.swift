import Glibc
import Postgres
import TestPostgres
import Testing

struct ConnectionTests {
    @Test("A session whose server process was ended fails as a connection, and works after reconnecting")
    func terminated() async throws {
        try await TestPostgres.withDatabase { configuration in
            let connection = try await Connection.open(configuration)
            let other = try await Connection.open(configuration)
            let process = await connection.perform { $0.backendProcessID }
            try await other.perform { _ = try $0.query("SELECT pg_terminate_backend($1)", [.int32(process)]) }
            let error = await #expect(throws: PostgresError.self) {
                try await connection.perform { session throws in
                    // The end may arrive a moment after the other session was told of it.
                    for _ in 0..<100 {
                        try session.query("SELECT 1")
                        usleep(10_000)
                    }
                }
            }
            #expect(error?.kind == .connection)
            #expect(await connection.isBroken)
            let again = await #expect(throws: PostgresError.self) {
                try await connection.perform { try $0.execute("SELECT 1") }
            }
            #expect(again?.kind == .connection)
            try await connection.reconnect()
            #expect(await !connection.isBroken)
            #expect(try await connection.perform { try $0.query("SELECT 1").int32(0, 0) } == 1)
            await connection.close()
            await other.close()
        }
    }

    @Test("A connection that breaks in the middle of a COPY is told as such", arguments: [true, false])
    func brokenCopy(isIn: Bool) async throws {
        try await TestPostgres.withConnection { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.perform { session throws in
                    try session.execute("CREATE TABLE t (a int)")
                    let process = session.backendProcessID
                    if isIn {
                        return try session.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                            kill(process, SIGTERM)
                            for _ in 0..<2_000_000 where !writer.hasFailed {
                                writer.row(fields: 1)
                                writer.int32(1)
                            }
                        }
                    }
                    var seen = 0
                    let sql = "COPY (SELECT generate_series(1, 100000000)) TO STDOUT (FORMAT binary)"
                    return try session.copyOut(sql) { _ in
                        seen += 1
                        if seen == 1_000 { kill(process, SIGTERM) }
                    }
                }
            }
            #expect(error?.kind == .connection)
            try await connection.reconnect()
            #expect(try await connection.perform { try $0.query("SELECT 1").int32(0, 0) } == 1)
        }
    }

    @Test("A closed connection says so, and can be opened again")
    func closed() async throws {
        try await TestPostgres.withConnection { connection in
            await connection.close()
            let error = await #expect(throws: PostgresError.self) {
                try await connection.perform { try $0.execute("SELECT 1") }
            }
            #expect(error?.kind == .connection)
            try await connection.reconnect()
            #expect(await connection.perform { $0.serverVersion } >= 150_000)
        }
    }

    @Test("Errors of any type pass through, and bodies take turns")
    func perform() async throws {
        struct Oops: Error {}
        try await TestPostgres.withConnection { connection in
            await #expect(throws: Oops.self) { try await connection.perform { _ in throw Oops() } }
            try await connection.perform { try $0.execute("CREATE TABLE t (a int); INSERT INTO t VALUES (0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await connection.perform { session throws in
                            let value = try session.query("SELECT a FROM t").int32(0, 0)
                            try session.query("UPDATE t SET a = $1", [.int32(value + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await connection.perform { try $0.query("SELECT a FROM t").int32(0, 0) } == 50)
        }
    }

    @Test("Warnings are heard, by which a COMMIT is judged, whatever a database asks to be told")
    func silentDatabase() async throws {
        try await TestPostgres.withDatabase { configuration in
            let connection = try await Connection.open(configuration)
            try await connection.perform { session throws(PostgresError) in
                try session.execute(
                    """
                    DO $$ BEGIN
                        EXECUTE format('ALTER DATABASE %I SET client_min_messages = error', current_database());
                    END $$
                    """)
            }
            try await connection.reconnect()
            let warned = try await connection.perform { session throws(PostgresError) in
                try session.execute("COMMIT")
                return session.takeNotices().map(\.sqlState)
            }
            #expect(warned == ["25P01"])
            await connection.close()
        }
    }

    @Test("Notices of the server are kept, and only the latest of them")
    func notices() async throws {
        try await TestPostgres.withConnection { connection in
            let notices = try await connection.perform { session throws in
                try session.execute("DO $$ BEGIN FOR i IN 1..40 LOOP RAISE WARNING 'number %', i; END LOOP; END $$")
                return session.takeNotices()
            }
            #expect(notices.count == 32)
            #expect(notices.last?.message == "number 40")
            #expect(notices.last?.severity == "WARNING")
            #expect(await connection.perform { $0.takeNotices() }.isEmpty)
        }
    }

    @Test("A statement with a NUL character is refused, and not cut short")
    func nulCharacter() async throws {
        try await TestPostgres.withConnection { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.perform { try $0.execute("SELECT 1\0; DROP TABLE t") }
            }
            #expect(error?.kind == .misuse)
        }
    }
}
