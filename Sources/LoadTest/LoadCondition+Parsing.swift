extension LoadCondition {
    private static let figures =
        "p50, p90, p99, p999 or max, alone or after append. or visible., or lag, errors, rate or notVisible"

    /// Reads conditions that are joined by commas, such as `p99>250ms,append.p999>=1s,lag>10000,errors>0,rate<9500`.
    ///
    /// A percentile alone is that of visibility. A percentile of more than two digits has decimals: p999 is 99.9 percent.
    ///
    /// - Throws: ``LoadError`` that says what was expected.
    package static func parse(_ text: String) throws(LoadError) -> [LoadCondition] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= Limits.conditions else {
            throw LoadError("There are \(parts.count) conditions; expected at most \(Limits.conditions).")
        }
        var conditions: [LoadCondition] = []
        for part in parts { conditions.append(try one(String(part.filter { $0 != " " }))) }
        return conditions
    }

    private static func one(_ text: String) throws(LoadError) -> LoadCondition {
        guard !text.isEmpty else {
            throw LoadError("A condition is empty; expected one such as p99>250ms, or several joined by commas.")
        }
        guard let start = text.firstIndex(where: { "<>=".contains($0) }),
            let comparison = Comparison.allCases.first(where: { text[start...].hasPrefix($0.rawValue) })
        else {
            throw LoadError("The condition \"\(text)\" compares nothing; expected one of >, >=, < and <=.")
        }
        let name = String(text[..<start])
        let value = String(text[start...].dropFirst(comparison.rawValue.count))
        guard let figure = figure(name) else {
            throw LoadError(
                "The condition \"\(text)\" is about \"\(name)\"; expected \(figures).")
        }
        let bound =
            if case .latency = figure { try microseconds(value, of: text) } else { try count(value, figure, of: text) }
        return LoadCondition(figure: figure, comparison: comparison, bound: bound, text: text)
    }

    private static func figure(_ name: String) -> Figure? {
        switch name {
        case "lag": return .lag
        case "errors": return .errors
        case "rate": return .rate
        case "notVisible": return .notVisible
        default: break
        }
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if let stage = LoadStage(rawValue: String(parts[0])) {
            return parts.count == 2 ? percent(String(parts[1])).map { .latency(stage, percent: $0) } : nil
        }
        return percent(name).map { .latency(.visible, percent: $0) }
    }

    /// The percentage that is meant by `max`, `p99`, `p999` or `p99.9`.
    private static func percent(_ name: String) -> Double? {
        if name == "max" { return 100 }
        guard name.first == "p" else { return nil }
        var digits = String(name.dropFirst())
        let isPlain = digits.allSatisfy { $0.isASCII && $0.isWholeNumber }
        if isPlain, digits.count > 2, digits != "100" {
            digits.insert(".", at: digits.index(digits.startIndex, offsetBy: 2))
        }
        guard let percent = decimal(digits), (0...100).contains(percent) else { return nil }
        return percent
    }

    private static let units: [(name: String, microseconds: Double)] = [
        ("us", 1), ("µs", 1), ("μs", 1), ("ms", 1_000), ("s", 1_000_000),
    ]

    private static func microseconds(_ value: String, of text: String) throws(LoadError) -> Double {
        for unit in units where value.hasSuffix(unit.name) {
            if let number = decimal(String(value.dropLast(unit.name.count))) { return number * unit.microseconds }
        }
        throw LoadError(
            "The condition \"\(text)\" compares a latency with \"\(value)\"; expected a time with its unit, us, ms or s, "
                + "such as 250ms.")
    }

    private static func count(_ value: String, _ figure: Figure, of text: String) throws(LoadError) -> Double {
        guard let number = decimal(value), figure == .rate || number == number.rounded() else {
            let expected = figure == .rate ? "events a second, such as 9500" : "a whole number, such as 10000"
            throw LoadError("The condition \"\(text)\" compares with \"\(value)\"; expected \(expected).")
        }
        return number
    }

    /// A number of digits with at most one point between them.
    private static func decimal(_ text: String) -> Double? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), text.count <= 18,
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isWholeNumber } })
        else { return nil }
        return Double(text)
    }
}
