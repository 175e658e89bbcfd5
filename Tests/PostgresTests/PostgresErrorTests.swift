import Postgres
import TestPostgres
import Testing

@testable import func Postgres.redacted

struct PostgresErrorTests {
    @Test("A violated constraint is told with schema, table, constraint and detail")
    func constraint() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE visit (id int CONSTRAINT visit_id_unique UNIQUE, day int NOT NULL)")
                try session.query("INSERT INTO visit VALUES (1, 1)")
                let error = #expect(throws: PostgresError.self) { try session.query("INSERT INTO visit VALUES (1, 2)") }
                #expect(error?.kind == .server)
                #expect(error?.sqlState == "23505")
                #expect(error?.schema == "public")
                #expect(error?.table == "visit")
                #expect(error?.constraint == "visit_id_unique")
                #expect(error?.detail == "Key (id)=(1) already exists.")
                #expect(error?.statement == "INSERT INTO visit VALUES (1, 2)")
                #expect(error?.description.contains("Key (id)") == false)
                let missing = #expect(throws: PostgresError.self) {
                    try session.query("INSERT INTO visit (id) VALUES (2)")
                }
                #expect(missing?.sqlState == "23502")
                #expect(missing?.column == "day")
            }
        }
    }

    @Test("A syntax error tells its position, an exception its hint, and the session works afterwards")
    func positionAndHint() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let syntax = #expect(throws: PostgresError.self) { try session.execute("SELECT 1 FRM x") }
                #expect(syntax?.sqlState == "42601")
                #expect(syntax?.position == 14)
                let raised = #expect(throws: PostgresError.self) {
                    try session.execute("DO $$ BEGIN RAISE 'no' USING ERRCODE = 'TR001', HINT = 'try'; END $$")
                }
                #expect(raised?.sqlState == "TR001")
                #expect(raised?.hint == "try")
                #expect(raised?.context?.contains("PL/pgSQL") == true)
                #expect(try session.query("SELECT 1").int32(0, 0) == 1)
            }
        }
    }

    @Test("A server that is not there, and a database that is not there, are errors of the connection")
    func cannotConnect() async throws {
        let nowhere = await #expect(throws: PostgresError.self) {
            try await Connection.open(ConnectionConfiguration(url: "postgresql:///x?host=/nowhere"))
        }
        #expect(nowhere?.kind == .connection)
        #expect(nowhere?.message.contains("/nowhere") == true)
    }

    @Test("An unusable connection string is refused without repeating its password")
    func passwordStaysSecret() async throws {
        for url in ["postgresq://me:hunter2@host/db", "host=x password='hunter2", "postgresql://me:hunter2@[::1/db"] {
            let error = await #expect(throws: PostgresError.self) {
                try await Connection.open(ConnectionConfiguration(url: url))
            }
            #expect(error?.kind == .connection)
            #expect(error.map { !"\($0)".contains("hunter2") } == true)
        }
        #expect(redacted("a \"x=hunter2\" b \"host\"\n") == "a \"…\" b \"host\"")
    }

    @Test("Options of the configuration hold for the session, and unknown ones are refused")
    func options() async throws {
        try await TestPostgres.withDatabase { configuration in
            var chosen = configuration
            chosen.applicationName = "test of options"
            chosen.options = ["search_path": "pg_catalog, public", "work_mem": "7MB"]
            let connection = try await Connection.open(chosen)
            for _ in 0..<2 {
                let values = try await connection.perform { session throws in
                    try ["application_name", "search_path", "work_mem", "client_encoding"].map {
                        try session.query("SELECT current_setting($1)", [.string($0)]).string(0, 0)
                    }
                }
                #expect(values == ["test of options", "pg_catalog, public", "7MB", "UTF8"])
                try await connection.reconnect()
            }
            await connection.close()
            chosen.options = ["no_such_setting_at_all": "1"]
            let error = await #expect(throws: PostgresError.self) { try await Connection.open(chosen) }
            #expect(error?.sqlState == "42704")
        }
    }
}
