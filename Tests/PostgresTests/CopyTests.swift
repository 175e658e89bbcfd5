import Postgres
import TestPostgres
import Testing

private let into = "COPY item (id, small, big, real, flag, at, word, raw, json) FROM STDIN (FORMAT binary)"
private let outOf = """
    COPY (SELECT id, small, big, real, flag, at, word, raw FROM item ORDER BY id) TO STDOUT (FORMAT binary)
    """

private func makeTable(_ session: Session) throws(PostgresError) {
    try session.execute(
        """
        CREATE TABLE item (id int PRIMARY KEY, small smallint, big bigint, real float8, flag boolean, at timestamptz,
                           word text, raw bytea, json jsonb)
        """
    )
}

private func writeRow(_ writer: inout CopyWriter, _ id: Int32, word: [UInt8] = Array("é".utf8)) {
    writer.row(fields: 9)
    writer.int32(id)
    writer.int16(-7)
    writer.int64(.min)
    writer.double(0.1)
    writer.bool(true)
    writer.timestamp(microsecondsSinceUnixEpoch: -1)
    writer.text(word)
    writer.bytes([0, 255])
    writer.jsonb(Array(#"{"a": 1}"#.utf8))
}

struct CopyTests {
    @Test("Every type of field, and NULL, comes back through COPY as it went in")
    func roundTrip() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try makeTable(session)
                let written = try session.copyIn(into) { writer in
                    writeRow(&writer, 1)
                    writer.row(fields: 9)
                    writer.int32(2)
                    for _ in 0..<8 { writer.null() }
                }
                #expect(written == 2)
                var ids: [Int32] = []
                let read = try session.copyOut(outOf) { (row) throws(PostgresError) in
                    var fields = try RowDecoder(row, fields: 8)
                    ids.append(try fields.nextInt32())
                    if ids.count == 1 {
                        #expect(try fields.nextInt16() == -7)
                        #expect(try fields.nextInt64() == .min)
                        #expect(try fields.nextDouble() == 0.1)
                        #expect(try fields.nextBool())
                        #expect(try fields.nextTimestamp() == -1)
                        #expect(try fields.nextString() == "é")
                        #expect(try fields.nextBytes()?.count == 2)
                    } else {
                        #expect(try fields.nextInt16OrNil() == nil)
                        #expect(try fields.nextInt64OrNil() == nil)
                        #expect(try fields.nextDoubleOrNil() == nil)
                        #expect(try fields.nextBoolOrNil() == nil)
                        #expect(try fields.nextTimestampOrNil() == nil)
                        #expect(try fields.nextString() == nil)
                        #expect(try fields.nextBytes() == nil)
                    }
                    let isAtEnd = fields.isAtEnd
                    #expect(isAtEnd)
                }
                #expect(read == 2)
                #expect(ids == [1, 2])
                #expect(try session.query("SELECT json ->> 'a' FROM item WHERE id = 1").string(0, 0) == "1")
            }
        }
    }

    @Test("A COPY of no rows works both ways")
    func noRows() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try makeTable(session)
                #expect(try session.copyIn(into) { _ in } == 0)
                #expect(try session.copyOut(outOf) { _ in Issue.record("there is no row") } == 0)
            }
        }
    }

    @Test("Values of every length around the buffer's come back whole", arguments: [-1, 0, 1])
    func bufferBoundaries(offset: Int) async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE piece (id int, word text)")
                let lengths = [0, 1, 4_096, 4_097, 65_536, 131_072, 262_144, 3_000_000].map { max(0, $0 + offset) }
                _ = try session.copyIn("COPY piece FROM STDIN (FORMAT binary)") { writer in
                    for (index, length) in lengths.enumerated() {
                        writer.row(fields: 2)
                        writer.int32(Int32(index))
                        writer.text([UInt8](repeating: UInt8(ascii: "a") + UInt8(index), count: length))
                    }
                }
                let sql = "COPY (SELECT word FROM piece ORDER BY id) TO STDOUT (FORMAT binary)"
                var found: [Int] = []
                _ = try session.copyOut(sql) { (row) throws(PostgresError) in
                    var fields = RowDecoder(row)
                    let text = try fields.nextString() ?? ""
                    let letter = UInt8(ascii: "a") + UInt8(found.count)
                    #expect(text.utf8.allSatisfy { $0 == letter })
                    found.append(text.utf8.count)
                }
                #expect(found == lengths)
            }
        }
    }

    @Test("A hundred thousand rows of varying length come back in order")
    func manyRows() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE many (id bigint, word text)")
                let count: Int64 = 100_000
                let written = try session.copyIn("COPY many FROM STDIN (FORMAT binary)") { writer in
                    for id in 0..<count {
                        writer.row(fields: 2)
                        writer.int64(id)
                        writer.text(String(repeating: "z", count: Int(id % 97)))
                    }
                }
                #expect(written == Int(count))
                var next: Int64 = 0
                var mistakes = 0
                // A table has no order of its own, and short rows fill gaps in earlier pages.
                let sql = "COPY (SELECT * FROM many ORDER BY id) TO STDOUT (FORMAT binary)"
                let read = try session.copyOut(sql) { (row) throws(PostgresError) in
                    var fields = RowDecoder(row)
                    let id = try fields.nextInt64()
                    let length = try fields.nextBytes()?.count
                    if id != next || length != Int(id % 97) { mistakes += 1 }
                    next += 1
                }
                #expect(read == Int(count))
                #expect(mistakes == 0)
            }
        }
    }
}

struct CopyFailureTests {
    private struct Oops: Error {}

