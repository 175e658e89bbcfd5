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
        let authority = authority(of: text)
        if hasBracket(text, outside: authority) { return "[ and ] stand only around the host of a URI-reference" }
        if let authority, !isHostAndPort(text.extracting(authority)) {
            return
                "behind // a URI-reference has a host such as example.org or [2001:db8::1], and perhaps a port in digits"
        }
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

    /// What stands between the `//` that begins a reference, or follows its scheme, and the next `/`, `?` or `#`.
    private static func authority(of text: Span<UInt8>) -> Range<Int>? {
        var start = 0
        while start < text.count, text[start] != UInt8(ascii: ":"), !endsAuthority(text[start]) { start += 1 }
        if start < text.count, text[start] == UInt8(ascii: ":") { start += 1 } else { start = 0 }
        guard start + 1 < text.count, text[start] == UInt8(ascii: "/"), text[start + 1] == UInt8(ascii: "/") else {
            return nil
        }
        var end = start + 2
        while end < text.count, !endsAuthority(text[end]) { end += 1 }
        return start + 2..<end
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    private static func hasBracket(_ text: Span<UInt8>, outside authority: Range<Int>?) -> Bool {
        for index in text.indices where text[index] == UInt8(ascii: "[") || text[index] == UInt8(ascii: "]") {
            if authority?.contains(index) != true { return true }
        }
        return false
    }

    /// Whether an authority is `[user@]host[:port]`, the host a name, an IPv4 address or an IP literal in brackets.
    private static func isHostAndPort(_ authority: Span<UInt8>) -> Bool {
        var index = 0
        for place in authority.indices where authority[place] == UInt8(ascii: "@") { index = place + 1 }
        if index < authority.count, authority[index] == UInt8(ascii: "[") {
            let start = index + 1
            while index < authority.count, authority[index] != UInt8(ascii: "]") { index += 1 }
            guard index < authority.count, isAddress(authority.extracting(start..<index)) else { return false }
            index += 1
        } else {
            while index < authority.count, authority[index] != UInt8(ascii: ":") {
                if authority[index] == UInt8(ascii: "[") || authority[index] == UInt8(ascii: "]") { return false }
                index += 1
            }
        }
        guard index < authority.count else { return true }
        guard authority[index] == UInt8(ascii: ":") else { return false }
        for place in index + 1..<authority.count where !authority[place].isDigit { return false }
        return true
    }

    /// Whether what stands in brackets looks like an address of IPv6, or of a later version, which begins with a `v`.
    private static func isAddress(_ text: Span<UInt8>) -> Bool {
        guard text.count >= 2 else { return false }
        if text[0] | 0x20 == UInt8(ascii: "v") { return true }
        for index in text.indices {
            let byte = text[index]
            guard byte.hexadecimal != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") else {
                return false
            }
        }
        return true
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
