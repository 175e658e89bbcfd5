import Postgres
import Testing

/// Field bytes by hand: the format is fixed by PostgreSQL's documentation of COPY.
///
/// The `unsafe` marks of this file: viewing bytes as raw ones is marked unsafe in general, and is harmless for bytes.
private let twoFields: [UInt8] = [0, 2, 0, 0, 0, 4, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF]

struct RowDecoderTests {
    @Test("Fields are read most significant byte first, and -1 as length means NULL")
    func fields() throws {
        let bytes = twoFields
        var row = try unsafe RowDecoder(bytes.span.bytes, fields: 2)
        let count = row.fieldCount
        #expect(count == 2)
        #expect(try row.nextInt32() == -2)
        let isEarly = row.isAtEnd
        #expect(!isEarly)
        #expect(try row.nextInt64OrNil() == nil)
        let isAtEnd = row.isAtEnd
        #expect(isAtEnd)
    }

    @Test("Bytes are told as a range of the row")
    func ranges() throws {
        let bytes: [UInt8] = [0, 3, 0, 0, 0, 2, 9, 8, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
        var row = unsafe RowDecoder(bytes.span.bytes)
        #expect(try row.nextBytes() == 6..<8)
        #expect(try row.nextBytes() == 12..<12)
        #expect(try row.nextBytes() == nil)
    }

    @Test("A field of another length, or NULL where a value is wanted, is refused")
    func mismatch() {
        let bytes = twoFields
        expectMisuse { () throws(PostgresError) in
            var row = unsafe RowDecoder(bytes.span.bytes)
            _ = try row.nextInt64()
        }
        expectMisuse { () throws(PostgresError) in
            var row = unsafe RowDecoder(bytes.span.bytes)
            try row.skip()
            _ = try row.nextInt32()
        }
        expectMisuse { () throws(PostgresError) in
            var row = try unsafe RowDecoder(bytes.span.bytes, fields: 3)
            try row.skip()
        }
    }

    @Test("A row cut off anywhere is refused, and nothing behind it is read")
    func truncation() throws {
        let whole: [UInt8] = [0, 2, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
        for length in 0..<whole.count {
            let bytes = Array(whole.prefix(length))
            expectMisuse { () throws(PostgresError) in
                var row = try unsafe RowDecoder(bytes.span.bytes, fields: 2)
                _ = try row.nextInt32()
                _ = try row.nextInt64()
            }
            expectMisuse { () throws(PostgresError) in
                var row = try unsafe RowDecoder(bytes.span.bytes, fields: 2)
                _ = try row.nextBytes()
                _ = try row.nextBytes()
            }
        }
    }

    @Test(
        "Lengths that are absurd are refused",
        arguments: [[0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFE]] as [[UInt8]]
    )
    func absurdLengths(length: [UInt8]) {
        let bytes = [0, 1] + length + [1, 2, 3, 4]
        expectMisuse { () throws(PostgresError) in
            var row = unsafe RowDecoder(bytes.span.bytes)
            _ = try row.nextBytes()
        }
        expectMisuse { () throws(PostgresError) in
            var row = unsafe RowDecoder(bytes.span.bytes)
            _ = try row.nextInt32OrNil()
        }
    }

    @Test("Bytes that are no UTF-8 are refused as text")
    func invalidText() {
        let bytes: [UInt8] = [0, 1, 0, 0, 0, 1, 0xFF]
        expectMisuse { () throws(PostgresError) in
            var row = unsafe RowDecoder(bytes.span.bytes)
            _ = try row.nextString()
        }
    }
}
