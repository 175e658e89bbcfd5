/// A stored detail that this code cannot read: the log holds it, but this version did not write it.
package struct DetailError: Error, Equatable, Sendable {
    /// What could not be read and what was expected, as a sentence.
    package var message: String

    /// An error from its sentence.
    package init(_ message: String) { self.message = message }
}

/// Walks through the members of a stored JSON object, value by value as it is spelled.
///
/// Details were checked when they were taken in, so that this looks only for where things begin and end; what it cannot
/// follow is a ``DetailError``.
package struct DetailObject {
    private var cursor: Int
    private var isFirst = true

    /// Begins with the object that starts at an index.
    package init(at start: Int) { cursor = start }

    /// The next key without its quotes and value as spelled, as indices; `nil` after the last.
    package mutating func next(in bytes: Span<UInt8>) throws(DetailError) -> (key: Range<Int>, value: Range<Int>)? {
        if isFirst { try step(UInt8(ascii: "{"), bytes) }
        let byte = try peek(bytes)
        if byte == UInt8(ascii: "}") { return nil }
        if !isFirst { try step(UInt8(ascii: ","), bytes) }
        isFirst = false
        guard try peek(bytes) == UInt8(ascii: "\"") else { throw Self.malformed }
        let key = try skipString(bytes)
        try step(UInt8(ascii: ":"), bytes)
        _ = try peek(bytes)
        let start = cursor
        try skipValue(bytes)
        return (key.lowerBound + 1..<key.upperBound - 1, start..<cursor)
    }

    /// The value of a key as spelled, or `nil` where the object that starts at an index does not have it.
    static func value(of key: String, at start: Int = 0, in bytes: Span<UInt8>) throws(DetailError) -> Range<Int>? {
        var object = DetailObject(at: start)
        while let member = try object.next(in: bytes) {
            if key.hasSameBytes(as: bytes.extracting(member.key)) { return member.value }
        }
        return nil
    }

    /// Where the text of a key is in a flat object, canonically spelled; `nil` also where it has escapes or is hard to find.
    ///
    /// Within texts every quote is escaped, so that the key between its quotes, with a colon and a quote behind it, stands
    /// nowhere else.
    static func plainText(of key: Span<UInt8>, in bytes: Span<UInt8>) -> Range<Int>? {
        // From the end, where an enrolment has the one key that every patient is asked for.
        var start = bytes.count - key.count - 3
        while start > 0 {
            defer { start -= 1 }
            guard bytes[start] == key[0], bytes[start - 1] == UInt8(ascii: "\""),
                key.hasSameBytes(as: bytes.extracting(start..<start + key.count))
            else { continue }
            var end = start + key.count
            for byte in [UInt8(ascii: "\""), UInt8(ascii: ":"), UInt8(ascii: "\"")] {
                guard bytes[end] == byte else { return nil }
                end += 1
            }
            let text = end
            while end < bytes.count, bytes[end] != UInt8(ascii: "\""), bytes[end] != UInt8(ascii: "\\") { end += 1 }
            return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? text..<end : nil
        }
        return nil
    }

    /// The value of a key that must be there.
    package static func required(
        _ key: String, at start: Int = 0, in bytes: Span<UInt8>
    ) throws(DetailError) -> Range<Int> {
        guard let value = try value(of: key, at: start, in: bytes) else {
            throw DetailError("A stored detail has no \"\(key)\", which events of its kind have.")
        }
        return value
    }

    /// The bytes of a string value after unescaping.
    package static func text(_ value: Range<Int>, in bytes: Span<UInt8>) throws(DetailError) -> [UInt8] {
        guard value.count >= 2, bytes[value.lowerBound] == UInt8(ascii: "\"") else {
            throw DetailError("A stored detail has another value where a text was expected.")
        }
        var text: [UInt8] = []
        let content = value.lowerBound + 1..<value.upperBound - 1
        guard hasEscape(bytes, content) else {
            text.append(bytes.extracting(content))
            return text
        }
        var tape = JSONTape()
        var cursor = content.lowerBound
        do throws(Refusal) {
            let range = try tape.scanString(bytes, &cursor)
            return Array(tape.bytes[range])
        } catch {
            throw DetailError("A stored detail has a text that cannot be read: \(error.message)")
        }
    }

    /// Whether a string, given by its content as spelled between the quotes, is this text.
    static func isText(
        _ content: Range<Int>, _ text: Span<UInt8>, in bytes: Span<UInt8>
    ) throws(DetailError) -> Bool {
        if hasEscape(bytes, content) {
            let plain = try Self.text(content.lowerBound - 1..<content.upperBound + 1, in: bytes)
            return text.hasSameBytes(as: plain.span)
        }
        return text.hasSameBytes(as: bytes.extracting(content))
    }

    /// Whether a string has to be unescaped.
    static func hasEscape(_ bytes: Span<UInt8>, _ content: Range<Int>) -> Bool {
        for index in content where bytes[index] == UInt8(ascii: "\\") { return true }
        return false
    }

    private static let malformed = DetailError("A stored detail is not a JSON object.")

    private mutating func peek(_ bytes: Span<UInt8>) throws(DetailError) -> UInt8 {
        while cursor < bytes.count {
            let byte = bytes[cursor]
            if byte != 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D { return byte }
            cursor += 1
        }
        throw Self.malformed
    }

    private mutating func step(_ byte: UInt8, _ bytes: Span<UInt8>) throws(DetailError) {
        guard try peek(bytes) == byte else { throw Self.malformed }
        cursor += 1
    }

    private mutating func skipString(_ bytes: Span<UInt8>) throws(DetailError) -> Range<Int> {
        let start = cursor
        cursor += 1
        while cursor < bytes.count {
            let byte = bytes[cursor]
            cursor += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return start..<cursor }
        }
        throw Self.malformed
    }

    private mutating func skipValue(_ bytes: Span<UInt8>) throws(DetailError) {
        let start = cursor
        if bytes[start] == UInt8(ascii: "\"") {
            _ = try skipString(bytes)
            return
        }
        var depth = 0
        while cursor < bytes.count {
            switch bytes[cursor] {
            case UInt8(ascii: "\""): _ = try skipString(bytes)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                cursor += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return try requireProgress(from: start) }
                depth -= 1
                cursor += 1
            case UInt8(ascii: ",") where depth == 0, 0x20 where depth == 0: return try requireProgress(from: start)
            default: cursor += 1
            }
        }
        throw Self.malformed
    }

    private func requireProgress(from start: Int) throws(DetailError) {
        if cursor == start { throw Self.malformed }
    }
}
