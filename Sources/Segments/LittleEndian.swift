/// Columns of numbers as a segment keeps them, least significant byte first: the one file of this module that touches
/// raw memory.
///
/// Each copy is a single run of bytes between memory that an array owns and bytes whose bounds have been compared just
/// before; only integers pass through here, of which any bit pattern is a valid one.
package enum LittleEndian {
    /// Appends numbers to the bytes.
    static func append<Number: FixedWidthInteger & BitwiseCopyable>(_ numbers: [Number], to bytes: inout [UInt8]) {
        let swapped = Number(littleEndian: 1) == 1 ? numbers : numbers.map(\.littleEndian)
        // The bytes are copied before the call returns, so that the address does not outlive the array.
        unsafe swapped.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// Replaces an array by `count` numbers that begin at an offset.
    static func load<Number: FixedWidthInteger & BitwiseCopyable>(
        _ count: Int, from bytes: [UInt8], at offset: Int, into numbers: inout [Number]
    ) {
        let width = MemoryLayout<Number>.size
        precondition(
            offset >= 0 && count >= 0 && count <= (bytes.count - offset) / width, "The caller compares the bounds.")
        if numbers.count != count { numbers = [Number](repeating: 0, count: count) }
        if count == 0 { return }
        unsafe bytes.withUnsafeBytes { source in
            unsafe numbers.withUnsafeMutableBytes { target in
                // Both regions have these bytes, and they cannot overlap: one array is written, the other one read.
                unsafe target.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + count * width]))
            }
        }
        if Number(littleEndian: 1) != 1 {
            for index in numbers.indices { numbers[index] = Number(littleEndian: numbers[index]) }
        }
    }

    /// Appends words to the bytes.
    package static func append(words: [UInt64], to bytes: inout [UInt8]) { append(words, to: &bytes) }

    /// Replaces an array by `count` words that begin at an offset; they must lie within the bytes.
    package static func load(words count: Int, from bytes: [UInt8], at offset: Int, into words: inout [UInt64]) {
        load(count, from: bytes, at: offset, into: &words)
    }
}
