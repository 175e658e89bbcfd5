import Foundation
import Glibc
import LocalServer
import TestData
import TestLog
import Testing

/// The program on a server that follows the one that is written to.
@Suite("A hot standby", .timeLimit(.minutes(6)))
struct StandbyTests {
    @Test("It is read like the log itself, alone and together with it, as rows and sealed")
    func reading() async throws {
        try await FollowedLog.with { followed in
            let (written, copy) = (followed.primary.url, followed.standby.url)
            let trough = TroughProgram(url: written)
            let appended = try await trough("append", "--slices", "8", TestData.replica.path)
            #expect(appended.status == 0, "\(appended.errors)")
            for isSealed in [false, true] {
                if isSealed { #expect(try await trough("seal").status == 0) }
                try await followed.catchUp()
                let anchor = try await trough("anchor", "--database", copy)
                let held = try await trough("verify", "--anchor", "-", input: anchor.output)
                #expect(anchor.status == 0 && held.status == 0, "\(held.errors)")
                for databases in [[copy], [written, copy], [copy, written]] {
                    let ended = try await trough.run(
                        ["replay", "-o", "json", "--shards", "4"] + databases.flatMap { ["--database", $0] })
                    #expect(ended.status == 0, "\(ended.errors)")
                    #expect(try JSONObject(ended.output).string("digest") == TestData.replicaDigest)
                }
                for command in [["verify"], ["export"], ["tail"], ["patients"], ["report"]] {
                    let here = try await trough.run(command)
                    let there = try await trough.run(command + ["--database", copy])
                    #expect(there.status == 0, "\(command): \(there.errors)")
                    // How long it took is not what the log says.
                    let (ours, theirs) = (Self.lines(here.output), Self.lines(there.output))
                    #expect(ours == theirs && ours.count > 1, "\(command)")
                }
            }
        }
    }

    private static func lines(_ output: String) -> [Substring] {
        output.split(separator: "\n").filter { !$0.hasPrefix("time ") }
    }

    @Test("Whatever would write there says that it is not the server that is written to, and ends with 3")
    func writing() async throws {
        try await FollowedLog.with { followed in
            let trough = TroughProgram(url: followed.primary.url)
            #expect(try await trough("append", "--slices", "2", TestData.replica.path).status == 0)
            try await followed.catchUp()
            for command in [
                ["append", "--patience", "1", TestData.replica.path], ["seal"], ["worker", "--until-caught-up"],
                ["simulate", "--patients", "10", "--to", "log", "--study", "virtual"], ["schema", "install"],
                ["load", "--rate", "10", "--duration", "1"],
            ] {
                let ended = try await trough.run(command + ["--database", followed.standby.url])
                #expect(ended.status == 3, "\(command): \(ended.errors)")
                #expect(
                    ended.errors.contains("hot standby") || ended.errors.contains("follows another server"),
                    "\(command): \(ended.errors)")
            }
        }
    }

    @Test("Workers and those who watch outcomes live through a failover, and a standby's outcomes can be watched, too")
    func failover() async throws {
        try await FollowedLog.with { followed in
            let trough = TroughProgram(url: followed.url)
            let all = try TestData.lines(TestData.replica)
            func append(_ lines: ArraySlice<String>) async throws {
                let ended = try await trough("append", "--slices", "4", input: lines.joined(separator: "\n") + "\n")
                #expect(ended.status == 0, "\(ended.errors)")
            }
            func isCaughtUp() async throws -> Bool {
                let live = try await trough("outcomes", "-o", "ndjson").output
                return try await live == trough("replay", "--outcomes", "-").output && !live.isEmpty
            }
            try await append(all.prefix(3_000))
            let worker = try trough.start(["worker"], input: "")
            try await eventually { try await isCaughtUp() }
            let here = try trough.start(["outcomes", "--follow", "-o", "ndjson"], input: "")
            let there = try trough.start(
                ["outcomes", "--follow", "-o", "ndjson", "--database", followed.standby.url], input: "")
            try await Task.sleep(for: .seconds(1))
            try await append(all[3_000..<6_000])
            try await eventually { try await isCaughtUp() }
            try await eventually { there.output.lines.count > 0 && here.output.lines.count > 0 }
            try await followed.catchUp()
            try await followed.primary.stop()
            try await followed.lead(to: followed.standby)
            try await Task.sleep(for: .seconds(1))
            #expect(!worker.isOver && !here.isOver, "\(worker.errors) \(here.errors)")
            try await followed.promote()
            let before = here.output.lines.count
            try await append(all[6_000...])
            try await eventually { try await isCaughtUp() }
            try await eventually { here.output.lines.count > before }
            for running in [worker, here, there] {
                let (ended, _) = try await running.end(by: SIGTERM)
                #expect(ended.status == 0 || ended.status == 128 + SIGTERM, "\(ended.errors)")
            }
        }
    }
}
