extension [UInt8] {
    /// Puts a run of bytes at the end: one check for room, then a plain copy.
    package mutating func append(_ bytes: Span<UInt8>) {
        append(addingCapacity: bytes.count) { output in
            for index in bytes.indices { output.append(bytes[index]) }
        }
    }

    /// Puts the UTF-8 of a text at the end.
    package mutating func append(text: String) {
        append(contentsOf: text.utf8)
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
