import Foundation
import NaiveTrial
import Projection
import Testing
import Trial

/// Outcome lines read back against Foundation's JSON.
@Suite("Outcome lines read back")
struct SpelledOutcomeTests {
    private struct Line: Decodable {
        struct Outcome: Decodable {
            struct Evidence: Decodable {
                var source: String
                var id: String
            }
            var status: String
            var day: Int
            var cause: String
            var evidence: [Evidence]
        }
        var outcomes: [String: Outcome]
    }

    @Test("Every outcome of adversarial trials is what Foundation reads, and is spelled as in the line")
    func agrees() throws {
        var seen = 0
        for seed in UInt64(20_000)..<20_400 {
            let trial = CaseGenerator(seed: seed).trial()
            let rules = try ProtocolFile.parse(trial.protocolYAML, fileName: "seed \(seed)")
            let lines = try NaiveTrial.outcomeLines(
                eventLines: trial.eventLines, protocolYAML: trial.protocolYAML, until: trial.until)
            for line in lines {
                let expected = try JSONDecoder().decode(Line.self, from: Data(line.utf8)).outcomes
                let found = try SpelledOutcome.outcomes(in: Array(line.utf8)[...])
                try #require(found.count == rules.endpoints.count, "seed \(seed)")
                for (endpoint, spelled) in zip(rules.endpoints, found) {
                    let outcome = try SpelledOutcome(spelled)
                    let wanted = try #require(expected[endpoint.name], "seed \(seed)")
                    try #require(line.contains(String(decoding: outcome.json, as: UTF8.self)), "seed \(seed)")
                    try #require(outcome.isEvent == (wanted.status == "event"), "seed \(seed)")
                    try #require(outcome.day == wanted.day, "seed \(seed)")
                    try #require(outcome.cause == Array(wanted.cause.utf8), "seed \(seed)")
                    let names = outcome.evidence.map { [$0.source, $0.id] }
                    try #require(
                        names == wanted.evidence.map { [Array($0.source.utf8), Array($0.id.utf8)] }, "seed \(seed)")
                    let again = try JSONDecoder().decode([Line.Outcome.Evidence].self, from: Data(outcome.evidenceJSON))
                    try #require(again.map(\.id) == wanted.evidence.map(\.id), "seed \(seed)")
                    seen += outcome.evidence.count
                }
            }
        }
        #expect(seen > 200, "evidence was seen")
    }

    @Test("What is no outcome line is an error", arguments: ["", "{", "{}", #"{"outcomes":{"a":"#, "[]"])
    func malformed(_ text: String) {
        #expect(throws: DetailError.self) { try SpelledOutcome.outcomes(in: Array(text.utf8)[...]) }
        #expect(throws: DetailError.self) { try SpelledOutcome(Array(text.utf8)[...]) }
    }
}
