import Foundation
import Projection
import Report
import Testing
import Trial

/// The comparison of two protocols against a naive comparison of two files of outcome lines.
@Suite("Comparisons of two protocols")
struct OutcomeComparisonTests {
    /// One outcome, and whose it is.
    private struct Found: Hashable {
        var endpoint: String
        var subject: Data
        var a: Data
        var b: Data
        var isEvent: [Bool]
        var arm: Data
    }

    /// The outcomes of each line: its subject, arm, and each endpoint as JSON with sorted keys.
    private static func outcomes(
        _ line: String
    ) throws -> (subject: Data, arm: Data, outcomes: [String: [String: Any]]) {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let (subject, arm) = (try #require(object["subject"] as? String), try #require(object["arm"] as? String))
        let outcomes = try #require(object["outcomes"] as? [String: [String: Any]])
        return (Data(subject.utf8), Data(arm.utf8), outcomes)
    }

    private static func sorted(_ object: [String: Any]) throws -> Data {
        try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
    }

    @Test("Adversarial trials differ in the patients and endpoints in which two outcome files differ", arguments: 0..<4)
    func agrees(part: Int) async throws {
        var seen = 0
        for turn in UInt64(0)..<250 {
            let seed = 40_000 + UInt64(part) * 1_000 + turn
            let trial = try GeneratedOutcomes(seed: seed, other: seed + 500_000)
            let common = trial.results[0].trial.endpoints.map(\.name).filter { name in
                trial.results[1].trial.endpoints.contains { $0.name == name }
            }
            if common.isEmpty {
                await #expect(throws: ReportError.self, "seed \(seed)") {
                    try await OutcomeComparison(
                        trial.results[0], trial.results[1], files: ("a", "b"), options: SurvivalReport.Options())
                }
                continue
            }
            try #require(trial.naiveLines[0].count == trial.naiveLines[1].count, "seed \(seed)")
            var expected: Set<Found> = []
            for (lineA, lineB) in zip(trial.naiveLines[0], trial.naiveLines[1]) {
                let (a, b) = (try Self.outcomes(lineA), try Self.outcomes(lineB))
                try #require(a.subject == b.subject, "seed \(seed)")
                for endpoint in common {
                    let (one, other) = (try #require(a.outcomes[endpoint]), try #require(b.outcomes[endpoint]))
                    let found = Found(
                        endpoint: endpoint, subject: a.subject, a: try Self.sorted(one), b: try Self.sorted(other),
                        isEvent: [one, other].map { $0["status"] as? String == "event" }, arm: a.arm)
                    if found.a != found.b { expected.insert(found) }
                }
            }
            let comparison = try await OutcomeComparison(
                trial.results[0], trial.results[1], files: ("a", "b"), options: SurvivalReport.Options())
            try #require(comparison.endpoints.map(\.name) == common, "seed \(seed)")
            try Self.check(comparison, expected, seed)
            seen += expected.count
        }
        #expect(seen > 100, "outcomes differ in some trials")
    }

    @Test("How many patients differ is said of all patients, in the number that each of both has")
    func counts() async throws {
        var seen: Set<[Bool]> = []
        for seed in UInt64(44_000)..<44_400 {
            let trial = try GeneratedOutcomes(seed: seed, other: seed + 500_000)
            guard
                let comparison = try? await OutcomeComparison(
                    trial.results[0], trial.results[1], files: ("a", "b"), options: SurvivalReport.Options())
            else { continue }
            let table = comparison.table()
            for endpoint in comparison.endpoints where !endpoint.groups.isEmpty {
                let (count, all) = (endpoint.differences.count, comparison.randomised)
                let words = "\(count) of \(all) patient\(all == 1 ? "" : "s") differ\(count == 1 ? "s" : "")\n"
                #expect(table.contains("  " + words), "seed \(seed): \(words)\(table)")
                seen.insert([count == 1, all == 1])
            }
        }
        #expect(seen.isSuperset(of: [[true, false], [true, true], [false, false]]), "\(seen)")
    }

    private static func check(_ comparison: OutcomeComparison, _ expected: Set<Found>, _ seed: UInt64) throws {
        var found: Set<Found> = []
        for endpoint in comparison.endpoints {
            for difference in endpoint.differences {
                let (a, b) = (
                    try JSONSerialization.jsonObject(with: Data(difference.a.json)) as? [String: Any],
                    try JSONSerialization.jsonObject(with: Data(difference.b.json)) as? [String: Any]
                )
                found.insert(
                    Found(
                        endpoint: endpoint.name, subject: Data(difference.subject.utf8), a: try sorted(#require(a)),
                        b: try sorted(#require(b)), isEvent: [difference.a.isEvent, difference.b.isEvent],
                        arm: Data(difference.arm.utf8)))
            }
            for group in endpoint.groups {
                let own = expected.filter { $0.endpoint == endpoint.name && $0.arm == Data(group.name.utf8) }
                try #require(group.gained == own.count { $0.isEvent == [false, true] }, "seed \(seed)")
                try #require(group.lost == own.count { $0.isEvent == [true, false] }, "seed \(seed)")
                try #require(group.gained + group.lost + group.changed == own.count, "seed \(seed)")
                try #require(group.b.events - group.a.events == group.gained - group.lost, "seed \(seed)")
                try #require(group.a.count == group.b.count, "seed \(seed)")
            }
        }
        try #require(found == expected, "seed \(seed)")
    }
}
