import Postgres
import TestPostgres
import Testing

struct ParameterTests {
    @Test("Integers of every size and both signs come back as they were sent")
    func integers() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                for value in [Int16.min, -1, 0, 1, .max] {
                    #expect(try session.query("SELECT $1", [.int16(value)]).int16(0, 0) == value)
                }
                for value in [Int32.min, -1, 0, 1, .max] {
                    #expect(try session.query("SELECT $1", [.int32(value)]).int32(0, 0) == value)
                }
                for value in [Int64.min, -1, 0, 1, .max] {
                    let rows = try session.query("SELECT $1, $1::text", [.int64(value)])
                    #expect(try rows.int64(0, 0) == value)
                    #expect(try rows.string(0, 1) == "\(value)")
                }
            }
        }
    }

    @Test("Doubles come back bit by bit, infinities and negative zero included")
    func doubles() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let values = [
                    0, -0.0, 0.1, -1.5, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity,
                ]
                for value in values {
                    let back = try session.query("SELECT $1", [.double(value)]).double(0, 0)
                    #expect(back.bitPattern == value.bitPattern)
                }
                #expect(try session.query("SELECT $1", [.double(.nan)]).double(0, 0).isNaN)
            }
        }
    }

    @Test("Texts come back byte by byte, empty and composed ones included")
    func texts() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                for text in [
                    "", "a", "naïve", "e\u{301}", "'; DROP TABLE x; --", "日本語 🧬",
                    String(repeating: "x", count: 300_000),
                ] {
                    let rows = try session.query("SELECT $1, $2", [.string(text), .text(Array(text.utf8))])
                    #expect(try rows.bytes(0, 0) == Array(text.utf8))
                    #expect(try rows.string(0, 1).utf8.elementsEqual(text.utf8))
                }
            }
        }
    }

    @Test("Bytes, booleans, JSON and NULL come back as they were sent")
    func others() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let bytes = (0...255).map { UInt8($0) } + [UInt8](repeating: 0, count: 100_000)
                #expect(try session.query("SELECT $1", [.bytes(bytes)]).bytes(0, 0) == bytes)
                #expect(try session.query("SELECT $1", [.bytes([])]).bytes(0, 0) == [])
                #expect(try session.query("SELECT $1, $2", [.bool(true), .bool(false)]).bool(0, 0))
                #expect(try session.query("SELECT $1, $2", [.bool(true), .bool(false)]).bool(0, 1) == false)
                let json = Array(#"{"a": [1, "é"]}"#.utf8)
                let rows = try session.query("SELECT $1, ($1 -> 'a' ->> 1)", [.jsonb(json)])
                #expect(try rows.jsonb(0, 0) == json)
                #expect(try rows.string(0, 1) == "é")
                let none = try session.query("SELECT $1::bigint, $2::text", [.null, .null])
                #expect(try none.isNull(0, 0))
                #expect(try none.isNull(0, 1))
            }
        }
    }

    @Test("Times are counted in microseconds since 1970, before and after 2000")
    func timestamps() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                for time in [0, 1, -1, 946_684_800_000_000, 1_700_000_000_123_456, -62_135_596_800_000_000] {
                    let sql = "SELECT $1, (extract(epoch FROM $1) * 1000000)::bigint, ($1 AT TIME ZONE 'UTC')"
                    let rows = try session.query(sql, [.timestamp(microsecondsSinceUnixEpoch: Int64(time))])
                    #expect(try rows.timestamp(0, 0) == Int64(time))
                    #expect(try rows.int64(0, 1) == Int64(time))
                    #expect(try rows.timestamp(0, 2) == Int64(time))
                }
                let beyond = #expect(throws: PostgresError.self) {
                    try session.query("SELECT $1", [.timestamp(microsecondsSinceUnixEpoch: .min)])
                }
                #expect(beyond?.kind == .misuse)
                let endless = #expect(throws: PostgresError.self) {
                    try session.query("SELECT '-infinity'::timestamptz").timestamp(0, 0)
                }
                #expect(endless?.kind == .misuse)
            }
        }
    }

    @Test("Arrays come back element by element, empty ones included")
    func arrays() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let long = (0..<5_000).map { Int64($0) * 1_000_000_007 }
                for values in [[], [7], long] {
                    #expect(try session.query("SELECT $1", [.int64Array(values)]).int64Array(0, 0) == values)
                }
                #expect(try session.query("SELECT $1", [.int16Array([-1, 2])]).int16Array(0, 0) == [-1, 2])
                #expect(try session.query("SELECT $1", [.int32Array([-1, 2])]).int32Array(0, 0) == [-1, 2])
                #expect(try session.query("SELECT $1", [.doubleArray([0.5, -2])]).doubleArray(0, 0) == [0.5, -2])
                #expect(try session.query("SELECT $1", [.boolArray([true, false])]).boolArray(0, 0) == [true, false])
                #expect(try session.query("SELECT $1", [.timestampArray([0, -5])]).timestampArray(0, 0) == [0, -5])
                let words: [[UInt8]] = [Array("é,{}\"".utf8), [], Array("NULL".utf8)]
                #expect(try session.query("SELECT $1", [.textArray(words)]).textArray(0, 0) == words)
                #expect(
                    try session.query("SELECT $1", [.byteaArray([[0, 255], []])]).byteaArray(0, 0) == [[0, 255], []]
                )
                let sum = try session.query("SELECT sum(v)::bigint FROM unnest($1) AS v", [.int64Array([1, 2, 3])])
                #expect(try sum.int64(0, 0) == 6)
            }
        }
    }

    @Test("More parameters than the protocol can count are refused before anything is sent")
    func tooMany() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let many = [Parameter](repeating: .int32(1), count: 65_536)
                let error = #expect(throws: PostgresError.self) { try session.query("SELECT 1", many) }
                #expect(error?.kind == .misuse)
                #expect(!session.isBroken)
            }
        }
    }
}
