/// Loads and stores of big-endian numbers at any address: the one file of this module that reads and writes raw
/// memory by offset.
///
/// Every call is marked `unsafe` because it checks no bounds. Each caller has compared offset and width with the
/// length of the bytes in the same function, once per field, which is what makes a row of ten fields cost a few dozen
/// nanoseconds. Only integers pass through here: any bit pattern is a valid one.
@usableFromInline
enum BigEndian {
    /// Reads an integer at `offset`; the caller has checked that its bytes lie within `bytes`.
    @inlinable
    static func load<T: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: RawSpan,
        at offset: Int,
        as type: T.Type = T.self
    ) -> T {
        // The bounds were checked by the caller; the load itself asks for no alignment.
        unsafe T(bigEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self))
    }

    /// Writes an integer at `offset`; the caller has made room for its bytes behind `base`.
    @inlinable
    static func store<T: FixedWidthInteger & BitwiseCopyable>(
        _ value: T,
        to base: UnsafeMutableRawPointer,
        at offset: Int
    ) {
        // The room was made by the caller; the store itself asks for no alignment.
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
    }

    /// Copies bytes to `offset`; the caller has made room for them behind `base`.
    @inlinable
    static func store(_ bytes: Span<UInt8>, to base: UnsafeMutableRawPointer, at offset: Int) {
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            // The room was made by the caller, and the two regions cannot overlap: one is the private copy buffer.
            unsafe base.advanced(by: offset).copyMemory(from: start, byteCount: source.count)
        }
    }
}

extension [UInt8] {
    /// Copies the bytes of a span.
    init(copying bytes: RawSpan) {
        // The bytes are copied before the call returns, so the address does not outlive the span.
        self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
}
