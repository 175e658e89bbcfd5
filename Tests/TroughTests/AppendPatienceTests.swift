import Foundation
import LocalServer
import Postgres
import Subprocess
import TestLog
import Testing

/// What a long-running append does while its database is away.
@Suite(.timeLimit(.minutes(6)))
struct AppendPatienceTests {
    private static func lines(_ numbers: Range<Int>) -> [String] {
        numbers.map { EventLines.assay("P-\($0 % 17)", "id-\($0)", value: $0) }
    }

    @Test("A patience that is none is refused with a sentence", arguments: ["-1", "86401", "long"])
    func refused(value: String) async throws {
        let ended = try await Program(database: "postgresql://127.0.0.1:1/none").run(["append", "--patience=\(value)"])
        #expect(ended.code == 2, "\(ended.errors)")
        #expect(ended.errors.contains("--patience"), "\(ended.errors)")
        #expect(ended.errors.contains(value), "\(ended.errors)")
    }

    @Test("An append that loses its database gives up when its patience is over, and says what was stored")
    func givesUp() async throws {
        try await OwnServer.with { own in
            let log = try await own.log()
            await log.connection.close()
            let program = Program(database: own.server.url)
            let clock = ContinuousClock()
            var took = Duration.zero
            let finished = try await program.run(["append", "-o", "ndjson", "--patience", "2"]) { running in
                try await running.feed(Self.lines(0..<30))
                #expect(try await running.wait { $0.output.contains("\"committedThrough\":30}") })
                _ = try await own.killAll()
                let killed = clock.now
                try await running.feed(Self.lines(30..<35))
                let process = running.execution.processIdentifier.value
                #expect(try await running.wait(seconds: 30) { _ in TestFile.hasEnded(process) })
                took = clock.now - killed
            }
            #expect(finished.code == 3, "\(finished.status) \(finished.errors)")
            #expect(took > .seconds(2) && took < .seconds(12), "\(took)")
            for words in ["tried for 2 s", "The last error: ", "30 lines decided", "30 stored", "lines 31 to 35"] {
                #expect(finished.errors.contains(words), "\(words): \(finished.errors)")
            }
            _ = try await own.server.start()
            let after = try await own.log()
            #expect(try await after.events() == 30)
            await after.connection.close()
        }
    }

    @Test("While the database is away input is not read on, and a first signal ends the append within seconds")
    func pressedBack() async throws {
        try await OwnServer.with { own in
            let log = try await own.log()
            await log.connection.close()
            let running = try TroughProgram(url: own.server.url).start(["append", "-o", "ndjson"])
            try await running.feed(Self.lines(0..<10).map { $0 + "\n" }.joined())
            try await eventually { running.output.contains("\"committedThrough\":10}") }
            _ = try await own.killAll()
            let fed = Count()
            let megabyte = Self.lines(10..<5010).map { $0 + "\n" }.joined()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Far more than fits into pipe and program; the pipe breaks when the program ends.
                    while (try? await running.feed(megabyte)) != nil { fed.add() }
                }
                let read = try await Self.settled(running)
                try await Task.sleep(for: .seconds(1))
                #expect(try await Self.settled(running) - read < 512 << 10, "it reads on")
                let asked = ContinuousClock.now
                running.send(SIGTERM)
                let ended = try await running.wait()
                let took = ContinuousClock.now - asked
                print("read while the database was away: \(read) bytes; ended \(took) after the signal")
                #expect(read < 16 << 20)
                #expect(ended.status == 128 + SIGTERM, "\(ended.errors)")
                #expect(took < .seconds(10), "\(took)")
                for words in ["10 lines decided", "10 stored", "Lines 11 to ", "are not stored", "harmless"] {
                    #expect(ended.errors.contains(words), "\(words): \(ended.errors)")
                }
                try await group.waitForAll()
            }
            #expect(fed.value < 20)
        }
    }

    /// How many bytes a program has read from files and pipes, once it reads no further.
    private static func settled(_ running: Running) async throws -> Int {
        // Every attempt to connect reads a little, too.
        var (before, now) = (-1 << 20, 0)
        while now - before > 64 << 10 {
            before = now
            try await Task.sleep(for: .milliseconds(700))
            let text = TestFile.read("/proc/\(running.identifier)/io")
            now = text.firstMatch(of: /rchar: ([0-9]+)/).flatMap { Int($0.1) } ?? 0
        }
        return now
    }

    @Test("A signal while the database is away for a moment only: what was read is stored and told")
    func comesBack() async throws {
        try await OwnServer.with { own in
            let log = try await own.log()
            await log.connection.close()
            let program = Program(database: own.server.url)
            let finished = try await program.run(["append", "-o", "json"]) { running in
                try await running.feed(Self.lines(0..<10))
                try await Task.sleep(for: .seconds(2))
                _ = try await own.killAll()
                try await running.feed(Self.lines(10..<20))
                #expect(try await running.wait { $0.errors.contains("trying again") })
                _ = try await own.server.start()
                try running.send(.terminate)
                let process = running.execution.processIdentifier.value
                #expect(try await running.wait(seconds: 30) { _ in TestFile.hasEnded(process) })
            }
            #expect(finished.status == .exited(128 + SIGTERM), "\(finished.errors)")
            #expect(finished.object["lines"] as? Int == 20, "\(finished.output) \(finished.errors)")
            #expect(finished.object["ok"] as? Int == 20, "\(finished.output)")
        }
    }
}
