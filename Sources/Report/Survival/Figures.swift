/// A number as decimal digits, to be rounded for people.
///
/// Rounding goes by the digits of the shortest spelling of the double, halves away from zero: what one would do by hand
/// with the printed number.
struct Figure {
    private let isNegative: Bool
    /// The digits without leading zeros; empty for zero.
    private var digits: [UInt8] = []
    /// Where the decimal point is: the number is 0.digits × 10^point.
    private var point = 0

    /// Takes a finite number apart.
    init(_ value: Double) {
        precondition(value.isFinite, "A figure is finite.")
        isNegative = value < 0
        let parts = value.magnitude.description.split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        var isFraction = false
        for byte in parts[0].utf8 {
            if byte == UInt8(ascii: ".") {
                isFraction = true
                continue
            }
            let digit = byte - UInt8(ascii: "0")
            if digits.isEmpty && digit == 0 {
                if isFraction { point -= 1 }
            } else {
                digits.append(digit)
                if !isFraction { point += 1 }
            }
        }
        point = digits.isEmpty ? 0 : point + exponent
        while digits.last == 0 { digits.removeLast() }
    }

    /// The number with so many decimals.
    func fixed(_ decimals: Int) -> String {
        let rounded = rounded(keeping: point + decimals)
        var text = ""
        if rounded.point <= 0 { text = "0" }
        for place in 0..<max(0, rounded.point) { text.append(rounded.digit(place)) }
        if decimals > 0 {
            text.append(".")
            for place in rounded.point..<rounded.point + decimals { text.append(rounded.digit(place)) }
        }
        return isNegative && !rounded.digits.isEmpty ? "-" + text : text
    }

    /// The number with at most so many significant digits, as R's `format` spells it: in scientific notation only where
    /// that is shorter.
    func significant(_ count: Int) -> String {
        let rounded = rounded(keeping: count)
        guard !rounded.digits.isEmpty else { return "0" }
        let plain = rounded.fixed(max(0, rounded.digits.count - rounded.point))
        var mantissa = String(rounded.digit(0))
        if rounded.digits.count > 1 {
            mantissa += "."
            for place in 1..<rounded.digits.count { mantissa.append(rounded.digit(place)) }
        }
        let exponent = rounded.point - 1
        let power = String(exponent.magnitude)
        let scientific =
            (isNegative ? "-" : "") + mantissa + (exponent < 0 ? "e-" : "e+") + (power.count < 2 ? "0" : "") + power
        return plain.count <= scientific.count ? plain : scientific
    }

    /// The digit at a place, 0 beyond the digits on either side.
    private func digit(_ place: Int) -> Character {
        Character(Unicode.Scalar(UInt8(ascii: "0") + (digits.indices.contains(place) ? digits[place] : 0)))
    }

    private func rounded(keeping count: Int) -> Figure {
        guard count < digits.count else { return self }
        var result = self
        guard count >= 0 else {
            result.digits = []
            result.point = 0
            return result
        }
        result.digits = Array(digits[..<count])
        if digits[count] >= 5 {
            while result.digits.last == 9 { result.digits.removeLast() }
            if let last = result.digits.popLast() {
                result.digits.append(last + 1)
            } else {
                result.digits = [1]
                result.point += 1
            }
        }
        while result.digits.last == 0 { result.digits.removeLast() }
        if result.digits.isEmpty { result.point = 0 }
        return result
    }
}

extension Style {
    /// A p value as R's `format.pval` with two digits spells it.
    func pValue(_ p: Double) -> String {
        guard p.isFinite else { return "p = \(absent)" }
        return p < .ulpOfOne ? "p < 2e-16" : "p = \(Figure(p).significant(2))"
    }

    /// A ratio: two decimals where they say enough, two significant digits where it is tiny or huge.
    func ratio(_ value: Double) -> String {
        guard value.isFinite else { return absent }
        switch value {
        case 0.0095..<1_000: return Figure(value).fixed(2)
        case 1_000..<1_000_000: return Figure(value).fixed(0)
        default: return Figure(value).significant(2)
        }
    }

    /// A part of one in percent, without the sign.
    func percent(_ value: Double?) -> String {
        guard let value, value.isFinite else { return absent }
        return Figure(value * 100).fixed(1)
    }

    /// A number of days: whole unless the middle between two days.
    func days(_ value: Double) -> String {
        Figure(value).fixed(value == value.rounded() ? 0 : 1)
    }

    /// A count with commas between thousands.
    func count(_ value: Int) -> String {
        var text = ""
        for (place, digit) in String(value).reversed().enumerated() {
            if place > 0 && place % 3 == 0 && digit != "-" { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// The limits of an interval, `nil` where neither is known.
    func interval(_ lower: Double?, _ upper: Double?, _ spell: (Double) -> String) -> String? {
        switch (lower, upper) {
        case (let lower?, let upper?): spell(lower) + rangeDash + spell(upper)
        case (let lower?, nil): atLeast + spell(lower)
        case (nil, let upper?): atMost + spell(upper)
        case (nil, nil): nil
        }
    }
}
