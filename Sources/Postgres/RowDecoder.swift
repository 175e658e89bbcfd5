/// Walks the fields of one row of a binary COPY, from the first to the last.
///
/// The row is what ``Session/copyOut(_:_:)`` hands over: a 16-bit field count, then for each field a 32-bit length (-1
/// for NULL) and its bytes. Each call reads the next field; it compares the length with the rest of the row once and
/// throws kind `misuse` when the field is not of the type that was asked for. The decoder cannot outlive its row.
//
// `@usableFromInline` on the type itself is what lets other modules inline its members: without it, `@inlinable` on a
// member of a package type has no effect, and every field costs a call.
@usableFromInline
package struct RowDecoder: ~Escapable {
    @usableFromInline let row: RawSpan
    @usableFromInline var offset: Int

    /// Stands before the first field of `row`.
    @inlinable
    @_lifetime(copy row)
    package init(_ row: RawSpan) {
        self.row = row
        offset = 2
    }

    /// Stands before the first field of `row`, which must have `fields` fields.
    @inlinable
    @_lifetime(copy row)
    package init(_ row: RawSpan, fields: Int) throws(PostgresError) {
        self.row = row
        offset = 2
        guard fieldCount == fields else { throw Self.wrongCount(fieldCount, expected: fields) }
    }

    /// Stands before the field whose length is at `offset`.
    @_lifetime(copy row)
    init(_ row: RawSpan, from offset: Int) {
        self.row = row
        self.offset = offset
    }

    /// The number of fields the row says it has; -1 when it is too short to say.
    @inlinable
    package var fieldCount: Int {
        row.byteCount >= 2 ? Int(BigEndian.load(row, at: 0, as: Int16.self)) : -1
    }

    /// Whether every byte of the row has been read.
    @inlinable
    package var isAtEnd: Bool { offset >= row.byteCount }

    /// The next field, a `smallint` that is not NULL.
    @inlinable
    package mutating func nextInt16() throws(PostgresError) -> Int16 { try nextInteger() }

    /// The next field, an `integer` that is not NULL.
    @inlinable
    package mutating func nextInt32() throws(PostgresError) -> Int32 { try nextInteger() }

    /// The next field, a `bigint` that is not NULL.
    @inlinable
    package mutating func nextInt64() throws(PostgresError) -> Int64 { try nextInteger() }

    /// The next field, a `double precision` that is not NULL.
    @inlinable
    package mutating func nextDouble() throws(PostgresError) -> Double { Double(bitPattern: try nextInteger()) }

    /// The next field, a `boolean` that is not NULL.
    @inlinable
    package mutating func nextBool() throws(PostgresError) -> Bool { try nextInteger() as UInt8 != 0 }

    /// The next field, a `timestamptz` that is not NULL, in microseconds since 1970-01-01 00:00 UTC.
    @inlinable
    package mutating func nextTimestamp() throws(PostgresError) -> Int64 {
        try WireFormat.unixTime(fromPostgres: nextInteger())
    }

    /// The same, where one that is infinite or too far away to be counted is the least or the greatest number.
    @inlinable
    package mutating func nextNearestTimestamp() throws(PostgresError) -> Int64 {
        let time: Int64 = try nextInteger()
        if time == .min { return .min }
        let (value, overflow) = time.addingReportingOverflow(WireFormat.epochOffsetMicroseconds)
        return overflow ? .max : value
    }

    /// The next field, a `smallint`, or `nil` for NULL.
    @inlinable
    package mutating func nextInt16OrNil() throws(PostgresError) -> Int16? { try nextIntegerOrNil() }

    /// The next field, an `integer`, or `nil` for NULL.
    @inlinable
    package mutating func nextInt32OrNil() throws(PostgresError) -> Int32? { try nextIntegerOrNil() }

    /// The next field, a `bigint`, or `nil` for NULL.
    @inlinable
    package mutating func nextInt64OrNil() throws(PostgresError) -> Int64? { try nextIntegerOrNil() }

    /// The next field, a `double precision`, or `nil` for NULL.
    @inlinable
    package mutating func nextDoubleOrNil() throws(PostgresError) -> Double? {
        guard let bits: UInt64 = try nextIntegerOrNil() else { return nil }
        return Double(bitPattern: bits)
    }

    /// The next field, a `boolean`, or `nil` for NULL.
    @inlinable
    package mutating func nextBoolOrNil() throws(PostgresError) -> Bool? {
        guard let byte: UInt8 = try nextIntegerOrNil() else { return nil }
        return byte != 0
    }

    /// The next field, a `timestamptz` in microseconds since 1970-01-01 00:00 UTC, or `nil` for NULL.
    @inlinable
    package mutating func nextTimestampOrNil() throws(PostgresError) -> Int64? {
        guard let time: Int64 = try nextIntegerOrNil() else { return nil }
        return try WireFormat.unixTime(fromPostgres: time)
    }

    /// Where the bytes of the next field lie in the row, whatever its type; `nil` for NULL.
    @inlinable
    package mutating func nextBytes() throws(PostgresError) -> Range<Int>? {
        let position = offset
        guard row.byteCount &- position >= 4 else { throw Self.truncated(row.byteCount, at: position) }
        let length = Int(BigEndian.load(row, at: position, as: Int32.self))
        let start = position &+ 4
        guard length >= 0 else {
            guard length == -1 else { throw Self.truncated(row.byteCount, at: position) }
            offset = start
            return nil
        }
        guard row.byteCount &- start >= length else { throw Self.truncated(row.byteCount, at: position) }
        offset = start &+ length
        return unsafe Range(uncheckedBounds: (start, start &+ length))
    }

    /// The next field as text, checked to be UTF-8, or `nil` for NULL.
    package mutating func nextString() throws(PostgresError) -> String? {
        guard let range = try nextBytes() else { return nil }
        guard let string = String(validating: Array(copying: row.extracting(range)), as: UTF8.self) else {
            throw .misuse("A text of a copied row is not valid UTF-8.")
        }
        return string
    }

    /// Passes over the next field, whatever its type.
    @inlinable
    package mutating func skip() throws(PostgresError) {
        _ = try nextBytes()
    }

    @inlinable
    mutating func nextInteger<T: FixedWidthInteger & BitwiseCopyable>() throws(PostgresError) -> T {
        let position = offset
        let size = MemoryLayout<T>.size
        // One comparison covers the length and the value behind it.
        guard row.byteCount &- position >= 4 &+ size,
            BigEndian.load(row, at: position, as: Int32.self) == Int32(truncatingIfNeeded: size)
        else { throw mismatch(expected: size) }
        offset = position &+ 4 &+ size
        return BigEndian.load(row, at: position &+ 4)
    }

    @inlinable
    mutating func nextIntegerOrNil<T: FixedWidthInteger & BitwiseCopyable>() throws(PostgresError) -> T? {
        let position = offset
        guard row.byteCount &- position >= 4 else { throw Self.truncated(row.byteCount, at: position) }
        guard BigEndian.load(row, at: position, as: Int32.self) != -1 else {
            offset = position &+ 4
            return nil
        }
        return try nextInteger()
    }
}

// MARK: - Failures

extension RowDecoder {
    @usableFromInline
    @inline(never)
    func mismatch(expected size: Int) -> PostgresError {
        guard row.byteCount - offset >= 4 else { return Self.truncated(row.byteCount, at: offset) }
        let length = BigEndian.load(row, at: offset, as: Int32.self)
        if length == -1 {
            return .misuse("A field at byte \(offset) of a copied row is NULL, and a value was expected.")
        }
        return .misuse(
            "A field at byte \(offset) of a copied row of \(row.byteCount) bytes has \(length) bytes, "
                + "and \(size) were expected."
        )
    }

    @usableFromInline
    @inline(never)
    static func truncated(_ length: Int, at offset: Int) -> PostgresError {
        .misuse("A copied row of \(length) bytes ends within the field at byte \(offset).")
    }

    @usableFromInline
    @inline(never)
    static func wrongCount(_ count: Int, expected: Int) -> PostgresError {
        .misuse("A copied row has \(count) fields, and \(expected) were expected.")
    }
}
