/// A cheap summary of an object's keys that tells most new keys from all earlier ones.
struct KeySignature {
    private var seen: UInt64 = 0

    /// Adds a key, and tells whether an earlier one may be the same.
    mutating func insert(_ key: Span<UInt8>) -> Bool {
        var mixed = key.count &* 7
        if key.count > 0 { mixed = mixed &+ Int(key[0]) &* 13 &+ Int(key[key.count - 1]) &* 29 }
        let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: mixed & 63)
        defer { seen |= bit }
        return seen & bit != 0
    }
}

extension JSONTape {
    /// Up to how many members each suspect key is compared with all before it; larger objects have their keys sorted.
    static let fewMembers = 24

    /// Refuses a key that the open object already has.
    func refuseTwin(of key: Range<Int>, in object: Int, at offset: Int) throws(Refusal) {
        var earlier = object + 1
        while earlier < count {
            if isSame(self[earlier].range, key) { throw twin(key, at: offset) }
            earlier = Int(self[earlier + 1].next)
        }
    }

    /// Refuses a closed object that has a key twice, in n log n steps whatever the keys.
    func refuseTwins(in object: Int) throws(Refusal) {
        var keys: [Int] = []
        var key = object + 1
        while key < Int(self[object].next) {
            keys.append(key)
            key = Int(self[key + 1].next)
        }
        keys.sort { left, right in
            let order = compare(self[left].range, self[right].range)
            return order == 0 ? left < right : order < 0
        }
        var firstTwin: Int?
        for index in keys.indices.dropFirst() where isSame(self[keys[index - 1]].range, self[keys[index]].range) {
            firstTwin = Swift.min(firstTwin ?? keys[index], keys[index])
        }
        if let firstTwin { throw twin(self[firstTwin].range, at: Int(self[firstTwin].offset)) }
    }

    private func isSame(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        left.count == right.count && compare(left, right) == 0
    }

    /// The order of two runs of bytes: negative, 0 or positive.
    func compare(_ left: Range<Int>, _ right: Range<Int>) -> Int {
        for index in 0..<Swift.min(left.count, right.count) {
            let (one, other) = (bytes[left.lowerBound + index], bytes[right.lowerBound + index])
            if one != other { return Int(one) - Int(other) }
        }
        return left.count - right.count
    }

    private func twin(_ key: Range<Int>, at offset: Int) -> Refusal {
        Refusal(
            .syntax, "The key \(quoted(key)) stands twice in one object; a key stands at most once.",
            column: offset + 1)
    }

    /// Steps over the white space of JSON.
    @inline(__always)
    func skipWhiteSpace(_ line: Span<UInt8>, _ cursor: inout Int) {
        while cursor < line.count, line[cursor] <= 0x20, isWhiteSpace(line[cursor]) { cursor += 1 }
    }

    private func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    /// Steps over a byte that must stand at the cursor.
    @inline(__always)
    func expect(_ byte: UInt8, _ line: Span<UInt8>, _ cursor: inout Int, after place: String) throws(Refusal) {
        guard cursor < line.count, line[cursor] == byte else {
            throw unexpected(
                line, at: cursor, expected: "\"\(Unicode.Scalar(byte))\" after \(place)")
        }
        cursor += 1
    }

    /// The refusal of a byte that cannot stand where it stands.
    func unexpected(_ line: Span<UInt8>, at cursor: Int, expected: String) -> Refusal {
        guard cursor < line.count else { return ended(line, expected: expected) }
        return Refusal(
            .syntax, "\(found(line, at: cursor)) stands where \(expected) was expected.", column: cursor + 1)
    }

    /// The refusal of a line that is cut short.
    func ended(_ line: Span<UInt8>, expected: String) -> Refusal {
        Refusal(.syntax, "The line ends where \(expected) was expected.", column: line.count + 1)
    }

    /// The refusal of a line that does not begin with an object.
    func notAnObject(_ line: Span<UInt8>, at cursor: Int) -> Refusal {
        let expectation = "a line holds exactly one JSON object"
        guard cursor < line.count else { return Refusal(.syntax, "The line is blank; \(expectation).", column: 1) }
        if line.count >= 3, line[0] == 0xEF, line[1] == 0xBB, line[2] == 0xBF {
            return Refusal(
                .syntax, "The line begins with a byte order mark; \(expectation), in UTF-8 without a mark.", column: 1)
        }
        return Refusal(.syntax, "\(found(line, at: cursor)) begins the line; \(expectation).", column: cursor + 1)
    }

    /// A byte of the line for a message.
    func found(_ line: Span<UInt8>, at cursor: Int) -> String {
        let byte = line[cursor]
        switch byte {
        case UInt8(ascii: "\""): return "A double quote"
        case 0x21..<0x7F: return "\"\(Unicode.Scalar(byte))\""
        case 0x80...: return "A byte outside ASCII"
        default: return "The character \(Self.scalarName(byte))"
        }
    }

    /// The usual name of a character below U+0100, such as `U+000A`.
    static func scalarName(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// Bytes for a message: in double quotes, cut after 40 scalars, and those that nobody sees as escapes.
    func quoted(_ range: Range<Int>) -> String {
        let text = String(decoding: bytes[range], as: UTF8.self)
        let shown = text.unicodeScalars.prefix(40)
        let isCut = text.unicodeScalars.count > 40
        var quoted = "\""
        for scalar in shown {
            if TextRules.isPrintable(scalar) {
                quoted.unicodeScalars.append(scalar)
            } else {
                quoted += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            }
        }
        return quoted + (isCut ? "…\"" : "\"")
    }
}
