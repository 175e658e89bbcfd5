import CLibPQ

/// The rows a statement returned, held in libpq's memory and read by row and column, both counted from 0.
///
/// Every getter checks the column's type and the value's length and throws kind `misuse` when they are not what was
/// asked for, and when the value is NULL. Not Sendable: take out of it what must leave ``Connection/perform(_:)``.
package final class Rows {
    private let result: ServerResult

    /// The number of rows.
    package let count: Int
    /// The number of columns.
    package let columnCount: Int

    init(_ result: ServerResult) {
        self.result = result
        count = result.rowCount
        columnCount = result.columnCount
    }

    /// The rows the statement inserted, changed, deleted or returned.
    package var affectedRows: Int { result.affectedRows }

    /// The server's name for what it did, such as `INSERT 0 1`.
    package var commandTag: String { result.commandTag }

    /// The names of the columns.
    package var columnNames: [String] { (0..<columnCount).map { result.name(ofColumn: $0) } }

    /// Whether the value is NULL.
    package func isNull(_ row: Int, _ column: Int) throws(PostgresError) -> Bool {
        try check(row, column)
        return result.isNull(row, column)
    }

    /// A `smallint`.
    package func int16(_ row: Int, _ column: Int) throws(PostgresError) -> Int16 {
        try integer(row, column, .int2, "smallint")
    }

    /// An `integer`.
    package func int32(_ row: Int, _ column: Int) throws(PostgresError) -> Int32 {
        try integer(row, column, .int4, "integer")
    }

    /// A `bigint`.
    package func int64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        try integer(row, column, .int8, "bigint")
    }

    /// A `double precision`.
    package func double(_ row: Int, _ column: Int) throws(PostgresError) -> Double {
        Double(bitPattern: try integer(row, column, .float8, "double precision"))
    }

    /// A `boolean`.
    package func bool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool {
        try integer(row, column, .bool, "boolean") as UInt8 != 0
    }

    /// A `timestamptz` (or `timestamp`, read as UTC) in microseconds since 1970-01-01 00:00 UTC.
    package func timestamp(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 {
        try check(row, column)
        let type: TypeID = result.type(ofColumn: column) == .timestamp ? .timestamp : .timestamptz
        return try WireFormat.unixTime(fromPostgres: integer(row, column, type, "timestamp"))
    }

    /// A text (`text`, `varchar`, `char`, `name`, `json`, an enumeration or a domain over them), checked to be UTF-8.
    package func string(_ row: Int, _ column: Int) throws(PostgresError) -> String {
        try check(row, column)
        guard result.type(ofColumn: column).isText else { throw mismatch(column, "a text") }
        let bytes = try value(row, column) { bytes throws(PostgresError) in Array(copying: bytes) }
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw .misuse("The text in column \(column) of row \(row) is not valid UTF-8.")
        }
        return string
    }

    /// The bytes of a `bytea`, or the UTF-8 bytes of a text.
    package func bytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8] {
        try check(row, column)
        let type = result.type(ofColumn: column)
        guard type == .bytea || type.isText else { throw mismatch(column, "bytea or a text") }
        return try value(row, column) { bytes throws(PostgresError) in Array(copying: bytes) }
    }

    /// The UTF-8 JSON text of a `jsonb`.
    package func jsonb(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8] {
        try check(row, column)
        guard result.type(ofColumn: column) == .jsonb else { throw mismatch(column, "jsonb") }
        let bytes = try value(row, column) { bytes throws(PostgresError) in Array(copying: bytes) }
        guard bytes.first == WireFormat.jsonbVersion else {
            throw .misuse("The jsonb in column \(column) of row \(row) has a format this program does not know.")
        }
        return Array(bytes.dropFirst())
    }
}

// MARK: - Arrays

extension Rows {
    /// A `smallint[]` of one dimension without NULLs.
    package func int16Array(_ row: Int, _ column: Int) throws(PostgresError) -> [Int16] {
        try array(row, column, .int2Array, .int2) { (elements, _) throws(PostgresError) in try elements.nextInt16() }
    }

    /// An `integer[]` of one dimension without NULLs.
    package func int32Array(_ row: Int, _ column: Int) throws(PostgresError) -> [Int32] {
        try array(row, column, .int4Array, .int4) { (elements, _) throws(PostgresError) in try elements.nextInt32() }
    }

    /// A `bigint[]` of one dimension without NULLs.
    package func int64Array(_ row: Int, _ column: Int) throws(PostgresError) -> [Int64] {
        try array(row, column, .int8Array, .int8) { (elements, _) throws(PostgresError) in try elements.nextInt64() }
    }

    /// A `double precision[]` of one dimension without NULLs.
    package func doubleArray(_ row: Int, _ column: Int) throws(PostgresError) -> [Double] {
        try array(row, column, .float8Array, .float8) { (elements, _) throws(PostgresError) in
            try elements.nextDouble()
        }
    }

