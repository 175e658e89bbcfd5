import Foundation
import LocalServer
import Postgres
import Subprocess
import TestData
import TestLog
import Testing

@Suite("The server dies", .timeLimit(.minutes(6)))
struct ServerKillTests {
    private static let kills = 12

    @Test("An append outlives a server that is killed and comes back, and leaves the log of one uninterrupted run")
    func underAppend() async throws {
        let seed: UInt64 = 77_001
        var random = SeededRandom(seed: seed)
        let lines = try Array(TestData.lines(TestData.replica).prefix(4000))
        let pauses = (0..<Self.kills).map { _ in Double.random(in: 0...0.9, using: &random) }
        let pieces = random.cut(lines, into: 10...60)
        try await OwnServer.with { own in
            let log = try await own.log()
            let program = Program(database: own.server.url)
            let whole = try await program.run(["append", "-q", "--study", "whole"], input: lines)
            #expect(whole.code == 0, "\(whole.errors)")
            let expected = try await log.contents(of: "whole")
            await log.connection.close()

            let hits = Count(), ended = Count()
            var failure: (any Error)?
            let finished = try await program.run(["append", "-o", "ndjson", "--study", "shaken"]) { running in
                do {
                    try await running.feed(pieces[0])
                    #expect(try await running.wait { $0.output.contains("committedThrough") })
                    try await Self.shake(own, pauses, hits, ended) {
                        // The input lasts as long as the killing does.
                        for (index, piece) in pieces.dropFirst().enumerated() {
                            try await running.feed(piece)
                            let isLast = index + 2 >= pieces.count
                            while isLast, ended.value == 0 { try await Task.sleep(for: .milliseconds(20)) }
                            try await Task.sleep(for: .milliseconds(120))
                        }
                    }
                } catch {
                    // A program that ended early cannot be fed; why it ended is in its own words.
                    failure = error
                }
            }
            try #require(
                failure == nil,
                "seed \(seed): feeding stopped (\(String(describing: failure))); the program ended with \(finished.status): \(finished.errors)"
            )
            print(
                "kills of the server under a running append: \(hits.value); \(finished.lines.count) commits were told")
            #expect(hits.value >= 10)
            #expect(finished.code == 0, "seed \(seed): \(finished.errors)")
            let last = finished.object
            #expect(last["lines"] as? Int == 4000, "seed \(seed)")
            #expect(last["ok"] as? Int == 4000, "seed \(seed): \(last)")
            #expect(last["duplicates"] as? Int == 0, "seed \(seed): \(last)")
            #expect(last["committedThrough"] as? Int == 4000, "seed \(seed)")
            let after = try await own.log()
            #expect(try await after.contents(of: "shaken") == expected, "seed \(seed)")
            #expect(try await after.faults() == [], "seed \(seed)")
            await after.connection.close()
        }
    }

    /// Kills and starts the server after each pause, while `body` runs.
    private static func shake(
        _ own: OwnServer, _ pauses: [Double], _ hits: Count, _ ended: Count,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await own.killRepeatedly(after: pauses, hits)
                ended.add()
            }
            group.addTask { try await body() }
            try await group.waitForAll()
        }
    }

    @Test("What was told as committed is there after the server was killed at that moment")
    func durable() async throws {
        let seed: UInt64 = 77_002
        let lines = try Array(TestData.lines(TestData.replica).prefix(1500))
        try await OwnServer.with { own in
            let first = try await own.log()
            await first.connection.close()
            let program = Program(database: own.server.url)
            var random = SeededRandom(seed: seed)
            for round in 0..<3 {
                let piece = Array(lines[(round * 500)..<(round * 500 + Int.random(in: 100...500, using: &random))])
                let told = try await program.run(["append", "-o", "ndjson"]) { running in
                    try await running.feed(piece)
                    #expect(try await running.wait { $0.output.contains("\"committedThrough\":\(piece.count)}") })
                    _ = try await own.killAll()
                    try running.send(.kill)
                }
                #expect(told.status == .signaled(SIGKILL))
                let log = try await own.log()
                let before = round * 500
                let ids = try await log.texts("SELECT id FROM trough.event")
                let missing = piece.filter { line in !ids.contains { line.contains("\"id\":\"\($0)\"") } }
                #expect(missing.isEmpty, "seed \(seed), round \(round), from \(before): \(missing.count) are missing")
                #expect(try await log.faults() == [], "seed \(seed)")
                await log.connection.close()
            }
        }
    }
}
