import Foundation
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
}
