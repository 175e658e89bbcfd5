import EventLog
import NaiveTrial
import Postgres
import Projection
import TestData
import TestLog
import Testing
import Trial

/// Replays of studies whose first positions have no rows.
@Suite("Replays without rows", .timeLimit(.minutes(12)))
struct RowlessReplayTests {
    /// The outcome of every patient of a study, each read for itself.
    private static func patients(_ study: Study, _ subjects: [String], _ log: TestLog) async throws -> [String] {
        let reader = try await log.connection.perform { session throws(LogError) in try LogReader(study, session) }
        let replay = Replay(at: log.configuration, [CompiledProtocol(.roblin2020)], shards: 1)
        var found: [String] = []
        for subject in subjects {
            let one = try await PatientCollection.one(Array(subject.utf8), reader, replay) {
                subject, outcome, history, batch in
                let events = history.records.map { record in
                    let texts = [batch.sources[Int(record.source)], batch.bytes(record.id), batch.bytes(record.detail)]
                    return "\(record.time) \(record.kind) \(record.value) "
                        + "\(texts.map { String(decoding: $0, as: UTF8.self) })"
                }
                let endpoints = outcome.endpoints.map { "\($0.isEvent) \($0.day)" }
                let name = String(decoding: subject, as: UTF8.self)
                return "\(name) \(endpoints) \(outcome.findings.map(\.code)) \(events)"
            }
            found.append(one ?? "nobody")
        }
        return found
    }

    @Test(
        "The example, sealed away in parts, has its known digest, and each patient is who he was",
        arguments: [(1, 641), (7, 642), (64, 643)] as [(Int, UInt64)])
    func replica(slices: Int, seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let lines = try TestData.lines(TestData.replica).shuffled(using: &random)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: slices)
            let twin = try await log.study("twin", slices: slices)
            let parts = random.cut(lines, into: 1_500...2_500)
            for (number, part) in parts.enumerated() {
                _ = try await log.append(part, to: study)
                if number + 1 < parts.count { try await log.sealWithoutRows(study) }
            }
            _ = try await log.append(lines, to: twin)
            let found = try await log.replay(study)
            #expect(found.digest == TestData.replicaDigest, "seed \(seed)")
            #expect(found.events == 8593 && found.patients == 90, "seed \(seed)")
            let subjects = (try await log.texts("SELECT DISTINCT subject FROM trough.patient ORDER BY 1")) + ["nobody"]
            let (one, other) = (
                try await Self.patients(study, subjects, log), try await Self.patients(twin, subjects, log)
            )
            #expect(one == other, "seed \(seed)")
            #expect(one.count == 91 && one.count { $0 == "nobody" } == 1)
        }
    }

    @Test("For one patient those segments are left out that cannot hold him")
    func onePatient() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            for part in 0..<5 {
                _ = try await log.append((0..<20).map { EventLines.assay("P-\(part)-\($0)", "a") }, to: study)
                if part < 4 { try await log.sealWithoutRows(study) }
            }
            let (reader, numbers) = try await log.connection.perform { session throws(LogError) in
                let reader = try LogReader(study, session)
                let (one, nobody) = (Array("P-2-3".utf8), Array("x".utf8))
                return (reader, [try reader.patient(one, session), try reader.patient(nobody, session)])
            }
            #expect(numbers == [44, nil])
            // The rows behind the segments, and one segment.
            #expect(try SliceStep.steps(reader.heads, of: 44, reader).count == 2)
            #expect(try SliceStep.steps(reader.heads, of: 99, reader).count == 1)
            #expect(try SliceStep.steps(reader.heads, reader).count == 5)
        }
    }

    @Test("Adversarial trials, sealed away at random, give the lines of the naive fold")
    func adversarial() async throws {
        try await TestLog.withLog { log in
            for seed: UInt64 in 8_000..<8_025 {
                var random = SeededRandom(seed: seed)
                let trial = CaseGenerator(seed: seed).trial()
                if trial.eventLines.isEmpty { continue }
                let rules = try ProtocolFile.parse(trial.protocolYAML, fileName: "seed \(seed)")
                let until = trial.until.flatMap { Instant.parse(Array($0.utf8).span) }
                let study = try await log.study("seed-\(seed)", slices: 1 + Int(seed % 4))
                for part in random.cut(trial.eventLines, into: 1...max(1, trial.eventLines.count / 2)) {
                    _ = try await log.append(part, to: study)
                    if !random.chance(3) { try await log.sealWithoutRows(study) }
                }
                #expect(try await log.append(trial.eventLines, to: study).allSatisfy { $0 != .stored }, "seed \(seed)")
                let reader = try await log.connection.perform { session throws(LogError) in
                    try LogReader(study, session)
                }
                let result = try await Replay(
                    at: log.configuration, [CompiledProtocol(rules)], until: until, shards: 2
                ).run(reader)[0]
                var lines: [String] = []
                try await result.eachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
                let naive = try NaiveTrial.outcomeLines(
                    eventLines: trial.eventLines, protocolYAML: trial.protocolYAML, until: trial.until)
                try #require(lines.map(Self.withoutFindings) == naive, "seed \(seed)")
            }
        }
    }

    private static func withoutFindings(_ line: String) -> String {
        let end = line.ranges(of: #","findings":["#).last?.lowerBound ?? line.endIndex
        return line[..<end] + #","findings":[]}"#
    }
}
