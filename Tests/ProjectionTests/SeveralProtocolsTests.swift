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

    /// A protocol that asks for an item of a score, of either disease.
    private static func asking(_ item: String, arm: String, crohn: Int, colitis: Int) throws -> CompiledProtocol {
        let yaml = """
            name: item
            arms: [\(arm), two]
            horizon: 730
            endpoints:
              failure:
                - name: crohn
                  disease: CD
                  all: [{score: HBI, item: \(item), at-least: \(crohn)}]
                - name: colitis
                  disease: UC
                  all: [{score: HBI, item: \(item), at-least: \(colitis)}]

            """
        return CompiledProtocol(try ProtocolFile.parse(yaml, fileName: item))
    }

    /// A patient with an enrolment, a randomisation and a score of 5 in all.
    private static func patient(_ subject: String, _ disease: String, arm: String, _ item: String, _ value: Int)
        -> [String]
    {
        [
            ("enrolment", #"{"disease":"\#(disease)","sex":"F"}"#),
            ("randomisation", #"{"arm":"\#(arm)","drug":"infliximab"}"#),
            ("score", #"{"instrument":"HBI","total":5,"items":{"\#(item)":\#(value),"stools":\#(5 - value)}}"#),
        ].enumerated().map { day, fact in
            """
            {"specversion":"1.0","id":"\(day)","source":"/sites/a","type":"trough.\(fact.0).v1",\
            "subject":"\(subject)","time":"2020-03-0\(day + 1)T08:00:00Z","data":\(fact.1)}
            """
        }
    }

    /// What replays of lines under protocols say: all in one read, and each alone.
    private static func said(
        _ lines: [String], _ protocols: [CompiledProtocol], slices: Int
    ) async throws -> (together: [SaidResult], alone: [SaidResult]) {
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
            var alone: [SaidResult] = []
            for compiled in protocols { alone += try await replay([compiled]) }
            return (try await replay(protocols), alone)
        }
    }

    @Test("What a detail says is not taken from the slice before where a protocol asked nothing of its own in between")
    func detailsOfAnotherSlice() async throws {
        let protocols = try [3, 4].map { try Self.asking("pain", arm: "one", crohn: $0, colitis: 3) }
        // Of each slice the first patient is one of whom both ask the same; all details lie at the same places.
        let slices = 8
        var lines: [String] = []
        for (number, disease) in ["UC", "CD"].enumerated() {
            for (slice, subjects) in EventLines.subjects(2, inEachOf: slices).enumerated() {
                lines += Self.patient(subjects[number], disease, arm: "one", "pain", slice % 2 == 0 ? 5 : 1)
            }
        }
        let (together, alone) = try await Self.said(lines, protocols, slices: slices)
        #expect(together == alone)
        #expect(together[1].lines.filter { $0.contains("crohn") }.count == slices / 2)
    }

    @Test("Names that look the same and are other bytes are other names")
    func spellings() async throws {
        let (one, two) = ("e\u{301}", "\u{e9}")
        let protocols = try [("pain", one), ("pain", two), ("p" + one, "one"), ("p" + two, "one")].map {
            try Self.asking($0.0, arm: $0.1, crohn: 3, colitis: 3)
        }
        let lines =
            Self.patient("P-1", "CD", arm: one, "pain", 5) + Self.patient("P-2", "CD", arm: "one", "p" + two, 5)
        let (together, alone) = try await Self.said(lines, protocols, slices: 2)
        #expect(together == alone)
        #expect(together.map { $0.lines.filter { $0.contains("unknown-arm") }.count } == [1, 2, 1, 1])
        #expect(together.map { $0.lines.filter { $0.contains("\"event\"") }.count } == [1, 1, 0, 1])
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
