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
}
