// Bytes are read and written here eight or sixteen at a time, and still through spans alone. Of a stretch that is known to
// have so many bytes the compiler makes a single load or store, as long as a check stands between it and the next one. So
// whoever writes many numbers takes the rest of the span first, and stores at places that are constants.

extension Span<UInt8> {
    /// Eight bytes from a place on as one number, the first of them the most significant.
    @inlinable
    @inline(__always)
    package func word(at place: Int) -> UInt64 {
        let eight = extracting(place..<count).extracting(first: 8)
        precondition(eight.count == 8, "Eight bytes are read.")
        var word: UInt64 = 0
        for index in 0..<8 { word = word << 8 | UInt64(eight[index]) }
        return word
    }

    /// Sixteen bytes from a place on.
    @inlinable
    @inline(__always)
    package func block(at place: Int) -> SIMD16<UInt8> {
        let sixteen = extracting(place..<count).extracting(first: 16)
        precondition(sixteen.count == 16, "Sixteen bytes are read.")
        var block = SIMD16<UInt8>()
        for index in 0..<16 { block[index] = sixteen[index] }
        return block
    }

    /// All bytes as one number, the last of them the least significant; for less than eight bytes.
    @inlinable
    @inline(__always)
    package var shortWord: UInt64 {
        var word: UInt64 = 0
        for index in 0..<count { word = word << 8 | UInt64(self[index]) }
        return word
    }
}

extension MutableSpan<UInt8> {
    /// Puts sixteen bytes in the place of others.
    @inlinable
    @inline(__always)
    package mutating func store(_ block: SIMD16<UInt8>, at place: Int) {
        var rest = _mutatingExtracting(place..<count)
        var sixteen = rest._mutatingExtracting(first: 16)
        precondition(sixteen.count == 16, "Sixteen bytes are written.")
        for index in 0..<16 { sixteen[index] = block[index] }
    }

    /// Puts a number in the place of as many bytes as it has, the most significant byte first.
    @inlinable
    @inline(__always)
    package mutating func store<Word: FixedWidthInteger & UnsignedInteger>(_ word: Word, at place: Int) {
        let width = Word.bitWidth / 8
        var rest = _mutatingExtracting(place..<count)
        var bytes = rest._mutatingExtracting(first: width)
        precondition(bytes.count == width, "All bytes of a number are written.")
        for index in 0..<width { bytes[index] = UInt8(truncatingIfNeeded: word >> Word(8 * (width - 1 - index))) }
    }

    /// Puts bytes in the place of others.
    ///
    /// Up to seven bytes behind them are overwritten, too.
    ///
    /// - Returns: The place behind them.
    @inlinable
    package mutating func store(_ bytes: Span<UInt8>, at place: Int) -> Int {
        let count = bytes.count
        if count >= 16 {
            for start in stride(from: 0, to: count - 16, by: 16) { store(bytes.block(at: start), at: place + start) }
            // The last ones may be copied twice, so that none are copied one by one.
            store(bytes.block(at: count - 16), at: place + count - 16)
        } else if count >= 8 {
            store(bytes.word(at: 0), at: place)
            store(bytes.word(at: count - 8), at: place + count - 8)
        } else if count > 0 {
            store(bytes.shortWord << UInt64(64 - 8 * count), at: place)
        }
        return place + count
    }
}
