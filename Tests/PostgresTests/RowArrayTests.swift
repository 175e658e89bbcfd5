import Postgres
import TestPostgres
import Testing

@Suite("Rows as a parameter", .timeLimit(.minutes(6)))
struct RowArrayTests {
    private static let table = """
        CREATE TABLE t (a smallint, b integer, c bigint, d double precision, e timestamptz, f text COLLATE "C",
            g json, h json)
        """

    private func withTable(_ body: @Sendable (Session, UInt32) throws -> Void) async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute(Self.table)
                let type = try session.query("SELECT 't'::regtype::oid::bigint").int64(0, 0)
                try body(session, UInt32(type))
            }
        }
    }

    /// Writes the same row into an array and into a COPY.
    private static func write<Writer: RowWriter & ~Copyable>(_ number: Int, to writer: inout Writer) {
        writer.row(fields: 8)
        writer.int16(Int16(truncatingIfNeeded: number &* 7919))
        writer.int32(Int32(truncatingIfNeeded: number &* 1_000_003))
        writer.int64(Int64(number) &* -9_000_000_019)
        writer.double(1 / Double(number))
        writer.timestamp(microsecondsSinceUnixEpoch: Int64(number) * 86_400_000_001 - 946_684_800_000_000)
        writer.text(Array(String(repeating: "é", count: number % 300).utf8).span)
        if number % 2 == 0 { writer.nullJSON() } else { writer.json(Array(#"{"a": [\#(number), null]}"#.utf8).span) }
        writer.nullJSON()
    }

    @Test("Rows given as a parameter are the rows that a COPY of the same values makes", arguments: [0, 1, 2, 700])
    func likeCopy(count: Int) async throws {
        try await withTable { session, type in
            for _ in 0..<3 {
                var rows = RowArray(of: type, expecting: count)
                for number in 0..<count { Self.write(number, to: &rows) }
                let inserted = try session.query("INSERT INTO t SELECT * FROM unnest($1::t[])", [try rows.finish()])
                #expect(inserted.affectedRows == count)
                try session.execute("CREATE TABLE u (LIKE t)")
                let copied = try session.copyIn("COPY u FROM STDIN (FORMAT binary)") { writer throws(PostgresError) in
                    for number in 0..<count { Self.write(number, to: &writer) }
                }
                #expect(copied == count)
                let difference = """
                    SELECT count(*) FROM (SELECT t::text FROM t EXCEPT ALL SELECT u::text FROM u
                        UNION ALL (SELECT u::text FROM u EXCEPT ALL SELECT t::text FROM t)) d
                    """
                #expect(try session.query(difference).int64(0, 0) == 0)
                try session.execute("DROP TABLE u; TRUNCATE t")
            }
        }
    }

    @Test("A row with too few or too many fields, and a time out of range, are refused before anything is sent")
    func refused() async throws {
        try await withTable { _, type in
            for fields in [0, 1, 3] {
                expectMisuse { () throws(PostgresError) in
                    var rows = RowArray(of: type, expecting: 2)
                    rows.row(fields: 2)
                    for _ in 0..<fields { rows.int32(1) }
                    _ = try rows.finish()
                }
                expectMisuse { () throws(PostgresError) in
                    var rows = RowArray(of: type, expecting: 2)
                    rows.row(fields: 2)
                    for _ in 0..<fields { rows.int32(1) }
                    rows.row(fields: 1)
                    rows.int32(1)
                    _ = try rows.finish()
                }
            }
            expectMisuse { () throws(PostgresError) in
                var rows = RowArray(of: type, expecting: 1)
                rows.row(fields: 1)
                rows.timestamp(microsecondsSinceUnixEpoch: .min)
                _ = try rows.finish()
            }
        }
    }

    @Test("A value of another type than its column is refused by the server")
    func wrongType() async throws {
        try await withTable { session, type in
            var rows = RowArray(of: type, expecting: 1)
            rows.row(fields: 8)
            for _ in 0..<8 { rows.int32(1) }
            let parameter = try rows.finish()
            let error = #expect(throws: PostgresError.self) {
                try session.query("INSERT INTO t SELECT * FROM unnest($1::t[])", [parameter])
            }
            #expect(error?.sqlState == "42804")
            #expect(try session.query("SELECT count(*) FROM t").int64(0, 0) == 0)
        }
    }
}
