extension JSONTape {
    /// Reads a string whose opening quote lies before the cursor, and leaves the cursor after its closing quote.
    ///
    /// - Returns: The string's bytes as indices of ``bytes``: where it has no escapes, they are those of the line.
    mutating func scanString(_ line: Span<UInt8>, _ cursor: inout Int) throws(Refusal) -> Range<Int> {
        let start = cursor
        while cursor < line.count {
            let byte = line[cursor]
            if byte &- 0x20 < 0x60, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                cursor += 1
            } else if byte == UInt8(ascii: "\"") {
                cursor += 1
                return start..<cursor - 1
            } else if byte == UInt8(ascii: "\\") {
                return try unfoldString(line, from: start, &cursor)
            } else if byte < 0x20 {
                throw controlCharacter(byte, at: cursor)
            } else {
                try Self.skipMultibyteScalar(line, &cursor)
            }
        }
        throw openString(line)
    }

    /// Goes on with a string at its first escape, and copies what it stands for behind the line.
    private mutating func unfoldString(
        _ line: Span<UInt8>, from start: Int, _ cursor: inout Int
    ) throws(Refusal) -> Range<Int> {
        let unfolded = bytes.count
        var piece = start
        while cursor < line.count {
            let byte = line[cursor]
            if byte == UInt8(ascii: "\"") {
                unfold(line.extracting(piece..<cursor))
                cursor += 1
                return unfolded..<bytes.count
            }
            if byte == UInt8(ascii: "\\") {
                unfold(line.extracting(piece..<cursor))
                try unfoldEscape(line, &cursor)
                piece = cursor
            } else if byte < 0x20 {
                throw controlCharacter(byte, at: cursor)
            } else if byte < 0x80 {
                cursor += 1
            } else {
                try Self.skipMultibyteScalar(line, &cursor)
            }
        }
        throw openString(line)
    }

    private mutating func unfoldEscape(_ line: Span<UInt8>, _ cursor: inout Int) throws(Refusal) {
        guard cursor + 1 < line.count else { throw openString(line) }
        switch line[cursor + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unfold(line[cursor + 1])
        case UInt8(ascii: "b"): unfold(0x08)
        case UInt8(ascii: "t"): unfold(0x09)
        case UInt8(ascii: "n"): unfold(0x0A)
        case UInt8(ascii: "f"): unfold(0x0C)
        case UInt8(ascii: "r"): unfold(0x0D)
        case UInt8(ascii: "u"): return try unfoldScalar(line, &cursor)
        default:
            throw Refusal(
                .syntax,
                "A backslash begins no escape of JSON here; one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u was expected.",
                column: cursor + 1)
        }
        cursor += 2
    }

    /// Reads `\u` and four digits, or two of them that together are one scalar above U+FFFF.
    private mutating func unfoldScalar(_ line: Span<UInt8>, _ cursor: inout Int) throws(Refusal) {
        let start = cursor
        let unit = try codeUnit(line, &cursor)
        var value = UInt32(unit)
        if unit & 0xFC00 == 0xD800, cursor + 1 < line.count, line[cursor] == UInt8(ascii: "\\"),
            line[cursor + 1] == UInt8(ascii: "u")
        {
            let low = try codeUnit(line, &cursor)
            // Where the second is no low surrogate the first is alone, and no scalar comes of it.
            if low & 0xFC00 == 0xDC00 { value = 0x1_0000 + (UInt32(unit & 0x3FF) << 10 | UInt32(low & 0x3FF)) }
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw Refusal(
                .syntax,
                "A \\u escape is half of a surrogate pair; the two halves must follow each other, high then low.",
                column: start + 1)
        }
        for byte in String(scalar).utf8 { unfold(byte) }
    }

    private func codeUnit(_ line: Span<UInt8>, _ cursor: inout Int) throws(Refusal) -> UInt16 {
        var unit: UInt16 = 0
        for index in cursor + 2..<cursor + 6 {
            guard index < line.count, let digit = line[index].hexadecimal else {
                throw Refusal(
                    .syntax, "A \\u escape is cut short or wrong; \\u and four hexadecimal digits were expected.",
                    column: cursor + 1)
            }
            unit = unit << 4 | UInt16(digit)
        }
        cursor += 6
        return unit
    }

    /// Steps over one scalar of two to four bytes, by the table of well-formed sequences of the Unicode Standard (3-7).
    private static func skipMultibyteScalar(_ line: Span<UInt8>, _ cursor: inout Int) throws(Refusal) {
        let lead = line[cursor]
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xE1...0xEF: (3, 0x80...0xBF)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0x80...0xBF)
            }
        guard length > 0, cursor + length <= line.count, second.contains(line[cursor + 1]) else {
            throw notUTF8(at: cursor)
        }
        for index in cursor + 2..<cursor + length where line[index] & 0xC0 != 0x80 { throw notUTF8(at: cursor) }
        cursor += length
    }

    private static func notUTF8(at cursor: Int) -> Refusal {
        Refusal(.syntax, "The line is not UTF-8 here; event lines are UTF-8 throughout.", column: cursor + 1)
    }

    private func controlCharacter(_ byte: UInt8, at cursor: Int) -> Refusal {
        Refusal(
            .syntax, "A string holds the control character \(Self.scalarName(byte)) as it is; it must be escaped.",
            column: cursor + 1)
    }

    private func openString(_ line: Span<UInt8>) -> Refusal {
        Refusal(.syntax, "The line ends within a string; a closing quote was expected.", column: line.count + 1)
    }
}
