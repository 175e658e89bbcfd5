import Trial

/// Writes the bytes of a partial replay: whole numbers in groups of seven bits, the least significant first, each byte but
/// the last with its upper bit set (LEB128); texts as their length and their bytes.
struct PartWriter {
    private(set) var bytes: [UInt8] = []

    /// Appends a number that is not negative.
    mutating func append(_ number: Int) {
        var rest = UInt64(number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends a number of either sign: twice it, or twice what is below it and one.
    mutating func append(signed number: Int64) {
        var rest = UInt64(bitPattern: (number << 1) ^ (number >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends a number that may be missing.
    mutating func append(optional number: Int64?) {
        append(number == nil ? 0 : 1)
        if let number { append(signed: number) }
    }

    /// Appends a text.
    mutating func append(text: ArraySlice<UInt8>) {
        append(text.count)
        bytes += text
    }

    /// Appends a text.
    mutating func append(text: String) { append(text: Array(text.utf8)[...]) }

    /// Appends all names of a table.
    mutating func append(_ names: NameTable) {
        append(names.count)
        for number in 0..<names.count { append(text: names[number]) }
    }

    /// Appends bytes as they are.
    mutating func append(bytes more: [UInt8]) { bytes += more }
}

/// Reads what a ``PartWriter`` wrote, and never beyond its end.
///
/// A checksum that fits does not say who made the file: every number is held against what it may be before anything is
/// made from it.
struct PartReader {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    /// How many bytes are left; no list has more entries.
    var left: Int { bytes.endIndex - offset }

    private mutating func next() throws(ReplayPartError) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.endIndex, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        throw .unfitting
    }

    /// The next number, which lies within bounds.
    mutating func number(_ bounds: ClosedRange<Int>) throws(ReplayPartError) -> Int {
        let found = try next()
        guard let number = Int(exactly: found), bounds.contains(number) else { throw .unfitting }
        return number
    }

    /// How many entries a list has.
    mutating func count() throws(ReplayPartError) -> Int { try number(0...left) }

    /// The number of an entry in a table of so many.
    mutating func place(in count: Int) throws(ReplayPartError) -> Int {
        guard count > 0 else { throw .unfitting }
        return try number(0...count - 1)
    }

    /// The next number of either sign.
    mutating func signed() throws(ReplayPartError) -> Int64 {
        let number = try next()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    /// The next number, where it is not missing.
    mutating func optional() throws(ReplayPartError) -> Int64? {
        guard try number(0...1) == 1 else { return nil }
        return try signed()
    }

    /// The next so many bytes.
    mutating func bytes(_ count: Int) throws(ReplayPartError) -> ArraySlice<UInt8> {
        guard count <= left else { throw .unfitting }
        offset += count
        return bytes[offset - count..<offset]
    }

    /// The bytes of the next text.
    mutating func text() throws(ReplayPartError) -> ArraySlice<UInt8> {
        let count = try count()
        return try bytes(count)
    }

    /// The next text.
    mutating func string() throws(ReplayPartError) -> String {
        let bytes = try text()
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .unfitting }
        return text
    }

    /// The next table of names, all of which are different.
    mutating func names() throws(ReplayPartError) -> NameTable {
        var names = NameTable()
        let count = try count()
        for number in 0..<count {
            let name = try text()
            guard Int(names.intern(name.span)) == number else { throw .unfitting }
        }
        return names
    }

    /// Checks that nothing is left.
    func finish() throws(ReplayPartError) {
        guard left == 0 else { throw .unfitting }
    }
}

/// Why a file is no partial replay, as the end of a sentence that begins with its name.
package struct ReplayPartError: Error, Equatable, Sendable {
    /// What is wrong and what was expected.
    package let reason: String

    init(_ reason: String) { self.reason = reason }

    /// What is written does not make sense, though the checksum fits.
    static let unfitting = ReplayPartError(
        "has contents that do not fit together; expected the file as \"trough replay --partial\" wrote it.")
}
