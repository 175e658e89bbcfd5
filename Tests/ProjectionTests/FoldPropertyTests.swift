import NaiveTrial
import TestData
import Testing
import Trial

/// The fold against a second implementation that follows the rules word by word.
@Suite struct FoldPropertyTests {
    @Test(
        "thousands of adversarial trials give the same outcome lines and findings as the naive fold", arguments: 0..<8)
    func agrees(part: Int) throws {
        for seed in UInt64(part * 400)..<UInt64((part + 1) * 400) {
            let trial = CaseGenerator(seed: seed).trial()
            // What is recorded later is what comes later in the input.
            let recorded = trial.asOfCount.map { Array(trial.eventLines.prefix($0)) } ?? trial.eventLines
            let until = trial.until.flatMap { Instant.parse(Array($0.utf8).span) }
            let rules = try ProtocolFile.parse(trial.protocolYAML, fileName: "seed \(seed)")
            let folded = try FoldedLines(recorded, rules, until: until)

            let expected = try NaiveTrial.outcomeLines(
                eventLines: trial.eventLines, protocolYAML: trial.protocolYAML, until: trial.until,
                asOfCount: trial.asOfCount)
            try #require(folded.outcomes.count == expected.count, "seed \(seed)")
            for (line, wanted) in zip(folded.outcomes, expected) {
                try #require(
                    line.elementsEqual(wanted.utf8),
                    "seed \(seed):\n\(String(decoding: line, as: UTF8.self))\nwanted\n\(wanted)")
            }
            try compareFindings(folded, trial, seed)
        }
    }

    private func compareFindings(
        _ folded: FoldedLines,
        _ trial: (eventLines: [String], protocolYAML: String, until: String?, asOfCount: Int?), _ seed: UInt64
    ) throws {
        let expected = try NaiveTrial.findings(
            eventLines: trial.eventLines, protocolYAML: trial.protocolYAML, until: trial.until,
            asOfCount: trial.asOfCount)
        for (subject, findings) in folded.findings {
            let wanted = try #require(expected.first { $0.subject.utf8.elementsEqual(subject) }, "seed \(seed)")
            let found = findings.map { $0.map { Array($0.utf8) } }.sorted {
                $0.lexicographicallyPrecedes($1, by: Self.less)
            }
            let naive = wanted.findings.map { [Array($0.code.utf8), Array($0.source.utf8), Array($0.id.utf8)] }
                .sorted { $0.lexicographicallyPrecedes($1, by: Self.less) }
            try #require(found == naive, "seed \(seed), \(wanted.subject): \(findings) wanted \(wanted.findings)")
        }
    }

    private static func less(_ left: [UInt8], _ right: [UInt8]) -> Bool { left.lexicographicallyPrecedes(right) }

    @Test("the order of the lines changes no byte")
    func orderIsIrrelevant() throws {
        let lines = try TestData.lines(TestData.replica)
        let forwards = try FoldedLines(lines, .roblin2020, until: nil)
        let backwards = try FoldedLines(lines.reversed(), .roblin2020, until: nil)
        #expect(forwards.outcomes == backwards.outcomes)
        let expected = try TestData.lines(TestData.replicaOutcomes)
        #expect(forwards.outcomes == expected.map { Array($0.utf8) })
    }
}
