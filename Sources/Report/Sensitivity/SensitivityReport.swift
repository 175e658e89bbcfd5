package import Trial

/// A sensitivity analysis: the survival of one cohort under protocols that differ in some numbers.
package struct SensitivityReport: Sendable {
    /// A number that is varied.
    package struct Number: Sendable, Equatable {
        /// The path to it.
        package let path: String
        /// The path without endpoint and criterion.
        package let label: String
        /// What it is in the protocol that was begun with.
        package let ownValue: Double
    }

    /// The survival under one of the protocols.
    package struct Row: Sendable {
        /// The value of each number, as a decimal.
        package let texts: [String]
        /// The value of each number.
        package let values: [Double]
        /// Whether these are the values of the protocol that was begun with.
        package let isOwn: Bool
        /// The report under the protocol with these values.
        package let report: SurvivalReport
    }

    /// The numbers that are varied.
    package let numbers: [Number]
    /// One row for each protocol, in the order of the sweep.
    package let rows: [Row]

    /// A sensitivity analysis from its sweep and the reports under its protocols, in the same order.
    package init(_ sweep: ProtocolSweep, _ reports: [SurvivalReport]) {
        precondition(!reports.isEmpty && reports.count == sweep.points.count, "Each protocol has its report.")
        let labels = sweep.numbers.map(\.label)
        numbers = sweep.numbers.map { number in
            // Two windows of two criteria are both called by their whole paths.
            Number(
                path: number.path, label: labels.filter { $0 == number.label }.count > 1 ? number.path : number.label,
                ownValue: number.value(in: sweep.trial))
        }
        rows = zip(sweep.points, reports).map {
            Row(texts: $0.texts, values: $0.values, isOwn: $0.isUnchanged, report: $1)
        }
    }

    /// What could not be estimated and why, a sentence each, which names the values where it is not true of all.
    package var warnings: [String] {
        var sentences: [String] = []
        var concerned: [String: [String]] = [:]
        for row in rows {
            let values = zip(numbers, row.texts).map { "\($0.label)=\($1)" }.joined(separator: " ")
            for sentence in row.report.warnings {
                if concerned[sentence] == nil { sentences.append(sentence) }
                concerned[sentence, default: []].append(values)
            }
        }
        return sentences.map { sentence in
            let values = concerned[sentence] ?? []
            if values.count == rows.count { return sentence }
            let more = values.count - Limits.namedValues
            return values.prefix(Limits.namedValues).joined(separator: ", ")
                + (more > 0 ? " and \(more) more" : "") + ": " + sentence
        }
    }
}
