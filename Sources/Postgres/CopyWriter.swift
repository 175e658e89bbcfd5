/// Writes the rows of a `COPY … FROM STDIN (FORMAT binary)`.
///
/// Start each row with ``row(fields:)`` and write that many fields in order. Bytes gather in one fixed buffer, which
/// goes to the server whenever it is full, so memory is bounded however many rows there are. Nothing here throws: the
/// first failure is kept, what is written after it is dropped, and ``Session/copyIn(_:_:)`` throws it at the end.
@safe
@usableFromInline
package struct CopyWriter: ~Copyable {
    /// The start of `buffer`, kept here so that a field costs no detour; `buffer` keeps it alive.
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let capacity: Int
    @usableFromInline var used = 0
    @usableFromInline var fieldsLeft = 0

    private let buffer: CopyBuffer
    private let session: Session
    private(set) var failure: PostgresError?

    init(_ session: Session, _ buffer: CopyBuffer) {
        self.session = session
        self.buffer = buffer
        unsafe base = unsafe buffer.base
        capacity = buffer.capacity
        let header = WireFormat.copyHeader
        append(raw: header.span)
    }

    /// Whether something failed already, so that a long body can stop early.
    package var hasFailed: Bool { failure != nil }

    /// Starts a row of `fields` fields.
    @inlinable
    package mutating func row(fields: Int16) {
        if fieldsLeft != 0 { failFieldCount() }
        fieldsLeft = Int(fields)
        if capacity &- used < 2 { makeRoom() }
        unsafe BigEndian.store(fields, to: base, at: used)
        used &+= 2
    }

    /// A `smallint`.
    @inlinable
    package mutating func int16(_ value: Int16) { fixed(value) }

    /// An `integer`.
    @inlinable
    package mutating func int32(_ value: Int32) { fixed(value) }

    /// A `bigint`.
    @inlinable
    package mutating func int64(_ value: Int64) { fixed(value) }

    /// A `double precision`.
    @inlinable
    package mutating func double(_ value: Double) { fixed(value.bitPattern) }

    /// A `boolean`.
    @inlinable
    package mutating func bool(_ value: Bool) { fixed(value ? 1 : 0 as UInt8) }

    /// A `timestamptz`, in microseconds since 1970-01-01 00:00 UTC.
    @inlinable
    package mutating func timestamp(microsecondsSinceUnixEpoch microseconds: Int64) {
        let (value, overflow) = microseconds.subtractingReportingOverflow(WireFormat.epochOffsetMicroseconds)
        if overflow { failTime(microseconds) }
        fixed(value)
    }

    /// SQL NULL.
    @inlinable
    package mutating func null() {
        if capacity &- used < 4 { makeRoom() }
        unsafe BigEndian.store(-1 as Int32, to: base, at: used)
        used &+= 4
        fieldsLeft &-= 1
    }

    /// A `text`, as UTF-8 bytes.
    @inlinable
    package mutating func text(_ bytes: Span<UInt8>) { variable(bytes) }

    /// A `text`, as UTF-8 bytes.
    @inlinable
    package mutating func text(_ bytes: [UInt8]) { variable(bytes.span) }

    /// A `text`.
    @inlinable
    package mutating func text(_ string: String) { variable(string.utf8.span) }

    /// A `bytea`.
    @inlinable
    package mutating func bytes(_ bytes: Span<UInt8>) { variable(bytes) }

    /// A `bytea`.
    @inlinable
    package mutating func bytes(_ bytes: [UInt8]) { variable(bytes.span) }

    /// A `jsonb`, given as UTF-8 JSON text.
    package mutating func jsonb(_ json: Span<UInt8>) {
        startVariable(json.count + 1)
        append(raw: [WireFormat.jsonbVersion].span)
        append(raw: json)
    }

    /// A `jsonb`, given as UTF-8 JSON text.
    package mutating func jsonb(_ json: [UInt8]) { jsonb(json.span) }

    /// Writes length and value of a field of fixed size.
    @inlinable
    mutating func fixed<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        let size = MemoryLayout<T>.size
        if capacity &- used < 4 &+ size { makeRoom() }
        unsafe BigEndian.store(Int32(truncatingIfNeeded: size), to: base, at: used)
        unsafe BigEndian.store(value, to: base, at: used &+ 4)
        used &+= 4 &+ size
        fieldsLeft &-= 1
    }

    /// Writes length and bytes of a field of any size.
    @inlinable
    mutating func variable(_ bytes: Span<UInt8>) {
        let count = bytes.count
        // The common case, a short value that fits; everything else goes the long way.
        guard count <= 4_096, capacity &- used >= 4 &+ count else { return variableSlowly(bytes) }
        unsafe BigEndian.store(Int32(truncatingIfNeeded: count), to: base, at: used)
        unsafe BigEndian.store(bytes, to: base, at: used &+ 4)
        used &+= 4 &+ count
        fieldsLeft &-= 1
    }
}

// MARK: - The long way

extension CopyWriter {
    @usableFromInline
    @inline(never)
    mutating func variableSlowly(_ bytes: Span<UInt8>) {
        startVariable(bytes.count)
        append(raw: bytes)
    }

    /// Writes the length of a field whose bytes follow.
    private mutating func startVariable(_ count: Int) {
        if count > Int(Int32.max) {
            fail(.misuse("A field of \(count) bytes is longer than PostgreSQL can take."))
        }
        if capacity - used < 4 { makeRoom() }
        unsafe BigEndian.store(Int32(truncatingIfNeeded: count), to: base, at: used)
        used += 4
        fieldsLeft -= 1
    }

    /// Appends bytes as they are, in as many pieces as the buffer needs.
    private mutating func append(raw bytes: Span<UInt8>) {
        var rest = bytes
        while rest.count > 0 {
            if capacity == used { makeRoom() }
            let piece = rest.extracting(first: min(rest.count, capacity - used))
            unsafe BigEndian.store(piece, to: base, at: used)
            used += piece.count
            rest = rest.extracting(droppingFirst: piece.count)
        }
    }

    /// Sends what has been gathered; afterwards the buffer is empty, whether that worked or not.
    @usableFromInline
    @inline(never)
    mutating func makeRoom() {
        defer { used = 0 }
        guard failure == nil else { return }
        do throws(PostgresError) {
            try session.sendCopy(buffer, used)
        } catch {
            failure = error
        }
    }

    /// Ends the rows and sends the rest.
    mutating func finish() throws(PostgresError) {
        if fieldsLeft != 0 { failFieldCount() }
        if capacity - used < 2 { makeRoom() }
        unsafe BigEndian.store(-1 as Int16, to: base, at: used)
        used += 2
        makeRoom()
        if let failure { throw failure }
    }

    private mutating func fail(_ error: PostgresError) {
        if failure == nil { failure = error }
    }

    @usableFromInline
    @inline(never)
    mutating func failFieldCount() {
        fail(
            .misuse(
                "A copied row was written with \(abs(fieldsLeft)) \(fieldsLeft > 0 ? "fewer" : "more") fields "
                    + "than it was started with."
            )
        )
    }

    @usableFromInline
    @inline(never)
    mutating func failTime(_ microseconds: Int64) {
        fail(.misuse("The time \(microseconds) µs since 1970 is outside what PostgreSQL can store."))
    }
}
