/// The one spelling of JSON values in which details, event lines and outcome lines are written.
///
/// No white space; strings escape only `"`, `\` and the control characters below U+0020; numbers have the shortest
/// spelling that reads back as the same double. Same content is therefore the same bytes.
package enum CanonicalJSON {
    /// Writes a string with its quotes.
    ///
    /// - Parameter string: valid UTF-8, without escapes.
    package static func append(string: Span<UInt8>, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var start = 0
        for index in string.indices where needsEscape(string[index]) {
            output.append(string.extracting(start..<index))
            appendEscape(of: string[index], to: &output)
            start = index + 1
        }
        output.append(string.extracting(start..<string.count))
        output.append(UInt8(ascii: "\""))
    }

    /// How many bytes one byte of a text takes at most.
    package static let bytesPerEscape = 6

    /// Puts a string with its quotes in the place of other bytes; up to seven behind it are overwritten, too.
    ///
    /// - Parameter string: valid UTF-8, without escapes; there is room for ``bytesPerEscape`` times its bytes and the quotes.
    /// - Returns: The place behind it.
    package static func store(string: Span<UInt8>, in output: inout MutableSpan<UInt8>, at place: Int) -> Int {
        for index in string.indices where needsEscape(string[index]) {
            var spelled: [UInt8] = []
            append(string: string, to: &spelled)
            return output.store(spelled.span, at: place)
        }
        output[place] = UInt8(ascii: "\"")
        let end = output.store(string, at: place + 1)
        output[end] = UInt8(ascii: "\"")
        return end + 1
    }

    /// How many bytes a whole number of 64 bits takes at most.
    package static let greatestDigits = 20

    /// Puts a whole number in the place of other bytes; up to seven behind it are overwritten, too.
    ///
    /// - Returns: The place behind it.
    package static func store(whole number: Int, in output: inout MutableSpan<UInt8>, at place: Int) -> Int {
        guard (0..<1000).contains(number) else {
            var spelled: [UInt8] = []
            append(whole: number, to: &spelled)
            return output.store(spelled.span, at: place)
        }
        let small = UInt16(number)
        let count = small >= 100 ? 3 : small >= 10 ? 2 : 1
        if count == 3 { output[place] = digit(small / 100) }
        if count >= 2 { output[place + count - 2] = digit(small / 10 % 10) }
        output[place + count - 1] = digit(small % 10)
        return place + count
    }

    /// Writes a text with its quotes.
    package static func append(string: String, to output: inout [UInt8]) {
        append(string: string.utf8.span, to: &output)
    }

    /// Writes a number in its shortest spelling that reads back as the same double; a whole one has no `.0`.
    ///
    /// - Precondition: `number` is finite, since JSON has no spelling for the others.
    package static func append(number: Double, to output: inout [UInt8]) {
        precondition(number.isFinite, "JSON has no spelling for \(number)")
        if abs(number) < 0x1p53, number == number.rounded(.towardZero) {
            append(whole: Int(number), to: &output)
            return
        }
        var spelling = number.description.utf8[...]
        if spelling.suffix(2).elementsEqual(".0".utf8) { spelling = spelling.dropLast(2) }
        output.append(contentsOf: spelling)
    }

    /// Writes a whole number, at least so many digits wide.
    package static func append(whole number: Int, width: Int = 1, to output: inout [UInt8]) {
        precondition(width <= 20, "No whole number of 64 bits has more than 20 digits.")
        if width == 1, (0..<1000).contains(number) { return append(small: UInt16(number), to: &output) }
        if number < 0 { output.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        var power: UInt = 1
        var digits = 1
        while digits < width || rest / power >= 10 {
            power *= 10
            digits += 1
        }
        while digits > 0 {
            output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / power))
            rest %= power
            power /= 10
            digits -= 1
        }
    }

    /// Days and counts are small, and division by a number that is known takes no division.
    private static func append(small number: UInt16, to output: inout [UInt8]) {
        if number >= 100 { output.append(digit(number / 100)) }
        if number >= 10 { output.append(digit(number / 10 % 10)) }
        output.append(digit(number % 10))
    }

    private static func digit(_ value: UInt16) -> UInt8 { UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value) }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        default:
            let low = byte & 0xF
            output.append(text: byte < 0x10 ? "u000" : "u001")
            output.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }
}
