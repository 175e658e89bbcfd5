/// One parameter of a statement, sent in PostgreSQL's binary format with its own type.
package enum Parameter: Sendable, Hashable {
    /// `smallint`
    case int16(Int16)
    /// `integer`
    case int32(Int32)
    /// `bigint`
    case int64(Int64)
    /// `double precision`
    case double(Double)
    /// `boolean`
    case bool(Bool)
    /// `text`, given as UTF-8 bytes.
    case text([UInt8])
    /// `text`
    case string(String)
    /// `bytea`
    case bytes([UInt8])
    /// `jsonb`, given as UTF-8 JSON text.
    case jsonb([UInt8])
    /// `timestamptz`, in microseconds since 1970-01-01 00:00 UTC.
    case timestamp(microsecondsSinceUnixEpoch: Int64)
    /// SQL NULL; its type is what the statement makes of it.
    case null
    /// `boolean[]`
    case boolArray([Bool])
    /// `smallint[]`
    case int16Array([Int16])
    /// `integer[]`
    case int32Array([Int32])
    /// `bigint[]`
    case int64Array([Int64])
    /// `double precision[]`
    case doubleArray([Double])
    /// `text[]`, each element as UTF-8 bytes.
    case textArray([[UInt8]])
    /// `bytea[]`
    case byteaArray([[UInt8]])
    /// `timestamptz[]`, each element in microseconds since 1970-01-01 00:00 UTC.
    case timestampArray([Int64])
    /// An array of a row type, in the binary form that a ``RowArray`` makes.
    case rows([UInt8])
}

extension Parameter {
    /// The type that is announced to the server.
    var type: TypeID {
        switch self {
        case .int16: .int2
        case .int32: .int4
        case .int64: .int8
        case .double: .float8
        case .bool: .bool
        case .text, .string: .text
        case .bytes: .bytea
        case .jsonb: .jsonb
        case .timestamp: .timestamptz
        case .null, .rows: .unspecified
        case .boolArray: .boolArray
        case .int16Array: .int2Array
        case .int32Array: .int4Array
        case .int64Array: .int8Array
        case .doubleArray: .float8Array
        case .textArray: .textArray
        case .byteaArray: .byteaArray
        case .timestampArray: .timestamptzArray
        }
    }

    /// Appends the binary form to `bytes`; returns `false` for NULL, which has no bytes.
    func append(to bytes: inout [UInt8]) throws(PostgresError) -> Bool {
        switch self {
        case .null: return false
        case .int16(let value): bytes.appendBigEndian(value)
        case .int32(let value): bytes.appendBigEndian(value)
        case .int64(let value): bytes.appendBigEndian(value)
        case .double(let value): bytes.appendBigEndian(value.bitPattern)
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .text(let value): bytes += value
        case .string(let value): bytes += value.utf8
        case .bytes(let value), .rows(let value): bytes += value
        case .jsonb(let value):
            bytes.append(WireFormat.jsonbVersion)
            bytes += value
        case .timestamp(let value): bytes.appendBigEndian(try WireFormat.postgresTime(fromUnix: value))
        case .boolArray(let values): try bytes.appendArray(of: values, .bool) { $0.append($1 ? 1 : 0) }
        case .int16Array(let values): try bytes.appendArray(of: values, .int2) { $0.appendBigEndian($1) }
        case .int32Array(let values): try bytes.appendArray(of: values, .int4) { $0.appendBigEndian($1) }
        case .int64Array(let values): try bytes.appendArray(of: values, .int8) { $0.appendBigEndian($1) }
        case .doubleArray(let values): try bytes.appendArray(of: values, .float8) { $0.appendBigEndian($1.bitPattern) }
        case .textArray(let values): try bytes.appendArray(of: values, .text) { $0 += $1 }
        case .byteaArray(let values): try bytes.appendArray(of: values, .bytea) { $0 += $1 }
        case .timestampArray(let values):
            try bytes.appendArray(of: values, .timestamptz) { (bytes, value) throws(PostgresError) in
                bytes.appendBigEndian(try WireFormat.postgresTime(fromUnix: value))
            }
        }
        return true
    }
}

/// The parameters of one execution, laid out as libpq wants them.
struct EncodedParameters {
    /// The type of each parameter.
    private(set) var types: [TypeID] = []
    /// Where each parameter lies in ``bytes``; `nil` for NULL.
    private(set) var ranges: [Range<Int>?] = []
    /// The binary forms, one after the other.
    private(set) var bytes: [UInt8] = []

    init(_ parameters: [Parameter]) throws(PostgresError) {
        guard parameters.count <= Limits.parameters else {
            throw .misuse(
                "A statement may have at most \(Limits.parameters) parameters, and this one has \(parameters.count)."
            )
        }
        types.reserveCapacity(parameters.count)
        ranges.reserveCapacity(parameters.count)
        for parameter in parameters {
            let start = bytes.count
            let hasValue = try parameter.append(to: &bytes)
            guard bytes.count - start <= Int(Int32.max) else {
                throw .misuse("A parameter of \(bytes.count - start) bytes is longer than PostgreSQL can take.")
            }
            types.append(parameter.type)
            ranges.append(hasValue ? start..<bytes.count : nil)
        }
    }
}

extension [UInt8] {
    /// Appends an integer, most significant byte first.
    mutating func appendBigEndian<T: FixedWidthInteger>(_ value: T) {
        var shift = T.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: value >> T(truncatingIfNeeded: shift)))
        }
    }

    /// Appends a one-dimensional array without NULLs in PostgreSQL's binary array format.
    fileprivate mutating func appendArray<Value>(
        of elements: [Value],
        _ type: TypeID,
        _ appendElement: (inout [UInt8], Value) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        appendBigEndian(Int32(elements.isEmpty ? 0 : 1))  // dimensions
        appendBigEndian(Int32(0))  // no NULLs among the elements
        appendBigEndian(type.rawValue)
        guard !elements.isEmpty else { return }
        guard let count = Int32(exactly: elements.count) else {
            throw .misuse("An array parameter of \(elements.count) elements is longer than PostgreSQL can take.")
        }
        appendBigEndian(count)
        appendBigEndian(Int32(1))  // the first index
        for element in elements {
            let start = self.count
            appendBigEndian(Int32(0))
            try appendElement(&self, element)
            guard let length = UInt32(exactly: self.count - start - 4), length <= UInt32(Int32.max) else {
                throw .misuse("An element of an array parameter is longer than PostgreSQL can take.")
            }
            for index in 0..<4 {
                self[start + index] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * index))
            }
        }
    }
}
