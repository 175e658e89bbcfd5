import Foundation
import LoadTest
import Report
import Testing

@Suite("Reports of load tests as JSON and tables")
struct LoadReportTests {
    private func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("JSON begins with the promised members in their order, latencies in milliseconds")
    func promisedMembers() throws {
        let result = try LoadResults.make(seed: 1, failed: 7)
        let text = result.json()
        #expect(text.hasSuffix("}\n") && text.count { $0 == "\n" } == 1)
        func latencies(_ stage: LoadStage) -> String {
            let values = [50, 90, 99, 99.9, 100].map { percent in
                Double(result.latencies(stage).percentile(percent) ?? 0) / 1_000
            }
            return "{\"p50\":\(values[0]),\"p90\":\(values[1]),\"p99\":\(values[2]),\"p999\":\(values[3]),"
                + "\"max\":\(values[4])}"
        }
        let expected =
            "{\"offeredPerSecond\":20000,\"achievedPerSecond\":19999.5,\"seconds\":20,"
            + "\"events\":\(result.tally.acknowledged),\"errors\":7,\"append\":\(latencies(.append)),"
            + "\"visible\":\(latencies(.visible)),\"maxLagEvents\":\(result.tally.maxLag),\"stalledSeconds\":0.25,"
        #expect(text.hasPrefix(expected), "\(text.prefix(400))\n\(expected)")
    }

    @Test("JSON has every second, conditions and messages")
    func furtherMembers() throws {
        let result = try LoadResults.make(seed: 2, messages: [("the \"disk\"\nis full", 3)])
        let conditions = try LoadCondition.parse("p99>1ms,lag>1000000")
        let object = try object(result.json(failIf: conditions))
        let seconds = try #require(object["perSecond"] as? [[String: Any]])
        #expect(seconds.count == 20)
        #expect(seconds.map { $0["lagEvents"] as? Int } == result.perSecond.map(\.lag))
        let p99 = seconds.map { ($0["visible"] as? [String: Any])?["p99"] as? Double }
        #expect(p99 == result.perSecond.map { $0.seen.map { Double($0.p99) / 1_000 } })
        let failIf = try #require(object["failIf"] as? [[String: Any]])
        #expect(failIf.map { $0["condition"] as? String } == ["p99>1ms", "lag>1000000"])
        #expect(failIf.map { $0["holds"] as? Bool } == [true, false])
        let message = try #require((object["messages"] as? [[String: Any]])?.first)
        #expect(message["text"] as? String == "the \"disk\"\nis full" && message["count"] as? Int == 3)
        #expect(object["notVisible"] as? Int == 0 && object["seed"] as? Int == 42)
    }

    @Test("of nothing says null and makes no table of it")
    func nothing() throws {
        let result = try LoadResults.make(seed: 3, seconds: 0, isStopped: true)
        let object = try object(result.json())
        #expect((object["append"] as? [String: Any])?["p99"] is NSNull)
        #expect((object["perSecond"] as? [Any])?.isEmpty == true && object["stopped"] as? Bool == true)
        #expect(result.table().contains("The test was stopped"))
    }

    @Test("a table fits its width and has the percentiles", arguments: [80, 100, 120])
    func table(width: Int) throws {
        let result = try LoadResults.make(
            seed: 4, seconds: 600, rate: 999_999, isStopped: true,
            messages: [("the server closed the connection \u{1B}[31m unexpectedly", 12_345_678)], failed: 12_345)
        let conditions = try LoadCondition.parse("p99>1ms,append.p999>=100s,lag>10000,errors>0,rate<9500")
        for style in [Style(width: width), Style(usesUnicode: false, width: width)] {
            let text = result.table(style, failIf: conditions)
            for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
            #expect(!text.contains("\u{1B}"))
            if !style.usesUnicode { #expect(text.utf8.filter { $0 > 126 }.isEmpty) }
        }
        let text = result.table(Style(width: width), failIf: conditions)
        let rows = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        let visible = try #require(rows.first { $0.first == "visible" })
        let p50 = Double(result.visible.percentile(50) ?? 0) / 1_000
        #expect(abs((Double(visible[1]) ?? 0) - p50) < 0.1)
        #expect(text.contains("Failed: p99>1ms holds.") && text.contains("Passed: append.p999>=100s does not hold."))
        // The seconds are gathered in a dozen rows at most.
        let starts = rows.compactMap { $0.count == 7 ? Double($0[0]) : nil }
        #expect(starts == (0..<12).map { Double($0) * 50 })
    }

    @Test("a search names the highest rate and why others failed", arguments: [1, 2, 7])
    func search(trials: Int) throws {
        let search = try LoadResults.search(trials: trials)
        let object = try object(search.json())
        let found = try #require(object["trials"] as? [[String: Any]])
        #expect(found.count == trials && found.last?["held"] as? Bool == false)
        #expect(object["highestPerSecond"] as? Double == search.highest)
        #expect(found.allSatisfy { $0["visible"] != nil && $0["perSecond"] == nil })
        let text = search.table()
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        #expect(text.hasPrefix(trials == 1 ? "No rate held; 1,000 do not" : "\((trials - 1)),000 events/s hold; "))
        #expect(text.contains("lag grew throughout; p99>250ms"))
        #expect(text.components(separatedBy: "  held\n").count == trials)
    }
}
