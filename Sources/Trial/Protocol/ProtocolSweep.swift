internal import StrictYAML

/// Why numbers of a protocol cannot be varied as asked, as a sentence that says what was found and what was expected.
package struct SweepRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sentence.
    package let description: String
}

/// Protocols made from one by setting numbers of it, for a sensitivity analysis.
package struct ProtocolSweep: Sendable {
    /// One of the protocols.
    package struct Point: Sendable {
        /// The value of each number, as a decimal.
        package let texts: [String]
        /// The value of each number.
        package let values: [Double]
        /// The protocol with these values.
        package let trial: TrialProtocol
        /// Whether the protocol is the one that was begun with.
        package let isUnchanged: Bool
    }

    /// The protocol that the others are made from.
    package let trial: TrialProtocol
    /// The numbers that are varied.
    package let numbers: [ProtocolNumber]
    /// The protocols: the whole grid where several numbers are varied, the last of them fastest.
    package let points: [Point]

    /// Makes protocols.
    ///
    /// - Parameters:
    ///   - trial: the protocol to begin with.
    ///   - assignments: `PATH=FROM:TO:STEP`, one for each number; at least one.
    ///   - limit: how many protocols there may be.
    /// - Throws: Where there is no such number, no such range, or a protocol would be refused.
    package init(_ trial: TrialProtocol, _ assignments: [String], atMost limit: Int) throws(SweepRefusal) {
        self.trial = trial
        var numbers: [ProtocolNumber] = []
        var ranges: [DecimalSteps] = []
        for assignment in assignments {
            guard let sign = assignment.utf8.lastIndex(of: UInt8(ascii: "=")) else {
                throw SweepRefusal(
                    description: "\(assignment.quoted) is no sweep; expected PATH=FROM:TO:STEP, such as "
                        + "clinical-failure.crohn-activity.calprotectin=150:400:50.")
            }
            let number = try ProtocolNumber(String(assignment[..<sign]), in: trial)
            if let other = numbers.first(where: number.isSamePlace) {
                throw SweepRefusal(
                    description:
                        "\(other.path.quoted) and \(number.path.quoted) are the same number; expected each once.")
            }
            numbers.append(number)
            ranges.append(try DecimalSteps(String(assignment[assignment.index(after: sign)...])))
        }
        self.numbers = numbers
        try Self.check(ranges, limit)
        points = try Self.grid(trial, numbers, ranges)
    }

    /// The only endpoint whose numbers are varied, `nil` where several may change.
    package var onlyEndpoint: String? {
        let names = numbers.map { $0.endpoint(in: trial)?.name }
        guard let first = names.first, names.allSatisfy({ $0 == first }) else { return nil }
        return first
    }

    private static func check(_ ranges: [DecimalSteps], _ limit: Int) throws(SweepRefusal) {
        var count = 1
        for range in ranges {
            let (product, overflows) = count.multipliedReportingOverflow(by: range.count)
            guard !overflows, product <= limit else {
                let counts = ranges.map { String($0.count) }.joined(separator: " times ")
                throw SweepRefusal(
                    description:
                        "The sweep has \(counts) values; expected at most \(limit)\(ranges.count > 1 ? " in all" : "")."
                )
            }
            count = product
        }
    }

    private static func grid(
        _ trial: TrialProtocol, _ numbers: [ProtocolNumber], _ ranges: [DecimalSteps]
    ) throws(SweepRefusal) -> [Point] {
        var rows: [(texts: [String], values: [Double])] = [([], [])]
        for range in ranges {
            let steps = Array(zip(range.texts, range.values))
            rows = rows.flatMap { row in steps.map { (row.texts + [$0.0], row.values + [$0.1]) } }
        }
        var points: [Point] = []
        for row in rows {
            var changed = trial
            // The order must not matter: what contradicts is looked for when all numbers are set.
            for (number, value) in zip(numbers, row.values) { changed = try number.setting(value, in: changed) }
            if let contradiction = changed.contradiction {
                let values = zip(numbers, row.texts).map { "\($0.path)=\($1)" }.joined(separator: " ")
                throw SweepRefusal(description: "\(values): \(contradiction)")
            }
            points.append(
                Point(texts: row.texts, values: row.values, trial: changed, isUnchanged: changed == trial))
        }
        return points
    }
}

extension TrialProtocol {
    /// What a file that states this protocol would be refused for, although each number is possible, as a sentence.
    fileprivate var contradiction: String? {
        for endpoint in endpoints {
            for criterion in endpoint.criteria where criterion.from > horizon {
                return "the window of \("\(endpoint.name).\(criterion.name)".quoted) is empty, since "
                    + "\("from".quoted) is day \(criterion.from) and the horizon is day \(horizon)."
            }
        }
        return nil
    }
}
