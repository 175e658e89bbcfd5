import Postgres
import TestPostgres
import Testing

struct RowsTests {
    @Test("Rows know their number, their columns and what was affected")
    func shape() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let rows = try session.query("SELECT g AS number, 'x'::text AS word FROM generate_series(1, 3) AS g")
                #expect(rows.count == 3)
                #expect(rows.columnNames == ["number", "word"])
                #expect(try rows.int32(2, 0) == 3)
                try session.execute("CREATE TABLE t (a int)")
                let inserted = try session.query("INSERT INTO t SELECT generate_series(1, 5)")
                #expect(inserted.affectedRows == 5)
                #expect(inserted.commandTag == "INSERT 0 5")
                #expect(try session.query("UPDATE t SET a = 0 WHERE a > 3").affectedRows == 2)
            }
        }
    }

    @Test("A value of another type, NULL, or outside the rows is refused with a sentence")
    func misuse() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let rows = try session.query("SELECT 1::int AS a, NULL::int AS b, 'x'::text AS c")
                expectMisuse { () throws(PostgresError) in _ = try rows.int64(0, 0) }
                expectMisuse { () throws(PostgresError) in _ = try rows.int16(0, 0) }
                expectMisuse { () throws(PostgresError) in _ = try rows.string(0, 0) }
                expectMisuse { () throws(PostgresError) in _ = try rows.bytes(0, 0) }
                expectMisuse { () throws(PostgresError) in _ = try rows.timestamp(0, 0) }
                expectMisuse { () throws(PostgresError) in _ = try rows.int32(0, 1) }
                expectMisuse { () throws(PostgresError) in _ = try rows.int32(0, 2) }
                expectMisuse { () throws(PostgresError) in _ = try rows.jsonb(0, 2) }
                expectMisuse { () throws(PostgresError) in _ = try rows.int64Array(0, 2) }
                expectMisuse { () throws(PostgresError) in _ = try rows.int32(1, 0) }
                expectMisuse { () throws(PostgresError) in _ = try rows.int32(0, 3) }
                #expect(try rows.isNull(0, 1))
                #expect(throws: PostgresError.self) { try rows.isNull(0, -1) }
                #expect(throws: PostgresError.self) { try rows.int32(-1, 0) }
            }
        }
    }

    @Test("Enumerations, domains and names are read as text")
    func textLikeTypes() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TYPE mood AS ENUM ('fine'); CREATE DOMAIN label AS text")
                let sql = "SELECT 'fine'::mood, 'l'::label, current_database(), '{}'::json, 'c'::varchar(3)"
                let rows = try session.query(sql)
                #expect(try rows.string(0, 0) == "fine")
                #expect(try rows.string(0, 1) == "l")
                #expect(try rows.string(0, 2).hasPrefix("test_"))
                #expect(try rows.string(0, 3) == "{}")
                #expect(try rows.string(0, 4) == "c")
            }
        }
    }

    @Test("Arrays with NULLs or several dimensions are refused")
    func oddArrays() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let rows = try session.query("SELECT ARRAY[1, NULL], ARRAY[[1, 2], [3, 4]], ARRAY['a', NULL]")
                #expect(throws: PostgresError.self) { try rows.int32Array(0, 0) }
                #expect(throws: PostgresError.self) { try rows.int32Array(0, 1) }
                #expect(throws: PostgresError.self) { try rows.textArray(0, 2) }
            }
        }
    }
}
