import Glibc
import Postgres
import TestPostgres
import Testing

private struct Oops: Error {}

struct TransactionTests {
    @Test("What a body did is kept when it returns and gone when it throws")
    func commitAndRollback() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE t (a int)")
                let value = try session.transaction { () throws(PostgresError) in
                    #expect(session.isInTransaction)
                    try session.query("INSERT INTO t VALUES (1)")
                    return "done"
                }
                #expect(value == "done")
                #expect(!session.isInTransaction)
                #expect(throws: Oops.self) {
                    try session.transaction {
                        try session.query("INSERT INTO t VALUES (2)")
                        throw Oops()
                    }
                }
                #expect(!session.isInTransaction)
                let error = #expect(throws: PostgresError.self) {
                    try session.transaction { () throws(PostgresError) in
                        _ = try session.query("INSERT INTO t VALUES ('x')")
                    }
                }
                #expect(error?.sqlState == "22P02")
                #expect(try session.query("SELECT sum(a) FROM t").int64(0, 0) == 1)
            }
        }
    }

    @Test("Each mode has its isolation level, and a reading one refuses to write")
    func modes() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE t (a int)")
                let expected: [TransactionMode: String] = [
                    .readWrite: "read committed", .repeatableRead: "repeatable read",
                    .repeatableReadReadOnly: "repeatable read",
                ]
                for (mode, level) in expected {
                    let found = try session.transaction(mode) { () throws(PostgresError) in
                        try session.query("SHOW transaction_isolation").string(0, 0)
                    }
                    #expect(found == level)
                }
                let error = #expect(throws: PostgresError.self) {
                    try session.transaction(.repeatableReadReadOnly) { () throws(PostgresError) in
                        _ = try session.query("INSERT INTO t VALUES (1)")
                    }
                }
                #expect(error?.sqlState == "25006")
            }
        }
    }

    @Test("Nesting, ending the transaction in its body, and hiding its failure are defects that are told")
    func misuse() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                expectMisuse { () throws(PostgresError) in
                    try session.transaction { () throws(PostgresError) in
                        try session.transaction { () throws(PostgresError) in }
                    }
                }
                #expect(!session.isInTransaction)
                expectMisuse { () throws(PostgresError) in
                    try session.transaction { () throws(PostgresError) in try session.execute("COMMIT") }
                }
                #expect(!session.isInTransaction)
                expectMisuse { () throws(PostgresError) in
                    try session.transaction { () throws(PostgresError) in _ = try? session.execute("SELECT 1 / 0") }
                }
                #expect(!session.isInTransaction)
            }
        }
    }

    @Test("A COMMIT the server refuses is an error of the server, and nothing happened")
    func refusedCommit() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
                let error = #expect(throws: PostgresError.self) {
                    try session.transaction { () throws(PostgresError) in
                        try session.execute("INSERT INTO t VALUES (1), (1)")
                    }
                }
                #expect(error?.kind == .server)
                #expect(error?.sqlState == "23505")
                #expect(try session.query("SELECT count(*) FROM t").int64(0, 0) == 0)
                #expect(!session.isBroken)
            }
        }
    }

    @Test("A connection lost before COMMIT, unnoticed, leaves it unknown whether it happened")
    func lostBeforeCommit() async throws {
        try await TestPostgres.withConnection { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.perform { session throws in
                    try session.execute("CREATE TABLE t (a int)")
                    try session.transaction { () throws(PostgresError) in
                        try session.query("INSERT INTO t VALUES (1)")
                        kill(session.backendProcessID, SIGTERM)
                        usleep(200_000)
                    }
                }
            }
            #expect(error?.kind == .commitUnknown)
            #expect(await connection.isBroken)
            try await connection.reconnect()
            let count = try await connection.perform { try $0.query("SELECT count(*) FROM t").int64(0, 0) }
            #expect(count == 0)
        }
    }

    @Test("A connection lost within COMMIT leaves it unknown whether it happened")
    func lostWithinCommit() async throws {
        try await TestPostgres.withConnection { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.perform { session throws in
                    try session.execute(
                        """
                        CREATE TABLE t (a int);
                        CREATE FUNCTION end_me() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                        CREATE CONSTRAINT TRIGGER last AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION end_me()
                        """
                    )
                    try session.transaction { () throws(PostgresError) in
                        _ = try session.query("INSERT INTO t VALUES (1)")
                    }
                }
            }
            #expect(error?.kind == .commitUnknown)
            #expect(error?.sqlState == "57P01", "\(String(describing: error))")
            try await connection.reconnect()
            let count = try await connection.perform { try $0.query("SELECT count(*) FROM t").int64(0, 0) }
            #expect(count == 0)
        }
    }
}