    /// A `boolean[]` of one dimension without NULLs.
    package func boolArray(_ row: Int, _ column: Int) throws(PostgresError) -> [Bool] {
        try array(row, column, .boolArray, .bool) { (elements, _) throws(PostgresError) in try elements.nextBool() }
    }

    /// A `timestamptz[]` of one dimension without NULLs, each in microseconds since 1970-01-01 00:00 UTC.
    package func timestampArray(_ row: Int, _ column: Int) throws(PostgresError) -> [Int64] {
        try array(row, column, .timestamptzArray, .timestamptz) { (elements, _) throws(PostgresError) in
            try elements.nextTimestamp()
        }
    }

    /// A `text[]` of one dimension without NULLs, each element as UTF-8 bytes.
    package func textArray(_ row: Int, _ column: Int) throws(PostgresError) -> [[UInt8]] {
        try array(row, column, .textArray, .text, Self.elementBytes)
    }

    /// A `bytea[]` of one dimension without NULLs.
    package func byteaArray(_ row: Int, _ column: Int) throws(PostgresError) -> [[UInt8]] {
        try array(row, column, .byteaArray, .bytea, Self.elementBytes)
    }

    private static func elementBytes(
        _ elements: inout RowDecoder,
        _ bytes: RawSpan
    ) throws(PostgresError) -> [UInt8] {
        guard let range = try elements.nextBytes() else {
            throw .misuse("An array holds NULL where a value was expected.")
        }
        return Array(copying: bytes.extracting(range))
    }

    /// Reads an array: after its head, elements have the form of the fields of a row.
    private func array<Element>(
        _ row: Int,
        _ column: Int,
        _ type: TypeID,
        _ elementType: TypeID,
        _ next: (inout RowDecoder, RawSpan) throws(PostgresError) -> Element
    ) throws(PostgresError) -> [Element] {
        try check(row, column)
        guard result.type(ofColumn: column) == type else { throw mismatch(column, "an array of type \(type.rawValue)") }
        return try value(row, column) { bytes throws(PostgresError) in
            guard bytes.byteCount >= 12 else { throw .misuse("The array in column \(column) has no complete head.") }
            let dimensions = BigEndian.load(bytes, at: 0, as: Int32.self)
            guard BigEndian.load(bytes, at: 8, as: UInt32.self) == elementType.rawValue else {
                throw .misuse("The array in column \(column) has elements of another type than its own says.")
            }
            if dimensions == 0 { return [] }
            guard dimensions == 1, bytes.byteCount >= 20 else {
                throw .misuse("The array in column \(column) has \(dimensions) dimensions, and one was expected.")
            }
            let count = Int(BigEndian.load(bytes, at: 12, as: Int32.self))
            guard count >= 0, count <= bytes.byteCount / 4 else {
                throw .misuse("The array in column \(column) says it has \(count) elements, more than its bytes hold.")
            }
            var elements = RowDecoder(bytes, from: 20)
            var values: [Element] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try next(&elements, bytes)) }
            return values
        }
    }
}

// MARK: - Checks

extension Rows {
    private func check(_ row: Int, _ column: Int) throws(PostgresError) {
        guard row >= 0, row < count, column >= 0, column < columnCount else {
            throw .misuse(
                "Row \(row), column \(column) was asked for, and there are \(count) rows and \(columnCount) columns."
            )
        }
    }

    private func value<R>(
        _ row: Int,
        _ column: Int,
        _ body: (RawSpan) throws(PostgresError) -> R
    ) throws(PostgresError) -> R {
        guard !result.isNull(row, column) else {
            throw .misuse("Column \(column) (\(result.name(ofColumn: column))) of row \(row) is NULL.")
        }
        return try result.withValue(row, column, body)
    }

    private func integer<T: FixedWidthInteger & BitwiseCopyable>(
        _ row: Int,
        _ column: Int,
        _ type: TypeID,
        _ name: String
    ) throws(PostgresError) -> T {
        try check(row, column)
        guard result.type(ofColumn: column) == type else { throw mismatch(column, name) }
        return try value(row, column) { bytes throws(PostgresError) in
            guard bytes.byteCount == MemoryLayout<T>.size else {
                throw .misuse("Column \(column) has a value of \(bytes.byteCount) bytes, which is no \(name).")
            }
            return BigEndian.load(bytes, at: 0)
        }
    }

    private func mismatch(_ column: Int, _ expected: String) -> PostgresError {
        let name = result.name(ofColumn: column)
        let type = result.type(ofColumn: column).rawValue
        return .misuse("Column \(column) (\(name)) has the type with object identifier \(type), not \(expected).")
    }
}
