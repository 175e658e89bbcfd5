import Foundation
import Report
import Simulation
import Testing
import VirtualCohort

@Suite("Operating characteristics for programs")
struct OperatingCharacteristicsDataTests {
    private func object(_ text: some StringProtocol) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("the JSON has the figures of the model under the documented keys")
    func json() throws {
        let text = TrialSets.characteristics.json()
        #expect(text.lines.count == 1)
        let all = try object(text)
        #expect(Set(all.keys) == ["scenario", "seed", "trials", "patients", "events", "endpoints"])
        #expect(
            text.hasPrefix(
                #"{"scenario":"roblin-2020","seed":42,"trials":{"first":1,"last":5,"of":5},"patients":450,"#))
        #expect(all["events"] as? Int == 43_210)
        let endpoints = try #require(all["endpoints"] as? [[String: Any]])
        #expect(endpoints.map { $0["name"] as? String } == ["clinical-failure", "pharmacokinetic-failure"])
        for (endpoint, model) in zip(endpoints, TrialSets.characteristics.endpoints) {
            #expect(Set(endpoint.keys) == ["name", "arms", "logRankP", "tested", "power", "published"])
            #expect(endpoint["tested"] as? Double == model.logRankP.share)
            #expect(endpoint["power"] as? Double == model.power)
            let arms = try #require(endpoint["arms"] as? [[String: Any]])
            for (arm, armModel) in zip(arms, model.arms) {
                #expect(Set(arm.keys) == ["name", "survival", "survivalEstimable", "medianDays", "medianReached"])
                #expect(arm["survivalEstimable"] as? Double == armModel.survival.share)
                #expect(arm["name"] as? String == armModel.name)
                #expect(arm["medianReached"] as? Double == armModel.medianDays.finiteShare)
                try expect(arm["survival"], armModel.survival)
                try expect(arm["medianDays"], armModel.medianDays)
            }
            try expect(endpoint["logRankP"], model.logRankP)
            let published = try #require(endpoint["published"] as? [String: Any])
            #expect(published["survival"] as? [Double] == [0.22, model.name == "clinical-failure" ? 0.77 : 0.78])
            #expect(published["shareAtLeastAsExtreme"] as? Double == model.published?.shareAtLeast)
        }
    }

    private func expect(_ value: Any?, _ distribution: Distribution) throws {
        let value = try #require(value as? [String: Any])
        #expect(Set(value.keys) == ["mean", "standardDeviation", "quantiles"])
        // What is not reached is null.
        let quantiles = try #require(value["quantiles"] as? [Any]).map { $0 as? Double ?? .infinity }
        #expect(quantiles.count == distribution.quantiles.count)
        for (one, other) in zip(quantiles, distribution.quantiles) { #expect(same(one, other)) }
        #expect(same(value["mean"] as? Double ?? .infinity, distribution.mean))
        #expect(same(value["standardDeviation"] as? Double ?? .nan, distribution.standardDeviation))
    }

    /// Whether two numbers are the same but for the last digit, in which a parser may differ.
    private func same(_ one: Double, _ other: Double) -> Bool {
        one == other || one.isNaN && other.isNaN || isClose(one, other, within: 1e-14)
    }

    @Test("what was not published is null, and the largest seed is spelled whole")
    func unpublished() throws {
        let text = TrialSets.wide.json()
        #expect(text.contains(#""seed":18446744073709551615,"#))
        #expect(text.contains(#""published":null"#))
        #expect(text.contains(#""trials":{"first":999998,"last":1000000,"of":1000000}"#))
        let all = try object(text)
        let arms = (all["endpoints"] as? [[String: Any]])?.first?["arms"] as? [[String: Any]]
        #expect(arms?.map { $0["name"] as? String } == TrialSets.wide.endpoints[0].arms.map(\.name))
    }

    @Test("the CSV has a row for each quantity, with empty fields where nothing is reached")
    func csv() throws {
        let text = TrialSets.characteristics.csv()
        let rows = text.components(separatedBy: "\r\n").dropLast().map { $0.components(separatedBy: ",") }
        #expect(rows[0] == OperatingCharacteristics.csvColumns)
        #expect(rows.allSatisfy { $0.count == 12 })
        #expect(rows.count == 1 + 2 * 7)
        #expect(
            rows[1...7].map { Array($0[..<4]) } == [
                ["clinical-failure", "monotherapy", "survival", "5"],
                ["clinical-failure", "monotherapy", "medianDays", "5"],
                ["clinical-failure", "combination", "survival", "5"],
                ["clinical-failure", "combination", "medianDays", "5"],
                ["clinical-failure", "", "logRankP", "5"], ["clinical-failure", "", "power", "5"],
                ["clinical-failure", "", "atLeastAsExtreme", "5"],
            ])
        let clinical = TrialSets.characteristics.endpoints[0]
        let columns = [clinical.arms[0].survival, clinical.arms[0].medianDays, clinical.arms[1].survival]
        for (row, distribution) in zip(rows[1...3], columns) {
            let numbers =
                [distribution.finiteShare, distribution.mean, distribution.standardDeviation]
                + distribution.quantiles
            #expect(row[4...].map { Double($0) } == numbers)
        }
        // Two of five medians are reached: neither the mean nor the upper quantiles are.
        #expect(rows[4][4] == "0.4")
        #expect(rows[4][5...6] == ["", ""])
        #expect(rows[4][9...] == ["", "", ""])
        #expect(rows[6][4...] == ["", "0.8", "", "", "", "", "", ""])
        #expect(rows[7][4...] == ["", "0.6", "", "", "", "", "", ""])
    }

    @Test("NDJSON has each trial on a line, numbered within the whole simulation")
    func ndjson() throws {
        let lines = OperatingCharacteristics.ndjson(TrialSets.trials, of: TrialSets.header, 10..<15).lines
        #expect(lines.count == 5)
        for (number, line) in lines.enumerated() {
            let trial = try object(line)
            #expect(trial["trial"] as? Int == 11 + number)
            let endpoints = try #require(trial["endpoints"] as? [[String: Any]])
            #expect(endpoints.count == 2)
            for (endpoint, model) in zip(endpoints, TrialSets.trials[number].endpoints) {
                #expect(Set(endpoint.keys) == ["name", "arms", "logRankP"])
                #expect(same(endpoint["logRankP"] as? Double ?? .nan, model.logRankP ?? .nan))
                let arms = try #require(endpoint["arms"] as? [[String: Any]])
                #expect(arms.map { $0["name"] as? String } == ["monotherapy", "combination"])
                #expect(arms.map { $0["survival"] as? Double } == model.survival)
                #expect(arms.map { $0["medianDays"] as? Double ?? .infinity } == model.medianDays)
                #expect(arms.allSatisfy { $0.keys.contains("medianDays") })
            }
        }
    }
}
