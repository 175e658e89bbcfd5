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
        let digit = { (value: UInt16) in UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value) }
        if number >= 100 { output.append(digit(number / 100)) }
        if number >= 10 { output.append(digit(number / 10 % 10)) }
        output.append(digit(number % 10))
    }

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
