import Survival
import Trial

extension SurvivalReport {
    /// The columns of ``csv()``, in order.
    ///
    /// | columns | meaning |
    /// |---|---|
    /// | `endpoint`, `group` | what the row is about |
    /// | `n`, `events`, `censored` | patients of the group, those who met the endpoint, and the others |
    /// | `median`, `medianLower`, `medianUpper` | days to the event |
    /// | `month`, `day`, `atRisk` | the month, its day, and the patients at risk just before it |
    /// | `survival`, `standardError`, `lower`, `upper` | S(t) on the day, Greenwood's standard error, limits |
    /// | `logRankChiSquared`, `logRankDegreesOfFreedom`, `logRankP` | the test of all groups of the endpoint |
    /// | `reference` | the group that hazards are compared with; empty with a single group |
    /// | `coefficient`, `coefficientStandardError`, `z` | the logarithm of the hazard ratio of the group |
    /// | `hazardRatio`, `hazardRatioLower`, `hazardRatioUpper`, `hazardRatioP` | the hazard ratio, limits, Wald's p |
    package static let csvColumns = [
        "endpoint", "group", "n", "events", "censored", "median", "medianLower", "medianUpper",
        "month", "day", "atRisk", "survival", "standardError", "lower", "upper",
        "logRankChiSquared", "logRankDegreesOfFreedom", "logRankP",
        "reference", "coefficient", "coefficientStandardError", "z",
        "hazardRatio", "hazardRatioLower", "hazardRatioUpper", "hazardRatioP",
    ]

    /// The report as comma-separated values (RFC 4180): a header, then a row for each endpoint, group and month.
    ///
    /// Lines end with CR LF. Numbers are spelled as in JSON; a field is empty where nothing is estimable, and in the
    /// hazard columns of the reference. Without months each group has one row, whose month columns are empty.
    package func csv() -> String {
        var table = CSVText()
        table.append(Self.csvColumns.map(CSVText.Field.text))
        for record in csvRecords { table.append(record) }
        return String(decoding: table.bytes, as: UTF8.self)
    }

    /// The records of ``csv()`` below its header.
    var csvRecords: [[CSVText.Field]] {
        var records: [[CSVText.Field]] = []
        for endpoint in endpoints {
            for group in endpoint.groups {
                let head = [CSVText.Field.text(endpoint.name)] + group.csvFields
                let tail = endpoint.csvFields(comparing: group.name)
                let months = group.months.map(\.csvFields)
                for month in months.isEmpty ? [GroupSurvival.AtMonth.noFields] : months {
                    records.append(head + month + tail)
                }
            }
        }
        return records
    }
}

extension EndpointSurvival {
    /// The log-rank test of the endpoint and the hazard of one of its groups.
    fileprivate func csvFields(comparing group: String) -> [CSVText.Field] {
        let term = cox?.terms.first { $0.name.utf8.elementsEqual(group.utf8) }?.estimate
        return [
            .number(logRank?.statistic), .whole(logRank?.degreesOfFreedom), .number(logRank?.p),
            .text(cox?.reference ?? ""), .number(term?.coefficient), .number(term?.standardError), .number(term?.z),
            .number(term?.hazardRatio), .number(term?.lower), .number(term?.upper), .number(term?.p),
        ]
    }
}

extension GroupSurvival {
    fileprivate var csvFields: [CSVText.Field] {
        [
            .text(name), .whole(count), .whole(events), .whole(censored),
            .number(median.time), .number(median.lower), .number(median.upper),
        ]
    }
}

extension GroupSurvival.AtMonth {
    fileprivate static let noFields = [CSVText.Field](repeating: .text(""), count: 7)

    fileprivate var csvFields: [CSVText.Field] {
        [
            .whole(month), .whole(day), .whole(estimate.atRisk),
            .number(estimate.survival), .number(estimate.standardError),
            .number(estimate.lower), .number(estimate.upper),
        ]
    }
}
