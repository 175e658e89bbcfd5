import EventLog
import Postgres
import Projection
import TestData
import TestLog
import Testing
import Trial

/// The same outcomes after rows were removed.
@Suite("Replay after rows were removed", .timeLimit(.minutes(12)))
struct RemovedReplayTests {
    @Test(
        "The example with late events and corrections has the outcomes of a study with all rows, at any moment",
        arguments: [5, 60, 65_536])
    func asBefore(eventsPerSegment: Int) async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("replay after rows were removed: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let replica = try TestData.lines(TestData.replica)
        let corrections = try ReplayCutTests.corrections(of: replica, &random)
        // Shuffled, so that most events come later than others that follow them.
        let parts = random.cut(replica.shuffled(using: &random) + corrections, into: 1_500...2_500)
        try await TestLog.withLog { log in
            let (study, twin) = (try await log.study(slices: 16), try await log.study("twin", slices: 16))
            var moments: [Int64?] = [nil]
            let until = Instant.parse(Array("2017-06-30T12:00:00Z".utf8).span)
            for part in parts {
                for one in [study, twin] { _ = try await log.append(part, to: one) }
                moments.append(try await log.serverTime())
                let before = try await log.replay(study)
                if !random.chance(4) { try await log.sealAndRemove(study, eventsPerSegment: eventsPerSegment) }
                #expect(try await log.replay(study) == before, "seed \(seed)")
                for shards in [1, 3] {
                    let (asOf, until) = (random.pick(moments), random.pick([nil, until]))
                    let expected = try await log.replay(twin, asOf: asOf, until: until)
                    let found = try await log.replay(study, asOf: asOf, until: until, shards: shards)
                    #expect(found == expected, "seed \(seed), \(shards) shards, \(asOf ?? 0), \(until ?? 0)")
                }
            }
            #expect(try await log.replay(study) == log.replay(twin), "seed \(seed)")
        }
    }

    @Test(
        "A replay that knew of no segments when it began reads those that hold what lost its rows since",
        arguments: [0, 1, 2])
    func begunBefore(kind: Int) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 7)
            let lines = try TestData.lines(TestData.replica)
            _ = try await log.append(Array(lines.prefix(5_000)), to: study)
            if kind == 1 { try await log.seal(study, eventsPerSegment: 300) }
            if kind == 2 { try await log.sealAndRemove(study, eventsPerSegment: 300) }
            _ = try await log.append(Array(lines.dropFirst(5_000)), to: study)
            let reader = try await log.connection.perform { session throws(LogError) in try LogReader(study, session) }
            let replay = Replay(at: log.configuration, [CompiledProtocol(.roblin2020)], shards: 2)
            // Segments that also hold what came after the heads were taken, of sources that are new.
            try await log.append(rounds: 3, to: study)
            try await log.sealAndRemove(study)
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 0)
            let result = try await replay.run(reader)[0]
            #expect(try await result.digest() == TestData.replicaDigest)
            #expect(result.events == 8_593)
        }
    }
}
