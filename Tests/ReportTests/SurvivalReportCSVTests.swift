import Report
import Survival
import Testing
import Trial

@Suite("Reports as comma-separated values")
struct SurvivalReportCSVTests {
    @Test("there is a row for each group and month, with the figures of the model")
    func rows() throws {
        let report = try Cohort.small.report()
        let records = try parse(report.csv())
        #expect(records[0] == SurvivalReport.csvColumns)
        #expect(records.count == 1 + 2 * 4)
        let rows = records.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(records[0], $0)) }
        let endpoint = report.endpoints[0]
        let expected = endpoint.groups.flatMap { group in group.months.map { (group, $0) } }
        for (row, (group, month)) in zip(rows, expected) {
            #expect(row["endpoint"] == "clinical-failure")
            #expect(row["group"] == group.name)
            #expect(row["n"] == "4")
            #expect(number(row["median"]) == group.median.time)
            #expect(row["month"] == String(month.month))
            #expect(number(row["survival"]) == month.estimate.survival)
            #expect(number(row["standardError"]) == month.estimate.standardError)
            #expect(number(row["upper"]) == month.estimate.upper)
            #expect(number(row["logRankP"]) == endpoint.logRank?.p)
            #expect(row["reference"] == "monotherapy")
            let term = group.name == "combination" ? endpoint.cox?.terms[0].estimate : nil
            #expect(number(row["hazardRatio"]) == term?.hazardRatio)
            #expect(number(row["hazardRatioUpper"]) == term?.upper)
            #expect(number(row["hazardRatioP"]) == term?.p)
        }
    }

    @Test("names with commas, quotes and line breaks come back whole")
    func quoting() throws {
        let names = ["a,b", "say \"yes\"", "two\r\nlines", "plain", " blank "]
        var cohort = Cohort(protocolName: "p", arms: names, endpoints: ["one, two"])
        for (day, name) in names.enumerated() {
            cohort.append(
                arm: name, disease: nil, drug: .infliximab, followUps: [Cohort.FollowUp(day: day, isEvent: true)])
        }
        let records = try parse(try cohort.report(SurvivalReport.Options(months: [6])).csv())
        #expect(records.dropFirst().map { $0[1] } == names)
        #expect(records.dropFirst().allSatisfy { $0[0] == "one, two" && $0[18] == "a,b" })
    }

    @Test("without months each group has one row with empty columns")
    func noMonths() throws {
        let records = try parse(try Cohort.small.report(SurvivalReport.Options(months: [])).csv())
        #expect(records.count == 3)
        #expect(records[1][8...14] == ["", "", "", "", "", "", ""])
        #expect(records.allSatisfy { $0.count == SurvivalReport.csvColumns.count })
    }

    @Test("without patients there is only the header")
    func empty() throws {
        let cohort = Cohort(protocolName: "p", arms: [], endpoints: ["e"])
        #expect(try cohort.report().csv() == SurvivalReport.csvColumns.joined(separator: ",") + "\r\n")
    }

    private func number(_ field: String?) -> Double? { field.flatMap(Double.init) }

    private struct Malformed: Error {}

    /// Reads the grammar of RFC 4180, and nothing else.
    private func parse(_ text: String) throws -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var rest = Array(text.unicodeScalars)[...]
        while !rest.isEmpty {
            var field = ""
            if rest.first == "\"" {
                rest.removeFirst()
                while let scalar = rest.popFirst() {
                    if scalar != "\"" {
                        field.unicodeScalars.append(scalar)
                    } else if rest.first == "\"" {
                        field.unicodeScalars.append("\"")
                        rest.removeFirst()
                    } else {
                        break
                    }
                }
            } else {
                while let scalar = rest.first, scalar != ",", scalar != "\r" {
                    guard scalar != "\"", scalar != "\n" else { throw Malformed() }
                    field.unicodeScalars.append(scalar)
                    rest.removeFirst()
                }
            }
            record.append(field)
            switch rest.popFirst() {
            case ",": continue
            case "\r":
                guard rest.popFirst() == "\n" else { throw Malformed() }
                records.append(record)
                record = []
            default: throw Malformed()
            }
        }
        guard record.isEmpty else { throw Malformed() }
        return records
    }
}
