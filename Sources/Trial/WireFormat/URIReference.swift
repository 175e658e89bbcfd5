/// What a URI-reference is made of, after RFC 3986.
enum URIReference {
    /// Why a text is no URI-reference of RFC 3986, as the second half of a sentence, or `nil` where it is one.
    static func fault(_ text: Span<UInt8>) -> String? {
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
        for index in text.indices where isBracket(text[index]) {
            if authority?.contains(index) != true { return true }
        }
        return false
    }

    /// Whether an authority is `[user@]host[:port]`, the host a name, an IPv4 address or an IP literal in brackets.
    private static func isHostAndPort(_ authority: Span<UInt8>) -> Bool {
        var index = 0
        for place in authority.indices where authority[place] == UInt8(ascii: "@") {
            guard index == 0, !hasBracket(authority.extracting(0..<place), outside: nil) else { return false }
            index = place + 1
        }
        if index < authority.count, authority[index] == UInt8(ascii: "[") {
            let start = index + 1
            while index < authority.count, authority[index] != UInt8(ascii: "]") { index += 1 }
            guard index < authority.count, isLiteral(authority.extracting(start..<index)) else { return false }
            index += 1
        } else {
            while index < authority.count, authority[index] != UInt8(ascii: ":") {
                if isBracket(authority[index]) { return false }
                index += 1
            }
        }
        guard index < authority.count else { return true }
        guard authority[index] == UInt8(ascii: ":") else { return false }
        for place in index + 1..<authority.count where !authority[place].isDigit { return false }
        return true
    }

    private static func isBracket(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") }

    /// Whether what stands in brackets is an address of IPv6, or of a later version, which begins with a `v`.
    private static func isLiteral(_ text: Span<UInt8>) -> Bool {
        guard text.count > 0, text[0] | 0x20 == UInt8(ascii: "v") else { return isIPv6(text) }
        var index = 1
        while index < text.count, text[index].hexadecimal != nil { index += 1 }
        guard index > 1, index + 1 < text.count, text[index] == UInt8(ascii: ".") else { return false }
        for place in index + 1..<text.count {
            let byte = text[place]
            let isDelimiter =
                byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "@") || isBracket(byte)
            guard isURICharacter(byte), !isDelimiter else { return false }
        }
        return true
    }

    /// Whether a text is an address of IPv6: eight groups of up to four hexadecimal digits, of which `::` may stand once for
    /// one or more, and an IPv4 address for the last two.
    private static func isIPv6(_ text: Span<UInt8>) -> Bool {
        var groups = 0
        var isShortened = false
        var index = 0
        while index < text.count {
            if index + 1 < text.count, text[index] == UInt8(ascii: ":"), text[index + 1] == UInt8(ascii: ":") {
                guard !isShortened else { return false }
                isShortened = true
                index += 2
                continue
            }
            if index > 0, text[index - 1] != UInt8(ascii: ":") {
                guard text[index] == UInt8(ascii: ":") else { return false }
                index += 1
                // A group follows.
                guard index < text.count, text[index] != UInt8(ascii: ":") else { return false }
            }
            let start = index
            while index < text.count, text[index].hexadecimal != nil { index += 1 }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard isIPv4(text.extracting(start..<text.count)) else { return false }
                groups += 2
                break
            }
            guard (1...4).contains(index - start) else { return false }
            groups += 1
        }
        return isShortened ? groups < 8 : groups == 8
    }

    /// Whether a text is four numbers up to 255, parted by dots, none with a zero in front.
    private static func isIPv4(_ text: Span<UInt8>) -> Bool {
        var numbers = 0
        var index = 0
        while index < text.count {
            let start = index
            var number = 0
            while index < text.count, text[index].isDigit, index - start < 3 {
                number = number * 10 + Int(text[index].digit)
                index += 1
            }
            guard index > start, number <= 255, index - start == 1 || text[start] != UInt8(ascii: "0") else {
                return false
            }
            numbers += 1
            if index == text.count { return numbers == 4 }
            guard text[index] == UInt8(ascii: ".") else { return false }
            index += 1
        }
        return false
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
