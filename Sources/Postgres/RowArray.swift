/// Rows of a table as one parameter of a statement, for a few rows that are not worth a COPY.
///
/// The statement takes it as an array of the table's row type, such as `unnest($1::trough.event[])`. It is written like
/// a COPY, but every value goes with its type, which the server compares with the type of the column.
package struct RowArray: ~Copyable, RowWriter {
    private var bytes: [UInt8] = []
    private var rows: Int32 = 0
    private var rowStart = 0
    private var fieldsLeft = 0
    private var failure: PostgresError?

    /// An array without rows yet.
    ///
    /// - Parameters:
    ///   - rowType: The server's object identifier of the row type, as `'trough.event'::regtype::oid` gives it.
    ///   - count: About how many rows there will be.
    package init(of rowType: UInt32, expecting count: Int) {
        bytes.reserveCapacity(20 + count * 256)
        bytes.appendBigEndian(1 as Int32)  // dimensions
        bytes.appendBigEndian(0 as Int32)  // no NULLs among the rows
        bytes.appendBigEndian(rowType)
        bytes.appendBigEndian(0 as Int32)  // the number of rows, set at the end
        bytes.appendBigEndian(1 as Int32)  // the first index
    }

    /// Starts a row of `fields` fields.
    package mutating func row(fields: Int16) {
        endRow()
        rows += 1
        rowStart = bytes.count
        fieldsLeft = Int(fields)
        bytes.appendBigEndian(0 as Int32)  // the length of the row, set at its end
        bytes.appendBigEndian(Int32(fields))
    }

    /// A `smallint`.
    package mutating func int16(_ value: Int16) { fixed(value, .int2) }
    /// An `integer`.
    package mutating func int32(_ value: Int32) { fixed(value, .int4) }
    /// A `bigint`.
    package mutating func int64(_ value: Int64) { fixed(value, .int8) }
    /// A `double precision`.
    package mutating func double(_ value: Double) { fixed(value.bitPattern, .float8) }

    /// A `timestamptz`, in microseconds since 1970-01-01 00:00 UTC.
    package mutating func timestamp(microsecondsSinceUnixEpoch microseconds: Int64) {
        do throws(PostgresError) {
            fixed(try WireFormat.postgresTime(fromUnix: microseconds), .timestamptz)
        } catch {
            if failure == nil { failure = error }
        }
    }

    /// A `text`, as UTF-8 bytes.
    package mutating func text(_ bytes: Span<UInt8>) { variable(bytes, .text) }
    /// A `json`, as UTF-8 bytes.
    package mutating func json(_ bytes: Span<UInt8>) { variable(bytes, .json) }

    /// SQL NULL in a column of type `json`.
    package mutating func nullJSON() {
        fieldsLeft -= 1
        bytes.appendBigEndian(TypeID.json.rawValue)
        bytes.appendBigEndian(-1 as Int32)
    }

    /// Ends the rows.
    ///
    /// - Throws: Kind `misuse` when a row had another number of fields than it was started with, or a value cannot be sent.
    package consuming func finish() throws(PostgresError) -> Parameter {
        endRow()
        if let failure { throw failure }
        guard rows > 0 else {
            bytes.replace(at: 0, with: 0)
            return .rows(Array(bytes.prefix(12)))
        }
        bytes.replace(at: 12, with: UInt32(rows))
        return .rows(bytes)
    }

    private mutating func endRow() {
        if fieldsLeft != 0, failure == nil {
            failure = .misuse(
                "A row was written with \(abs(fieldsLeft)) \(fieldsLeft > 0 ? "fewer" : "more") fields than it was "
                    + "started with.")
        }
        guard rows > 0 else { return }
        bytes.replace(at: rowStart, with: UInt32(truncatingIfNeeded: bytes.count - rowStart - 4))
    }

    private mutating func fixed<T: FixedWidthInteger>(_ value: T, _ type: TypeID) {
        fieldsLeft -= 1
        bytes.appendBigEndian(type.rawValue)
        bytes.appendBigEndian(Int32(T.bitWidth / 8))
        bytes.appendBigEndian(value)
    }

    private mutating func variable(_ value: Span<UInt8>, _ type: TypeID) {
        fieldsLeft -= 1
        bytes.appendBigEndian(type.rawValue)
        bytes.appendBigEndian(UInt32(truncatingIfNeeded: value.count))
        bytes.append(addingCapacity: value.count) { output in
            for index in value.indices { output.append(value[index]) }
        }
    }
}

extension [UInt8] {
    /// Writes a number over four bytes, most significant byte first.
    fileprivate mutating func replace(at place: Int, with number: UInt32) {
        for index in 0..<4 { self[place + index] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * index)) }
    }
}