    @Test("A writer that throws leaves no rows and a session that works")
    func throwingWriter() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try makeTable(session)
                for count in [0, 1, 20_000] {
                    let error = #expect(throws: PostgresError.self) {
                        try session.copyIn(into) { (writer) throws(PostgresError) in
                            for id in 0..<Int32(count) { writeRow(&writer, id) }
                            throw PostgresError(.misuse, "enough")
                        }
                    }
                    #expect(error?.message == "enough")
                    #expect(try session.query("SELECT count(*) FROM item").int64(0, 0) == 0)
                }
            }
        }
    }

    @Test("A reader that throws stops the COPY, and the session works", arguments: [0, 1, 5_000])
    func throwingReader(after: Int) async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let sql = "COPY (SELECT generate_series(1, 3000000)) TO STDOUT (FORMAT binary)"
                var seen = 0
                let error = #expect(throws: PostgresError.self) {
                    try session.copyOut(sql) { (_) throws(PostgresError) in
                        if seen == after { throw PostgresError(.misuse, "enough") }
                        seen += 1
                    }
                }
                #expect(error?.message == "enough")
                #expect(seen == after)
                for value in 0..<20 {
                    #expect(try session.query("SELECT $1", [.int32(Int32(value))]).int32(0, 0) == value)
                }
            }
        }
    }

    @Test("A row the server refuses is an error of the server with its SQLSTATE, and the session works")
    func refusedRow() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try makeTable(session)
                let duplicate = #expect(throws: PostgresError.self) {
                    try session.copyIn(into) { writer in for _ in 0..<50_000 { writeRow(&writer, 1) } }
                }
                #expect(duplicate?.kind == .server)
                #expect(duplicate?.sqlState == "23505")
                #expect(duplicate?.constraint == "item_pkey")
                let encoding = #expect(throws: PostgresError.self) {
                    try session.copyIn(into) { writer in writeRow(&writer, 1, word: [0xFF]) }
                }
                #expect(encoding?.sqlState == "22021")
                #expect(try session.query("SELECT count(*) FROM item").int64(0, 0) == 0)
                #expect(try session.copyIn(into) { writer in writeRow(&writer, 1) } == 1)
            }
        }
    }

    @Test("An error of the server in the middle of the rows it sends is passed on, and the session works")
    func failingQuery() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let sql = "COPY (SELECT 1 / (1000 - g) FROM generate_series(1, 2000) AS g) TO STDOUT (FORMAT binary)"
                var seen = 0
                let error = #expect(throws: PostgresError.self) { try session.copyOut(sql) { _ in seen += 1 } }
                #expect(error?.sqlState == "22012")
                #expect(seen == 999)
                #expect(try session.query("SELECT 1").int32(0, 0) == 1)
            }
        }
    }

    @Test("A row with fewer or more fields than announced is refused here", arguments: [1, 3])
    func fieldCount(fields: Int16) async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE pair (a int, b int)")
                let error = #expect(throws: PostgresError.self) {
                    try session.copyIn("COPY pair FROM STDIN (FORMAT binary)") { writer in
                        for _ in 0..<2 {
                            writer.row(fields: fields)
                            writer.int32(1)
                            writer.int32(2)
                        }
                    }
                }
                #expect(error?.kind == .misuse)
                #expect(try session.query("SELECT count(*) FROM pair").int64(0, 0) == 0)
            }
        }
    }

    @Test("A time PostgreSQL cannot store fails the COPY")
    func impossibleTime() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE moment (at timestamptz)")
                let error = #expect(throws: PostgresError.self) {
                    try session.copyIn("COPY moment FROM STDIN (FORMAT binary)") { writer in
                        writer.row(fields: 1)
                        writer.timestamp(microsecondsSinceUnixEpoch: .min)
                        let hasFailed = writer.hasFailed
                        #expect(hasFailed)
                    }
                }
                #expect(error?.kind == .misuse)
            }
        }
    }

    @Test("A COPY in text, in the other direction, or run as a query is refused, and the session works")
    func wrongStatement() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE t (a int)")
                try session.execute("INSERT INTO t SELECT generate_series(1, 100000)")
                func count() throws(PostgresError) -> Int64 { try session.query("SELECT count(*) FROM t").int64(0, 0) }
                expectMisuse { () throws(PostgresError) in _ = try session.copyIn("COPY t FROM STDIN") { _ in } }
                #expect(try count() == 100_000)
                expectMisuse { () throws(PostgresError) in _ = try session.copyOut("COPY t TO STDOUT") { _ in } }
                #expect(try count() == 100_000)
                expectMisuse { () throws(PostgresError) in
                    _ = try session.copyIn("COPY t TO STDOUT (FORMAT binary)") { _ in }
                }
                #expect(try count() == 100_000)
                expectMisuse { () throws(PostgresError) in
                    _ = try session.copyOut("COPY t FROM STDIN (FORMAT binary)") { _ in }
                }
                #expect(try count() == 100_000)
                expectMisuse { () throws(PostgresError) in _ = try session.copyOut("SELECT 1") { _ in } }
                #expect(try count() == 100_000)
                expectMisuse { () throws(PostgresError) in try session.execute("COPY t FROM STDIN") }
                #expect(try count() == 100_000)
                expectMisuse { () throws(PostgresError) in try session.execute("COPY t TO STDOUT") }
                #expect(try count() == 100_000)
                expectMisuse { () throws(PostgresError) in try session.query("COPY t TO STDOUT") }
                #expect(try count() == 100_000)
                expectMisuse { () throws(PostgresError) in try session.query("COPY t FROM STDIN") }
                #expect(try count() == 100_000)
            }
        }
    }
}
