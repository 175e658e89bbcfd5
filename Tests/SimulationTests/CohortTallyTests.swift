import Foundation
import NaiveTrial
import Simulation
import Testing
import Trial
import VirtualCohort

/// The counts of a cohort against counts by hand.
@Suite("The tally of a cohort", .timeLimit(.minutes(5)))
struct CohortTallyTests {
    /// Where a patient ended, for one endpoint.
    private struct End: Hashable {
        let arm: Int
        let endpoint: Int
        let isEvent: Bool
        let day: Int
    }

    private static let naiveCases = ["roblin-2020", "pants-hr", "early-antibodies", "no-effect"]

    @Test("is the count of what the naive implementation says of the same event lines", arguments: naiveCases)
    func naive(_ name: String) async throws {
        let scenario = name == "pants-hr" ? Scenario.named(name) : Scenario.named(name).eventful
        let setup = SimulationSetup(scenario, seed: 301, .roblin2020, .patients(10_000))
        let range = 700..<780
        let lines = try FoldedPatients(setup, range).lines.map { String(decoding: $0, as: UTF8.self) }
        let outcomes = try NaiveTrial.outcomeLines(
            eventLines: lines, protocolYAML: NaiveTrial.defaultProtocolYAML)
        var counts: [End: Int] = [:]
        for line in outcomes {
            let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let arm = try #require(scenario.arms.firstIndex { $0.name == object["arm"] as? String })
            let ends = try #require(object["outcomes"] as? [String: [String: Any]])
            for (endpoint, description) in setup.trial.endpoints.enumerated() {
                let end = try #require(ends[description.name])
                let day = try #require(end["day"] as? Int)
                counts[
                    End(arm: arm, endpoint: endpoint, isEvent: end["status"] as? String == "event", day: day),
                    default: 0] += 1
            }
        }
        let tally = try #require(try await setup.run(range).tally)
        #expect(tally.patients == range.count)
        #expect(tally.events == lines.count)
        try expect(tally, counts)
        // The comparison would mean little if everybody ended in the same way.
        #expect(counts.keys.count { $0.isEvent } > 10 && counts.keys.count { !$0.isEvent } > 2, "\(name)")
    }

    @Test(
        "is the count of each patient folded alone, under any strategy and horizon",
        arguments: IntercurrentStrategy.allCases)
    func folded(_ strategy: IntercurrentStrategy) async throws {
        var trial = TrialProtocol.roblin2020
        trial.treatmentStop = strategy
        trial.horizon = 500
        let setup = SimulationSetup(Scenario().eventful, seed: 302, trial, .patients(2_500))
        var counts: [End: Int] = [:]
        for (arm, outcome) in try FoldedPatients(setup, 0..<2_500, spells: false).outcomes {
            for (endpoint, end) in outcome.endpoints.enumerated() {
                counts[End(arm: arm, endpoint: endpoint, isEvent: end.isEvent, day: end.day), default: 0] += 1
            }
        }
        let tally = try #require(try await setup.run().tally)
        #expect(tally.days == 501)
        try expect(tally, counts)
    }

    /// Holds every count of a tally, zeros included, against counts by hand.
    private func expect(_ tally: CohortTally, _ counts: [End: Int]) throws {
        var found: [End: Int] = [:]
        for arm in 0..<tally.arms {
            for endpoint in 0..<tally.endpoints {
                let columns = [
                    (true, tally.failures(arm: arm, endpoint: endpoint)),
                    (false, tally.censored(arm: arm, endpoint: endpoint)),
                ]
                for (isEvent, column) in columns {
                    #expect(column.count == tally.days)
                    for (day, count) in column.enumerated() where count != 0 {
                        found[End(arm: arm, endpoint: endpoint, isEvent: isEvent, day: day)] = count
                    }
                }
            }
        }
        #expect(found == counts)
    }

    @Test("adds up in any order, and an empty one changes nothing")
    func sums() async throws {
        let setup = SimulationSetup(Scenario().eventful, seed: 303, .roblin2020, .patients(600))
        let parts = [
            try #require(try await setup.run(0..<100).tally), try #require(try await setup.run(100..<350).tally),
            try #require(try await setup.run(350..<600).tally),
        ]
        let empty = CohortTally(arms: 2, endpoints: 2, horizon: 730)
        let whole = try #require(try await setup.run().tally)
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            var sum = empty
            for part in order { sum.add(parts[part]) }
            sum.add(empty)
            #expect(sum == whole, "\(order)")
        }
    }

    @Test("survival on a day is the product over the days up to it, those censored on a day being at risk on it")
    func survival() async throws {
        let setup = SimulationSetup(Scenario().eventful, seed: 304, .roblin2020, .patients(400))
        let tally = try #require(try await setup.run().tally)
        for arm in 0..<2 {
            for endpoint in 0..<2 {
                let ends = try FoldedPatients(setup, 0..<400, spells: false).outcomes
                    .filter { $0.arm == arm }.map { $0.outcome.endpoints[endpoint] }
                for day in [0, 90, 365, 730] {
                    var expected = 1.0
                    for moment in Set(ends.filter { $0.isEvent && $0.day <= day }.map(\.day)) {
                        let atRisk = ends.count { $0.day >= moment }
                        expected *= 1 - Double(ends.count { $0.isEvent && $0.day == moment }) / Double(atRisk)
                    }
                    let found = tally.survival(arm: arm, endpoint: endpoint, day: day)
                    #expect(abs(found - expected) < 1e-12, "arm \(arm), endpoint \(endpoint), day \(day)")
                }
            }
        }
    }
}
