/// One value of a scanned JSON text.
struct JSONToken: BitwiseCopyable, Sendable {
    /// What a value is.
    enum Kind: UInt8 {
        case object, array, string, number, yes, no, null
    }

    /// What the value is.
    var kind: Kind
    /// Where its bytes begin in ``JSONTape/bytes``: a string's unescaped and without quotes, a number's as spelled.
    var start: UInt32
    /// How many bytes it has; of a container, how many members or elements.
    var count: UInt32
    /// Where the value begins in the line.
    var offset: UInt32
    /// The number of the token after this value and all that it contains.
    var next: UInt32

    /// The value's bytes as indices of ``JSONTape/bytes``.
    var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

/// One line of JSON as a flat list of tokens: an object is followed by key, value, key, value and so on.
///
/// Strict after RFC 8259: one object, valid UTF-8, no lone surrogate, no key twice, and bounded in size and depth. The
/// storage is kept from line to line, so that scanning a usual line allocates nothing.
struct JSONTape: Sendable {
    /// How many containers may stand one in another, the outermost counted.
    static let deepestNesting = 16

    /// The line, and after it the bytes of those strings that had escapes.
    private(set) var bytes: [UInt8] = []
    /// Room for tokens; those from ``count`` on are left over from earlier lines.
    private var storage: [JSONToken] = []
    /// How many tokens the line has.
    private(set) var count = 0

    /// The token of this number.
    subscript(token: Int) -> JSONToken { storage[token] }

    /// Reads a line, whose object becomes token 0.
    ///
    /// - Throws: a ``Refusal`` of code `syntax`; the tape then holds nothing of use.
    mutating func scan(_ line: Span<UInt8>) throws(Refusal) {
        guard line.count <= LineLength.greatest else { throw LineLength.refusal }
        bytes.removeAll(keepingCapacity: true)
        bytes.append(line)
        count = 0
        // Every token needs a byte of its own and one that parts it from the next.
        reserve(line.count / 2 + 2)
        var cursor = 0
        skipWhiteSpace(line, &cursor)
        guard cursor < line.count, line[cursor] == UInt8(ascii: "{") else {
            throw notAnObject(line, at: cursor)
        }
        try scanObject(line, &cursor, depth: 1)
        skipWhiteSpace(line, &cursor)
        guard cursor == line.count else {
            throw Refusal(
                .syntax, "\(found(line, at: cursor)) follows the object; a line holds exactly one JSON object.",
                column: cursor + 1)
        }
    }

