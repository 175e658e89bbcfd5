import EventLog
import Projection
import TestData
import TestLog
import Testing
import Trial

@Suite("The example through the log", .timeLimit(.minutes(12)))
struct ReplayReplicaTests {
    @Test("Its outcomes are the known ones, byte for byte, with 1, 2, 7 and 64 shards")
    func shards() async throws {
        let lines = try TestData.lines(TestData.replica)
        let known = try TestData.lines(TestData.replicaOutcomes)
        try await TestLog.withLog { log in
            let study = try await log.study()
            #expect(try await log.append(lines, to: study).allSatisfy { $0 == .stored })
            for shards in [1, 2, 7, 64] {
                let found = try await log.replay(study, shards: shards)
                #expect(found.digest == TestData.replicaDigest, "\(shards) shards")
                #expect(found.lines == known, "\(shards) shards")
                #expect(found.events == 8593 && found.patients == 90, "\(shards) shards")
            }
        }
    }

    @Test(
        "Lines in any order, in any number of calls, with duplicates among them, in any number of slices",
        arguments: [(1, 11), (3, 12), (64, 13), (1024, 14)] as [(Int, UInt64)])
    func anyOrder(slices: Int, seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        var lines = try TestData.lines(TestData.replica)
        let known = try TestData.lines(TestData.replicaOutcomes)
        for _ in 0..<900 { lines.append(random.pick(lines[..<8593])) }
        lines.shuffle(using: &random)
        let longest = random.pick([40, 400, 9500])
        let calls = random.cut(lines, into: longest / 4 + 1...longest)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: slices)
            let appender = try await log.appender(to: study)
            var decisions: [Decision: Int] = [:]
            for call in calls {
                for decision in try await appender.append(EventLines.batch(call)).decisions {
                    decisions[decision, default: 0] += 1
                }
            }
            await appender.close()
            #expect(decisions == [.stored: 8593, .duplicate: 900], "seed \(seed)")
            let shards = random.pick([1, 2, 5])
            let found = try await log.replay(study, shards: shards)
            #expect(found.digest == TestData.replicaDigest, "seed \(seed), \(calls.count) calls")
            #expect(found.lines == known, "seed \(seed), \(calls.count) calls")
            #expect(try await log.faults() == [], "seed \(seed)")
        }
    }

    @Test("A log without events, and a study without randomised patients, have the digest of nothing")
    func nothing() async throws {
        let ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 5)
            let empty = try await log.replay(study)
            #expect(empty == .init(lines: [], digest: ofNothing, events: 0, patients: 0))
            _ = try await log.append([EventLines.assay("P-1", "x")], to: study)
            let unrandomised = try await log.replay(study)
            #expect(unrandomised == .init(lines: [], digest: ofNothing, events: 1, patients: 1))
        }
    }
}
