import Foundation
import TestData
import TestLog
import Testing

@Suite("A sealing killed and run again", .timeLimit(.minutes(12)))
struct SealKillTests {
    private static let kills = 100

    private static func unseal(_ log: TestLog) async throws {
        try await log.execute(
            """
            BEGIN; ALTER TABLE trough.segment DISABLE TRIGGER append_only; TRUNCATE trough.segment;
            ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER append_only; COMMIT;
            """)
    }

    @Test("Killed over and over, then run to its end, it leaves the segments of one uninterrupted run")
    func killed() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("kills of seal: seed \(seed)")
        var random = SeededRandom(seed: seed)
        try await TestLog.withProgram { log, program in
            let appended = try await program.run(["append", TestData.replica.path])
            #expect(appended.code == 0, "\(appended.errors)")
            let clock = ContinuousClock()
            let began = clock.now
            let whole = try await program.run(["seal", "-o", "json"])
            let fullTime = clock.now - began
            #expect(whole.code == 0, "\(whole.errors)")
            let contents =
                "SELECT concat_ws(' ', slice, first_position, encode(digest, 'hex')) FROM trough.segment ORDER BY 1"
            let expected = try await log.texts(contents)
            // How long a run takes changes with what else is running; pauses follow it, so that most kills hit.
            var longestPause = fullTime
            var (hits, tries, partly, rounds) = (0, 0, 0, 0)
            while hits < Self.kills {
                rounds += 1
                try await Self.unseal(log)
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    tries += 1
                    let pause = longestPause * random.unit()
                    let hasHit = try await program.runKilled(["seal", "--shards", "2"], after: pause)
                    longestPause = longestPause * (hasHit ? 1.05 : 0.9)
                    if hasHit { hits += 1 }
                }
                let sealed = try await log.number("SELECT count(*) FROM trough.segment")
                if sealed > 0, sealed < expected.count { partly += 1 }
                #expect(try await log.segmentFaults() == [], "seed \(seed), round \(rounds)")
                // Over half a sealing the outcomes are the same, too.
                let half = try await program.run(["replay", "-o", "json"])
                #expect(half.object["digest"] as? String == TestData.replicaDigest, "seed \(seed), round \(rounds)")
                let last = try await program.run(["seal", "-o", "json"])
                #expect(last.code == 0, "seed \(seed), round \(rounds): \(last.errors)")
                #expect(try await log.texts(contents) == expected, "seed \(seed), round \(rounds)")
            }
            let replayed = try await program.run(["replay", "-o", "json"])
            #expect(replayed.object["digest"] as? String == TestData.replicaDigest, "seed \(seed)")
            #expect(try await program.run(["verify"]).code == 0)
            #expect(try await log.faults() == [], "seed \(seed)")
            print(
                """
                kills of seal: \(hits) of \(tries) hit a running process, in \(rounds) rounds with a full run of \
                \(fullTime); \(partly) rounds were found half sealed
                """)
            #expect(partly > 0, "seed \(seed): no kill came in the middle")
        }
    }
}