    /// Reads the value at the cursor into tokens.
    private mutating func scanValue(_ line: Span<UInt8>, _ cursor: inout Int, depth: Int) throws(Refusal) {
        guard cursor < line.count else { throw ended(line, expected: "a value") }
        let start = cursor
        switch line[cursor] {
        case UInt8(ascii: "\""):
            cursor += 1
            let text = try scanString(line, &cursor)
            push(.string, text, at: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            try Self.skipNumber(line, &cursor)
            push(.number, start..<cursor, at: start)
        case UInt8(ascii: "{"): try scanObject(line, &cursor, depth: depth + 1)
        case UInt8(ascii: "["): try scanArray(line, &cursor, depth: depth + 1)
        case UInt8(ascii: "t"): try scanLiteral("true", .yes, line, &cursor)
        case UInt8(ascii: "f"): try scanLiteral("false", .no, line, &cursor)
        case UInt8(ascii: "n"): try scanLiteral("null", .null, line, &cursor)
        default: throw unexpected(line, at: cursor, expected: "a JSON value")
        }
    }

    private mutating func scanObject(_ line: Span<UInt8>, _ cursor: inout Int, depth: Int) throws(Refusal) {
        let object = try open(.object, at: cursor, depth: depth)
        cursor += 1
        var members = 0
        var keys = KeySignature()
        skipWhiteSpace(line, &cursor)
        if cursor < line.count, line[cursor] == UInt8(ascii: "}") {
            cursor += 1
            return close(object, count: 0)
        }
        while true {
            guard cursor < line.count else { throw ended(line, expected: "a key") }
            guard line[cursor] == UInt8(ascii: "\"") else {
                throw unexpected(line, at: cursor, expected: "a key in double quotes")
            }
            let start = cursor
            cursor += 1
            let key = try scanString(line, &cursor)
            let isSuspect = keys.insert(bytes.span.extracting(key))
            if isSuspect, members < Self.fewMembers { try refuseTwin(of: key, in: object, at: start) }
            push(.string, key, at: start)
            members += 1
            skipWhiteSpace(line, &cursor)
            try expect(UInt8(ascii: ":"), line, &cursor, after: "a key")
            skipWhiteSpace(line, &cursor)
            try scanValue(line, &cursor, depth: depth)
            skipWhiteSpace(line, &cursor)
            guard cursor < line.count else { throw ended(line, expected: "\",\" or \"}\"") }
            let byte = line[cursor]
            guard byte != UInt8(ascii: "}") else { break }
            guard byte == UInt8(ascii: ",") else { throw unexpected(line, at: cursor, expected: "\",\" or \"}\"") }
            cursor += 1
            skipWhiteSpace(line, &cursor)
        }
        cursor += 1
        close(object, count: members)
        if members > Self.fewMembers { try refuseTwins(in: object) }
    }

    private mutating func scanArray(_ line: Span<UInt8>, _ cursor: inout Int, depth: Int) throws(Refusal) {
        let array = try open(.array, at: cursor, depth: depth)
        cursor += 1
        var elements = 0
        skipWhiteSpace(line, &cursor)
        if cursor < line.count, line[cursor] == UInt8(ascii: "]") {
            cursor += 1
            return close(array, count: 0)
        }
        while true {
            try scanValue(line, &cursor, depth: depth)
            elements += 1
            skipWhiteSpace(line, &cursor)
            guard cursor < line.count else { throw ended(line, expected: "\",\" or \"]\"") }
            let byte = line[cursor]
            guard byte != UInt8(ascii: "]") else { break }
            guard byte == UInt8(ascii: ",") else { throw unexpected(line, at: cursor, expected: "\",\" or \"]\"") }
            cursor += 1
            skipWhiteSpace(line, &cursor)
        }
        cursor += 1
        close(array, count: elements)
    }

    private mutating func scanLiteral(
        _ literal: StaticString, _ kind: JSONToken.Kind, _ line: Span<UInt8>, _ cursor: inout Int
    ) throws(Refusal) {
        let word = literal.description.utf8
        let start = cursor
        for byte in word {
            guard cursor < line.count, line[cursor] == byte else {
                throw unexpected(line, at: start, expected: "a JSON value")
            }
            cursor += 1
        }
        push(kind, start..<cursor, at: start)
    }

    /// Puts bytes after the line, where strings with escapes are unfolded.
    mutating func unfold(_ piece: Span<UInt8>) { bytes.append(piece) }

    /// Puts a byte after the line.
    mutating func unfold(_ byte: UInt8) { bytes.append(byte) }

    private mutating func reserve(_ room: Int) {
        guard storage.count < room else { return }
        let none = JSONToken(kind: .null, start: 0, count: 0, offset: 0, next: 0)
        storage = [JSONToken](repeating: none, count: Swift.max(256, room * 2))
    }

    private mutating func push(_ kind: JSONToken.Kind, _ range: Range<Int>, at offset: Int) {
        storage[count] = JSONToken(
            kind: kind, start: UInt32(truncatingIfNeeded: range.lowerBound),
            count: UInt32(truncatingIfNeeded: range.count), offset: UInt32(truncatingIfNeeded: offset),
            next: UInt32(truncatingIfNeeded: count + 1))
        count += 1
    }

    private mutating func open(_ kind: JSONToken.Kind, at offset: Int, depth: Int) throws(Refusal) -> Int {
        guard depth <= Self.deepestNesting else {
            throw Refusal(
                .syntax, "Objects and arrays are nested more than \(Self.deepestNesting) deep here.",
                column: offset + 1)
        }
        push(kind, offset..<offset, at: offset)
        return count - 1
    }

    private mutating func close(_ container: Int, count members: Int) {
        storage[container].count = UInt32(truncatingIfNeeded: members)
        storage[container].next = UInt32(truncatingIfNeeded: count)
    }
}
