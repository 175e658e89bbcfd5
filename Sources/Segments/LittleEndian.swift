/// Columns of numbers as a segment keeps them, least significant byte first: the one file of this module, but for
/// ``Checksum``, that touches raw memory.
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
        numbers = []
        // All arrays without room share one storage, and the library notes the number of elements even where there is none.
        if count == 0 { return }
        numbers = unsafe [Number](unsafeUninitializedCapacity: count) { target, loaded in
            unsafe bytes.withUnsafeBytes { source in
                // Both regions have these bytes, and they cannot overlap: one array is made, the other one read.
                unsafe UnsafeMutableRawBufferPointer(target).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + count * width]))
            }
            loaded = count
        }
        if Number(littleEndian: 1) != 1 {
            for index in numbers.indices { numbers[index] = Number(littleEndian: numbers[index]) }
        }
    }

    /// Replaces an array by bytes of a part, each as a number of its own.
    static func widen(_ bytes: [UInt8], _ range: Range<Int>, into numbers: inout [UInt16]) {
        let narrow = bytes.span.extracting(range)
        numbers = []
        // As above.
        if range.isEmpty { return }
        numbers = unsafe [UInt16](unsafeUninitializedCapacity: range.count) { wide, widened in
            // Both have as many elements; without a look at each, several are widened at once.
            for index in 0..<range.count { unsafe wide[index] = UInt16(narrow[unchecked: index]) }
            widened = range.count
        }
    }

    /// Appends words to the bytes.
    package static func append(words: [UInt64], to bytes: inout [UInt8]) { append(words, to: &bytes) }

    /// Replaces an array by `count` words that begin at an offset; they must lie within the bytes.
    package static func load(words count: Int, from bytes: [UInt8], at offset: Int, into words: inout [UInt64]) {
        load(count, from: bytes, at: offset, into: &words)
    }
}

extension Span where Element: BitwiseCopyable {
    /// The element at an index that lies within the span, as the opening of the segment has found.
    ///
    /// Compared once for a table and not again for each of the events that a fold looks at: five looks an event.
    subscript(known index: Int) -> Element { unsafe self[unchecked: index] }
}
