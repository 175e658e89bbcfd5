/// Takes the fields of rows in the order of the columns: each row starts with ``row(fields:)``.
///
/// The first failure is kept, and told when the rows are finished.
package protocol RowWriter: ~Copyable {
    /// Starts a row of `fields` fields.
    mutating func row(fields: Int16)
    /// A `smallint`.
    mutating func int16(_ value: Int16)
    /// An `integer`.
    mutating func int32(_ value: Int32)
    /// A `bigint`.
    mutating func int64(_ value: Int64)
    /// A `double precision`.
    mutating func double(_ value: Double)
    /// A `timestamptz`, in microseconds since 1970-01-01 00:00 UTC.
    mutating func timestamp(microsecondsSinceUnixEpoch microseconds: Int64)
    /// A `text`, as UTF-8 bytes.
    mutating func text(_ bytes: Span<UInt8>)
    /// A `json`, as UTF-8 bytes.
    mutating func json(_ bytes: Span<UInt8>)
    /// SQL NULL in a column of type `json`.
    mutating func nullJSON()
}

extension CopyWriter: RowWriter {
    /// A `json`, as UTF-8 bytes.
    @inlinable
    package mutating func json(_ bytes: Span<UInt8>) { variable(bytes) }

    /// SQL NULL in a column of type `json`.
    @inlinable
    package mutating func nullJSON() { null() }
}
