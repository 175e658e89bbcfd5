/// Decimal numbers at equal steps, `FROM:TO:STEP`, the last of which is `TO` where a step hits it.
///
/// Steps are counted in whole units of the smallest decimal place, so that 0.1 to 0.5 by 0.1 has five values, each the
/// double nearest to its decimal.
package struct DecimalSteps: Sendable, Equatable {
    /// The most digits of one number, before and after the point: so many are exact in a double.
    package static let greatestDigits = 15

    private let first: Int64
    private let step: Int64
    /// How many digits stand behind the point.
    private let places: Int
    /// How many values there are, at least one.
    package let count: Int

    /// Reads a range.
    package init(_ text: String) throws(SweepRefusal) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else {
            throw SweepRefusal(description: "\"\(text)\" is no range; expected FROM:TO:STEP, such as 150:400:50.")
        }
        var numbers: [Decimal] = []
        for part in parts {
            guard let number = Decimal(part) else {
                throw SweepRefusal(
                    description:
                        "\"\(part)\" in \"\(text)\" is no number; expected digits with or without a point, at most "
                        + "\(Self.greatestDigits), such as 0.25.")
            }
            numbers.append(number)
        }
        places = numbers.map(\.places).max() ?? 0
        var units: [Int64] = []
        for number in numbers {
            guard let scaled = number.units(places: places) else {
                throw SweepRefusal(
                    description: "The numbers of \"\(text)\" differ too much in size to be stepped through exactly.")
            }
            units.append(scaled)
        }
        guard units[2] > 0 else {
            throw SweepRefusal(description: "The step of \"\(text)\" is \(parts[2]); expected more than 0.")
        }
        guard units[0] <= units[1] else {
            throw SweepRefusal(description: "\"\(text)\" goes down; expected FROM:TO:STEP with FROM at most TO.")
        }
        let steps = (units[1] - units[0]) / units[2]
        (first, step, count) = (units[0], units[2], Int(steps) + 1)
    }

    /// The values as decimals, without zeros at the end of a fraction.
    package var texts: [String] { (0..<count).map { Self.spelling(first + Int64($0) * step, places: places) } }

    /// The values as the doubles nearest to their decimals.
    package var values: [Double] { texts.compactMap(Double.init) }

    private static func spelling(_ units: Int64, places: Int) -> String {
        var digits = String(units.magnitude)
        while digits.count <= places { digits = "0" + digits }
        var fraction = digits.suffix(places)
        let whole = digits.dropLast(places)
        while fraction.last == "0" { fraction.removeLast() }
        return (units < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }
}

/// A decimal number as it was spelled.
private struct Decimal {
    /// All digits as one whole number.
    private var digits: Int64
    /// How many of them stand behind the point.
    private(set) var places: Int

    /// The number of a spelling with an optional sign, digits and an optional fraction; `nil` for any other.
    init?(_ text: String) {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let parts = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let all = parts.joined()
        guard parts.count <= 2, (1...DecimalSteps.greatestDigits).contains(all.count),
            all.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        digits = all.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) } * (isNegative ? -1 : 1)
        places = parts.count == 2 ? parts[1].count : 0
    }

    /// The number in units of the last of so many decimal places; `nil` where that has more digits than are exact.
    func units(places wanted: Int) -> Int64? {
        var units = digits
        for _ in places..<wanted {
            let (scaled, overflows) = units.multipliedReportingOverflow(by: 10)
            if overflows || scaled.magnitude >= 1_000_000_000_000_000 { return nil }
            units = scaled
        }
        return units
    }
}
