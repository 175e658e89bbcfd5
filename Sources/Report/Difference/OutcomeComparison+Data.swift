import Projection
import Survival
import Trial

extension OutcomeComparison {
    /// The comparison as one JSON object on one line, ended by a line feed.
    ///
    /// A group's survival under each protocol is written as ``SurvivalReport/json()`` writes it; differences are b less a.
    package func json() -> String {
        var writer = JSONWriter()
        writer.object { writer in
            for (key, side) in [("a", a), ("b", b)] {
                writer.key(key)
                writer.object { writer in
                    writer.member("file", side.file)
                    writer.member("protocol", side.name)
                }
            }
            writer.member("events", events)
            writer.member("patients", patients)
            writer.member("randomised", randomised)
            writer.key("endpoints")
            writer.array(endpoints) { writer, endpoint in
                writer.object { writer in
                    writer.member("name", endpoint.name)
                    writer.key("groups")
                    writer.array(endpoint.groups) { $1.write(to: &$0) }
                    writer.key("differences")
                    writer.array(endpoint.differences) { $1.write(endpoint: nil, to: &$0) }
                }
            }
        }
        writer.endLine()
        return writer.text
    }

    /// The patients whose outcome differs as JSON objects, one on a line, the endpoint in each.
    package func ndjson() -> String {
        var writer = JSONWriter()
        for endpoint in endpoints {
            for difference in endpoint.differences {
                difference.write(endpoint: endpoint.name, to: &writer)
                writer.endLine()
            }
        }
        return writer.text
    }

    /// The columns of ``csv()``, in order; the evidence is spelled as in outcome lines.
    package static let csvColumns = [
        "endpoint", "subject", "arm", "disease", "drug", "statusA", "dayA", "causeA", "evidenceA", "statusB", "dayB",
        "causeB", "evidenceB",
    ]

    /// The patients whose outcome differs as comma-separated values (RFC 4180).
    package func csv() -> String {
        var table = CSVText()
        table.append(Self.csvColumns.map(CSVText.Field.text))
        for endpoint in endpoints {
            for difference in endpoint.differences {
                table.append(
                    [
                        .text(endpoint.name), .text(difference.subject), .text(difference.arm),
                        .text(difference.disease?.name ?? ""), .text(difference.drug.name),
                    ] + difference.a.csvFields + difference.b.csvFields)
            }
        }
        return String(decoding: table.bytes, as: UTF8.self)
    }
}

extension OutcomeComparison.Difference {
    fileprivate func write(endpoint: String?, to writer: inout JSONWriter) {
        writer.object { writer in
            if let endpoint { writer.member("endpoint", endpoint) }
            writer.member("subject", subject)
            writer.member("arm", arm)
            writer.member("disease", optional: disease?.name)
            writer.member("drug", drug.name)
            writer.member("a", json: String(decoding: a.json, as: UTF8.self))
            writer.member("b", json: String(decoding: b.json, as: UTF8.self))
        }
    }
}

extension OutcomeComparison.Group {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.member("n", count)
            writer.member("gained", gained)
            writer.member("lost", lost)
            writer.member("changed", changed)
            writer.key("a")
            a.write(to: &writer)
            writer.key("b")
            b.write(to: &writer)
            writer.key("difference")
            writer.object { writer in
                writer.member("events", b.events - a.events)
                writer.member("median", medianDifference)
                writer.key("at")
                writer.array(Array(a.months.indices)) { writer, month in
                    writer.object { writer in
                        writer.member("month", a.months[month].month)
                        writer.member("day", a.months[month].day)
                        writer.member("survival", survivalDifference(month))
                    }
                }
            }
        }
    }

    /// The median under b less that under a, in days; `nil` where one of them is not reached.
    var medianDifference: Double? {
        guard let a = a.median.time, let b = b.median.time else { return nil }
        return b - a
    }

    /// The survival at a month asked for, by its place, under b less that under a; `nil` where one cannot be estimated.
    func survivalDifference(_ month: Int) -> Double? {
        guard let a = a.months[month].estimate.survival, let b = b.months[month].estimate.survival else { return nil }
        return b - a
    }
}

extension SpelledOutcome {
    fileprivate var csvFields: [CSVText.Field] {
        [
            .text(status), .whole(day), .text(String(decoding: cause, as: UTF8.self)),
            .text(String(decoding: evidenceJSON, as: UTF8.self)),
        ]
    }

    /// How the outcome ended, as outcome lines spell it.
    var status: String { isEvent ? "event" : "censored" }
}
