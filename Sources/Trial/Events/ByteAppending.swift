extension [UInt8] {
    /// Puts a run of bytes at the end: one check for room, then a plain copy.
    ///
    /// Texts are copied millions of times, and byte by byte it would cost several times as much.
    package mutating func append(_ bytes: Span<UInt8>) {
        // All arrays without room share one storage, and the library notes the number of elements even where none is new.
        if bytes.isEmpty { return }
        // The bytes are copied before the call returns, so that the address does not outlive the span.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Puts the first bytes of five words at the end, each word's most significant byte first.
    ///
    /// As many as an event's numbers take; a number of words that is a parameter would be looked up for every event.
    package mutating func append(bigEndian words: InlineArray<5, UInt64>, bytes: Int) {
        var swapped = words
        for index in swapped.indices { swapped[index] = words[index].bigEndian }
        // As above; the words have no padding between them.
        unsafe swapped.span.withUnsafeBytes {
            unsafe append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<bytes]))
        }
    }

    /// Puts the first bytes of a word at the end, the most significant one first.
    package mutating func append(bigEndian word: UInt64, bytes: Int) {
        // As above.
        unsafe Swift.withUnsafeBytes(of: word.bigEndian) {
            unsafe append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<bytes]))
        }
    }

    /// Puts the UTF-8 of a text at the end.
    package mutating func append(text: String) {
        append(text.utf8.span)
    }
}

extension UInt8 {
    /// The value of a decimal digit, or a number above 9 where the byte is none.
    var digit: UInt8 { self &- UInt8(ascii: "0") }

    /// Whether the byte is one of `0` to `9`.
    var isDigit: Bool { digit <= 9 }

    /// Whether the byte is a letter of ASCII.
    var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }

    /// The value of a hexadecimal digit, `nil` where the byte is none.
    var hexadecimal: UInt8? {
        if isDigit { return digit }
        let letter = (self | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? letter + 10 : nil
    }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits for each byte.
    package var hexadecimalText: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
