/// The built-in types of PostgreSQL that this module reads and writes, by their fixed object identifiers
/// (`pg_type.dat` in PostgreSQL's source).
struct TypeID: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt32

    /// Lets the server infer the type.
    static let unspecified = TypeID(rawValue: 0)
    static let bool = TypeID(rawValue: 16)
    static let bytea = TypeID(rawValue: 17)
    static let name = TypeID(rawValue: 19)
    static let int8 = TypeID(rawValue: 20)
    static let int2 = TypeID(rawValue: 21)
    static let int4 = TypeID(rawValue: 23)
    static let text = TypeID(rawValue: 25)
    static let json = TypeID(rawValue: 114)
    static let float8 = TypeID(rawValue: 701)
    static let unknown = TypeID(rawValue: 705)
    static let bpchar = TypeID(rawValue: 1042)
    static let varchar = TypeID(rawValue: 1043)
    static let timestamp = TypeID(rawValue: 1114)
    static let timestamptz = TypeID(rawValue: 1184)
    static let jsonb = TypeID(rawValue: 3802)

    static let boolArray = TypeID(rawValue: 1000)
    static let byteaArray = TypeID(rawValue: 1001)
    static let int2Array = TypeID(rawValue: 1005)
    static let int4Array = TypeID(rawValue: 1007)
    static let textArray = TypeID(rawValue: 1009)
    static let int8Array = TypeID(rawValue: 1016)
    static let float8Array = TypeID(rawValue: 1022)
    static let timestamptzArray = TypeID(rawValue: 1185)

    /// Whether a value of the type travels as plain UTF-8 text.
    ///
    /// Types above 16383 are made by users: enumerations
    /// and domains over text among them, and the check of the bytes decides.
    var isText: Bool {
        switch self {
        case .text, .varchar, .bpchar, .name, .json, .unknown: true
        default: rawValue >= 16_384
        }
    }
}

/// Constants and conversions of PostgreSQL's binary formats.
@usableFromInline
package enum WireFormat {
    /// Microseconds from 1970-01-01, where Unix counts from, to 2000-01-01, where PostgreSQL counts from (both UTC).
    @inlinable
    package static var epochOffsetMicroseconds: Int64 { 946_684_800_000_000 }

    /// The first byte of a binary `jsonb` value.
    package static let jsonbVersion: UInt8 = 1

    /// What a binary COPY begins with: signature, flags (none), length of the header extension (none).
    static let copyHeader: [UInt8] = [
        0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0,
    ]

    /// Microseconds since 2000-01-01 from microseconds since 1970-01-01.
    static func postgresTime(fromUnix microseconds: Int64) throws(PostgresError) -> Int64 {
        let (value, overflow) = microseconds.subtractingReportingOverflow(epochOffsetMicroseconds)
        guard !overflow, value != .min else {
            throw .misuse("The time \(microseconds) µs since 1970 is outside what PostgreSQL can store.")
        }
        return value
    }

    /// Microseconds since 1970-01-01 from microseconds since 2000-01-01.
    ///
    /// - Throws: kind `misuse` for `infinity` and `-infinity`, which are no points in time.
    @inlinable
    static func unixTime(fromPostgres microseconds: Int64) throws(PostgresError) -> Int64 {
        let (value, overflow) = microseconds.addingReportingOverflow(epochOffsetMicroseconds)
        guard !overflow, microseconds != .min else { throw unreachableTime() }
        return value
    }

    @usableFromInline
    @inline(never)
    static func unreachableTime() -> PostgresError {
        .misuse("A timestamp is infinite or too far away to be counted in microseconds since 1970.")
    }
}
