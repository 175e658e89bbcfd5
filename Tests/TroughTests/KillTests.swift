import Foundation
import TestData
import TestLog
import Testing

@Suite("Killed and run again", .timeLimit(.minutes(12)))
struct KillTests {
    @Test(
        "An append killed over and over, then run to its end, leaves the log of one uninterrupted run",
        arguments: [(80, 800, 20_160_308), (30, 2500, 20_160_309)] as [(Int, Int, UInt64)])
    func append(kills: Int, count: Int, seed: UInt64) async throws {
        try await TestLog.withProgram { log, program in
            var random = SeededRandom(seed: seed)
            try await TestFile.withFolder { folder in
                let file = folder + "/events.ndjson"
                let lines = try Array(TestData.lines(TestData.replica).prefix(count))
                try TestFile.write(lines, to: file)
                let arguments = ["append", file, "-o", "json", "--connections", "3", "--slices", "16"]

                let clock = ContinuousClock()
                let began = clock.now
                let whole = try await program.run(arguments + ["--study", "whole"])
                let fullTime = clock.now - began
                // How long a run takes changes with what else is running; pauses follow it, so that most kills hit
                // and fall anywhere in a run.
                var longestPause = fullTime
                #expect(whole.code == 0, "\(whole.errors)")
                let expected = try await log.contents(of: "whole")
                #expect(expected.count == count)

                var (hits, tries, partly, round) = (0, 0, 0, 0)
                while hits < kills {
                    round += 1
                    let study = "round-\(round)"
                    for _ in 0..<Int.random(in: 1...8, using: &random) {
                        tries += 1
                        let pause = longestPause * Double.random(in: 0...1, using: &random)
                        let hasHit = try await program.runKilled(arguments + ["--study", study], after: pause)
                        longestPause = longestPause * (hasHit ? 1.05 : 0.9)
                        if hasHit { hits += 1 }
                    }
                    let stored = try await log.events(in: study)
                    if stored > 0, stored < count { partly += 1 }
                    let last = try await program.run(arguments + ["--study", study])
                    #expect(last.code == 0, "seed \(seed), \(study): \(last.errors)")
                    let counts = ["lines", "ok", "duplicates", "rejected"].map { last.object[$0] as? Int ?? -1 }
                    #expect(
                        counts[0] == count && counts[1] + counts[2] == count && counts[3] == 0, "seed \(seed), \(study)"
                    )
                    #expect(try await log.contents(of: study) == expected, "seed \(seed), \(study)")
                }
                #expect(try await log.faults() == [], "seed \(seed)")
                print(
                    """
                    kills of append: \(hits) of \(tries) hit a running process, in \(round) rounds with a full run of \
                    \(fullTime); \(partly) rounds were found half stored
                    """)
            }
        }
    }
}
