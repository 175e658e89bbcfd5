import Foundation
import Postgres
import Subprocess
import TestData
import TestLog
import Testing

/// What an append does while its input is still growing.
@Suite(.timeLimit(.minutes(6)))
struct OpenInputTests {
    private static func lines(_ numbers: Range<Int>) -> [String] {
        numbers.map { EventLines.assay("P-\($0 % 17)", "id-\($0)", value: $0) }
    }

    @Test("An append that cannot go on ends at once, though its input stays open")
    func failsWhileFed() async throws {
        try await TestLog.withProgram { log, owner in
            try await log.withLogin(grants: "GRANT trough_writer TO {}") { role, _ in
                let program = try await Program(database: log.url(as: role))
                _ = try await owner.run(["append"], input: Self.lines(0..<1))
                let clock = ContinuousClock()
                var took = Duration.zero
                let finished = try await program.run(["append", "-o", "json"]) { running in
                    try await running.feed(Self.lines(1..<2))
                    #expect(try await running.wait { _ in try await log.events() == 2 })
                    try await log.execute("REVOKE trough_writer FROM \(role)")
                    let fed = clock.now
                    try await running.feed(Self.lines(2..<3))
                    let process = running.execution.processIdentifier.value
                    #expect(try await running.wait(seconds: 20) { _ in TestFile.hasEnded(process) })
                    took = clock.now - fed
                }
                #expect(finished.code == 3, "\(finished.status) \(finished.errors)")
                #expect(finished.errors.contains("trough_writer"), "\(finished.errors)")
                #expect(took < .seconds(15))
            }
        }
    }

    @Test("What an object tells as committed is in the log at that moment")
    func toldIsThere() async throws {
        try await TestLog.withProgram { log, program in
            let finished = try await program.run(["append", "-o", "ndjson"]) { running in
                for number in 0..<40 {
                    try await running.feed(Self.lines(number * 50..<number * 50 + 50))
                    let told = Program.Finished.objects(running.output).last?["committedThrough"] as? Int ?? 0
                    let stored = try await log.events()
                    #expect(stored >= told)
                    try await Task.sleep(for: .milliseconds(40))
                }
            }
            #expect(finished.object["ok"] as? Int == 2000)
            #expect(finished.objects.count > 1)
        }
    }

    @Test("Of a file that grows, what is there is taken, a half line is refused, and the rest comes the next time")
    func growing() async throws {
        try await TestLog.withProgram { log, program in
            try await TestFile.withFolder { folder in
                let file = folder + "/growing.ndjson"
                let all = Self.lines(0..<4000).map { $0 + "\n" }.joined()
                let half = all.utf8.prefix(all.utf8.count / 2 + 30)
                try Data(half).write(to: URL(fileURLWithPath: file))
                let handle = try #require(FileHandle(forWritingAtPath: file))
                try handle.seekToEnd()
                let rest = Array(all.utf8.dropFirst(half.count))
                let first = try await withThrowingTaskGroup(of: Program.Finished?.self) { group in
                    group.addTask { try await program.run(["append", file, "-o", "json", "-q"]) }
                    group.addTask {
                        for start in stride(from: 0, to: rest.count, by: 9001) {
                            try handle.write(contentsOf: Data(rest[start..<min(rest.count, start + 9001)]))
                            try await Task.sleep(for: .milliseconds(3))
                        }
                        return nil
                    }
                    return try await group.reduce(nil) { $1 ?? $0 }
                }
                let counts = ["lines", "ok", "rejected"].map { first?.object[$0] as? Int ?? -1 }
                #expect(counts[0] == counts[1] + counts[2] && counts[2] <= 1, "\(counts)")
                let second = try await program.run(["append", file, "-o", "json"])
                #expect(second.code == 0, "\(second.errors)")
                #expect(second.object["duplicates"] as? Int == counts[1])
                #expect(second.object["ok"] as? Int == 4000 - counts[1])
                #expect(try await log.events() == 4000)
                #expect(try await log.faults() == [])
            }
        }
    }

    @Test("A replay that a signal ends leaves nothing running on the server", arguments: [SIGTERM, SIGINT])
    func cancelled(signal: Int32) async throws {
        try await TestLog.withProgram { log, program in
            _ = try await program.run(["append", "-q", "--slices", "4"], input: Self.lines(0..<50))
            let others = """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
                """
            try await log.holding("LOCK TABLE trough.event IN ACCESS EXCLUSIVE MODE") {
                let finished = try await program.run(["replay", "-o", "json"]) { running in
                    #expect(
                        try await running.wait { _ in
                            try await log.number(others + " AND wait_event_type = 'Lock'") > 0
                        })
                    try running.send(Signal(rawValue: signal))
                    let process = running.execution.processIdentifier.value
                    #expect(try await running.wait(seconds: 10) { _ in TestFile.hasEnded(process) })
                }
                #expect(finished.status == .exited(128 + signal), "\(finished.errors)")
                #expect(finished.output == "")
                // The table is still locked, and yet nobody waits for it.
                var looks = 0
                while try await log.number(others) > 0, looks < 100 {
                    try await Task.sleep(for: .milliseconds(20))
                    looks += 1
                }
                #expect(try await log.number(others) == 0)
            }
        }
    }
}
