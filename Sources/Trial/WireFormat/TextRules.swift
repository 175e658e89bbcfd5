/// What the texts of an envelope may be made of.
enum TextRules {
    /// Whether valid UTF-8 holds a control character (U+0000 to U+001F, U+007F to U+009F).
    static func hasControlCharacter(_ text: Span<UInt8>) -> Bool {
        for index in text.indices {
            let byte = text[index]
            if byte < 0x20 || byte == 0x7F { return true }
            if byte == 0xC2, text[index + 1] < 0xA0 { return true }
        }
        return false
    }

    /// Whether text holds U+0000, which PostgreSQL has in no text and no `jsonb`.
    static func hasNull(_ text: Span<UInt8>) -> Bool {
        for index in text.indices where text[index] == 0 { return true }
        return false
    }

    /// Whether every scalar of valid UTF-8 prints or is a space: no control, format, private-use or unassigned
    /// characters and no line or paragraph separators.
    static func isPrintable(_ text: Span<UInt8>) -> Bool {
        for index in text.indices where text[index] < 0x20 || text[index] >= 0x7F {
            var bytes: [UInt8] = []
            bytes.append(text)
            return String(decoding: bytes, as: UTF8.self).unicodeScalars.allSatisfy(isPrintable)
        }
        return true
    }

    /// Whether a scalar prints or is a space.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    /// Whether a name is made of lower-case letters and digits only, as CloudEvents has attribute names.
    static func isAttributeName(_ name: Span<UInt8>) -> Bool {
        for index in name.indices {
            let byte = name[index]
            if !byte.isDigit, byte < UInt8(ascii: "a") || byte > UInt8(ascii: "z") { return false }
        }
        return name.count > 0
    }

    /// Why a text is no URI-reference of RFC 3986, as the second half of a sentence, or `nil` where it is one.
    static func uriFault(_ text: Span<UInt8>) -> String? {
        var fragments = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < text.count, text[index + 1].hexadecimal != nil, text[index + 2].hexadecimal != nil
                else { return "a % is followed by two hexadecimal digits in a URI-reference" }
                index += 2
            } else if byte == UInt8(ascii: "#") {
                fragments += 1
                guard fragments == 1 else { return "a URI-reference has at most one #" }
            } else if !isURICharacter(byte) {
                return "a URI-reference holds letters, digits and -._~:/?#[]@!$&'()*+,;= only, others as %XX"
            }
            index += 1
        }
        guard bracketsAreInAuthority(text) else { return "[ and ] stand only around the host of a URI-reference" }
        return schemeFault(text)
    }

    private static func isURICharacter(_ byte: UInt8) -> Bool {
        if byte.isLetter || byte.isDigit { return true }
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: "/"), UInt8(ascii: ":"),
            UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: "_"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }

    /// Whether a bracket stands only between `//` and the next `/`, `?` or `#`.
    private static func bracketsAreInAuthority(_ text: Span<UInt8>) -> Bool {
        guard let first = position(of: UInt8(ascii: "["), or: UInt8(ascii: "]"), in: text, from: 0) else { return true }
        var start = 0
        while start + 1 < first, text[start] != UInt8(ascii: "/") || text[start + 1] != UInt8(ascii: "/") {
            if text[start] == UInt8(ascii: "/") || isAfterAuthority(text[start]) { return false }
            start += 1
        }
        guard start + 1 < first else { return false }
        var end = start + 2
        while end < text.count, text[end] != UInt8(ascii: "/"), !isAfterAuthority(text[end]) { end += 1 }
        return first < end && position(of: UInt8(ascii: "["), or: UInt8(ascii: "]"), in: text, from: end) == nil
    }

    private static func isAfterAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    private static func position(of byte: UInt8, or other: UInt8, in text: Span<UInt8>, from start: Int) -> Int? {
        for index in start..<text.count where text[index] == byte || text[index] == other { return index }
        return nil
    }

    /// A colon before any `/`, `?` or `#` ends a scheme, which is a letter and then letters, digits, `+`, `-` or `.`.
    private static func schemeFault(_ text: Span<UInt8>) -> String? {
        var isScheme = true
        for index in text.indices {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return nil
            case UInt8(ascii: ":"):
                return isScheme && index > 0
                    ? nil : "what stands before the first : of a URI-reference is a scheme such as https or urn"
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): if index == 0 { isScheme = false }
            default:
                if !byte.isLetter, index == 0 || !byte.isDigit { isScheme = false }
            }
        }
        return nil
    }
}
