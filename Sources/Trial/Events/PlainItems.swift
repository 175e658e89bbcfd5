/// Reads the items of a score where they are spelled as nearly all are: small whole numbers under names without escapes.
///
/// One pass over the bytes; whatever is spelled otherwise is left to ``DetailObject``.
enum PlainItems {
    private static let prefix = Array("{\"items\":{".utf8)

    /// What a plain detail says of an item.
    struct Answer {
        /// The item's value, `nil` where there is no item of the name.
        var value: Int?
    }

    /// The item of this name; `nil` where the detail is not plain.
    static func item(named name: Span<UInt8>, in detail: Span<UInt8>) -> Answer? {
        guard detail.count > prefix.count + 1 else { return nil }
        for index in 0..<prefix.count where detail[index] != prefix[index] { return nil }
        var found: Int?
        var cursor = prefix.count
        while cursor < detail.count, detail[cursor] == UInt8(ascii: "\"") {
            let start = cursor + 1
            cursor = start
            while cursor < detail.count, detail[cursor] != UInt8(ascii: "\"") {
                if detail[cursor] == UInt8(ascii: "\\") { return nil }
                cursor += 1
            }
            let end = cursor
            guard cursor + 2 < detail.count, detail[cursor + 1] == UInt8(ascii: ":"), detail[cursor + 2].isDigit else {
                return nil
            }
            cursor += 2
            // JSON has no leading zeros; what has one is for the other reader to refuse.
            if detail[cursor] == UInt8(ascii: "0"), cursor + 1 < detail.count, detail[cursor + 1].isDigit { return nil }
            var value = 0
            while cursor < detail.count, detail[cursor].isDigit, value < 1_000_000 {
                value = value * 10 + Int(detail[cursor].digit)
                cursor += 1
            }
            if found == nil, end - start == name.count, name.hasSameBytes(as: detail.extracting(start..<end)) {
                found = value
            }
            guard cursor < detail.count else { return nil }
            if detail[cursor] == UInt8(ascii: "}") {
                return cursor == detail.count - 2 && detail[cursor + 1] == UInt8(ascii: "}")
                    ? Answer(value: found) : nil
            }
            guard detail[cursor] == UInt8(ascii: ",") else { return nil }
            cursor += 1
        }
        return nil
    }
}

extension Span<UInt8> {
    /// Whether both hold the same bytes.
    package func hasSameBytes(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
