extension JSONTape {
    /// Steps over a number by the grammar of RFC 8259.
    static func skipNumber(_ line: Span<UInt8>, _ cursor: inout Int) throws(Refusal) {
        let start = cursor
        if line[cursor] == UInt8(ascii: "-") { cursor += 1 }
        guard cursor < line.count, line[cursor].isDigit else {
            throw badNumber("A minus sign is not followed by a digit", at: start)
        }
        if line[cursor] == UInt8(ascii: "0") {
            cursor += 1
            if cursor < line.count, line[cursor].isDigit {
                throw badNumber("A number begins with a needless 0", at: start)
            }
        } else {
            skipDigits(line, &cursor)
        }
        if cursor < line.count, line[cursor] == UInt8(ascii: ".") {
            cursor += 1
            guard skipDigits(line, &cursor) else { throw badNumber("A number has no digit after its dot", at: start) }
        }
        if cursor < line.count, line[cursor] | 0x20 == UInt8(ascii: "e") {
            cursor += 1
            if cursor < line.count, line[cursor] == UInt8(ascii: "+") || line[cursor] == UInt8(ascii: "-") {
                cursor += 1
            }
            guard skipDigits(line, &cursor) else { throw badNumber("A number has no digit in its exponent", at: start) }
        }
    }

    /// - Returns: Whether there was at least one digit.
    @discardableResult
    private static func skipDigits(_ line: Span<UInt8>, _ cursor: inout Int) -> Bool {
        let start = cursor
        while cursor < line.count, line[cursor].isDigit { cursor += 1 }
        return cursor > start
    }

    private static func badNumber(_ cause: String, at start: Int) -> Refusal {
        Refusal(.syntax, "\(cause); numbers are written as JSON has them, such as -0.5 or 1e3.", column: start + 1)
    }
}

/// The conversion of JSON's decimal numbers to doubles.
enum JSONNumber {
    /// 10 to the power of 0 to 22, which are all the powers of ten that a double holds exactly.
    private static let exactPowers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The double nearest to a number spelled by JSON's grammar; infinite where it is too great, and never -0.
    ///
    /// A mantissa below 2^53 and a power of ten up to 22 are both exact, so that their one product or quotient is
    /// rounded once and correctly (Clinger, "How to read floating point numbers accurately", 1990). The few others go
    /// to the standard library.
    static func double(_ spelling: Span<UInt8>) -> Double {
        var cursor = spelling[0] == UInt8(ascii: "-") ? 1 : 0
        let isNegative = cursor == 1
        var mantissa: UInt64 = 0
        var digits = 0
        var exponent = 0
        var isFraction = false
        while cursor < spelling.count {
            let byte = spelling[cursor]
            if byte.isDigit {
                if mantissa > 0 || byte.digit > 0 { digits += 1 }
                mantissa = mantissa &* 10 &+ UInt64(byte.digit)
                if isFraction { exponent -= 1 }
            } else if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                exponent += Self.exponent(spelling, after: cursor)
                break
            }
            cursor += 1
        }
        guard digits > 0 else { return 0 }
        guard digits <= 19, mantissa <= 1 << 53, abs(exponent) <= 22 else { return nearest(spelling) }
        let power = exactPowers[abs(exponent)]
        let magnitude = exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
        return isNegative ? -magnitude : magnitude
    }

    /// Whether a number spelled by JSON's grammar is less than 0, however little.
    static func isBelowZero(_ spelling: Span<UInt8>) -> Bool {
        guard spelling[0] == UInt8(ascii: "-") else { return false }
        for index in spelling.indices {
            if spelling[index] | 0x20 == UInt8(ascii: "e") { return false }
            if spelling[index].isDigit, spelling[index].digit > 0 { return true }
        }
        return false
    }

    /// The exponent that follows the `e`, held within ±100,000, beyond which no line has the digits to make up for it.
    private static func exponent(_ spelling: Span<UInt8>, after letter: Int) -> Int {
        var cursor = letter + 1
        let sign = spelling[cursor]
        if !sign.isDigit { cursor += 1 }
        var exponent = 0
        while cursor < spelling.count {
            if exponent < 100_000 { exponent = exponent * 10 + Int(spelling[cursor].digit) }
            cursor += 1
        }
        return sign == UInt8(ascii: "-") ? -exponent : exponent
    }

    private static func nearest(_ spelling: Span<UInt8>) -> Double {
        var text: [UInt8] = []
        text.append(spelling)
        let number = Double(String(decoding: text, as: UTF8.self)) ?? .infinity
        return number == 0 ? 0 : number
    }
}
