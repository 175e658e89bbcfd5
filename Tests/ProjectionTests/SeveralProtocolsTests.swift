import EventLog
import Foundation
import NaiveTrial
import Postgres
import Projection
import TestData
import TestLog
import Testing
import Trial

/// One read under several protocols against replays of their own, and against the naive fold.
@Suite("Several protocols in one read", .timeLimit(.minutes(12)))
struct SeveralProtocolsTests {
    /// The protocols of this and of some other generated trials, the built-in one, one that asks the same under other names,
    /// and one that asks something else of patients with Crohn's disease alone.
    private static func protocols(_ seed: UInt64) throws -> [(yaml: String, rules: TrialProtocol)] {
        var texts = (0..<4).map { CaseGenerator(seed: seed + $0 * 1_000).trial().protocolYAML }
        let renamed = TrialProtocol.defaultYAML.replacing("name: crohn-activity", with: "name: crohn")
        let stricter = TrialProtocol.defaultYAML.replacing("above: 250", with: "above: 400")
        for (number, text) in [TrialProtocol.defaultYAML, renamed, stricter].enumerated() {
            #expect(number == 0 || text != TrialProtocol.defaultYAML)
            texts.insert(text, at: Int(seed % 5) + number)
        }
        // The same protocol twice must not disturb either.
        texts.append(texts[0])
        return try texts.map { ($0, try ProtocolFile.parse($0, fileName: "seed \(seed)")) }
    }

    @Test("Adversarial trials give under each of eight protocols, byte for byte, what a replay of its own gives")
    func asAlone() async throws {
        try await TestLog.withLog { log in
            for seed: UInt64 in 7_000..<7_040 {
                let trial = CaseGenerator(seed: seed).trial()
                let until = trial.until.flatMap { Instant.parse(Array($0.utf8).span) }
                let protocols = try Self.protocols(seed)
                let study = try await log.study("seed-\(seed)", slices: 1 + Int(seed % 5))
                if !trial.eventLines.isEmpty { _ = try await log.append(trial.eventLines, to: study) }
                let reader = try await log.connection.perform { session throws(LogError) in
                    try LogReader(study, session)
                }
                let compiled = protocols.map { CompiledProtocol($0.rules) }
                let together = try await SaidResult.all(
                    try await Replay(
                        at: log.configuration, compiled, until: until, shards: 1 + Int(seed % 3)
                    ).run(reader))
                try #require(together.count == protocols.count, "seed \(seed)")
                for (number, said) in together.enumerated() {
                    let alone = try await SaidResult.all(
                        try await Replay(at: log.configuration, [compiled[number]], until: until, shards: 1)
                            .run(reader))
                    try #require([said] == alone, "seed \(seed), protocol \(number)")
                    let naive = try NaiveTrial.outcomeLines(
                        eventLines: trial.eventLines, protocolYAML: protocols[number].yaml, until: trial.until)
                    try #require(
                        said.lines.map(Self.withoutFindings) == naive, "seed \(seed), protocol \(number)")
                }
            }
        }
    }

    private static func withoutFindings(_ line: String) -> String {
        guard let range = line.range(of: #""findings":["#, options: .backwards) else { return line }
        return line[..<range.upperBound] + "]}"
    }

    @Test("What a detail says is not taken from the slice before where a protocol asked nothing of its own in between")
    func detailsOfAnotherSlice() async throws {
        let endpoint = { (least: Int) in
            """
            name: pain
            arms: [one, two]
            horizon: 730
            endpoints:
              failure:
                - name: crohn
                  disease: CD
                  all: [{score: HBI, item: pain, at-least: \(least)}]
                - name: colitis
                  disease: UC
                  all: [{score: HBI, item: pain, at-least: 3}]

            """
        }
        let protocols = try [3, 4].map {
            CompiledProtocol(try ProtocolFile.parse(endpoint($0), fileName: "at least \($0)"))
        }
        // Of each slice the first patient is one of whom both ask the same; all details lie at the same places.
        let slices = 8
        var lines: [String] = []
        for (number, disease) in ["UC", "CD"].enumerated() {
            for (slice, subjects) in EventLines.subjects(2, inEachOf: slices).enumerated() {
                let pain = slice % 2 == 0 ? 5 : 1
                let facts = [
                    ("enrolment", #"{"disease":"\#(disease)","sex":"F"}"#),
                    ("randomisation", #"{"arm":"one","drug":"infliximab"}"#),
                    ("score", #"{"instrument":"HBI","total":5,"items":{"pain":\#(pain),"stools":\#(5 - pain)}}"#),
                ]
                for (day, fact) in facts.enumerated() {
                    lines.append(
                        """
                        {"specversion":"1.0","id":"\(day)","source":"/sites/a","type":"trough.\(fact.0).v1",\
                        "subject":"\(subjects[number])","time":"2020-03-0\(day + 1)T08:00:00Z","data":\(fact.1)}
                        """)
                }
            }
        }
        try await TestLog.withLog { log in
            let study = try await log.study(slices: slices)
            _ = try await log.append(lines, to: study)
            let reader = try await log.connection.perform { session throws(LogError) in
                try LogReader(study, session)
            }
            let replay = { (protocols: [CompiledProtocol]) in
                try await SaidResult.all(
                    try await Replay(at: log.configuration, protocols, shards: 1).run(reader))
            }
            let together = try await replay(protocols)
            #expect(together == (try await replay([protocols[0]])) + (try await replay([protocols[1]])))
            #expect(together[1].lines.filter { $0.contains("crohn") }.count == slices / 2)
        }
    }

    @Test("Without lines the columns of statistics are the same")
    func withoutLines() async throws {
        let lines = try TestData.lines(TestData.replica)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 8)
            _ = try await log.append(lines, to: study)
            let reader = try await log.connection.perform { session throws(LogError) in
                try LogReader(study, session)
            }
            var shorter = TrialProtocol.roblin2020
            shorter.horizon = 365
            var replay = Replay(
                at: log.configuration, [CompiledProtocol(.roblin2020), CompiledProtocol(shorter)], shards: 2)
            let full = try await replay.run(reader)
            #expect(try await full[0].digest() == TestData.replicaDigest)
            replay.spellsLines = false
            let bare = try await replay.run(reader)
            for (one, other) in zip(full, bare) {
                var (left, right): ([String], [String]) = ([], [])
                try await one.eachSubject { left.append("\($0)") }
                try await other.eachSubject { right.append("\($0)") }
                #expect(left == right)
                #expect(left.count == 90)
                #expect(one.findingCounts == other.findingCounts)
            }
        }
    }
}
