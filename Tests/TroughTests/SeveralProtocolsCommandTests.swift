import Foundation
import TestData
import Testing

/// `trough replay` under several protocols against runs of its own for each.
@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct SeveralProtocolsCommandTests {
    /// Three protocols: the default, one with a shorter horizon, and one with another threshold.
    private static func files(_ log: CommandLog, _ folder: TestFolder) async throws -> [String] {
        let shown = try await log.trough("protocol", "show").output
        let shorter = shown.replacing("horizon: 730", with: "horizon: 365").replacing(
            "name: roblin", with: "name: short")
        return [
            "default", try folder.file("shorter.yaml", shorter).path,
            try folder.file("strict.yaml", shown.replacing("above: 250", with: "above: 100")).path,
        ]
    }

    @Test("One read gives under each protocol the digest, counts and outcome lines of a replay of its own")
    func asAlone() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let files = try await Self.files(log, folder)
        var arguments = ["replay", "-o", "json"]
        for (number, file) in files.enumerated() {
            arguments += ["--protocol", file, "--outcomes", folder.path + "/together-\(number)"]
        }
        let ended = try await log.trough.run(arguments)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.lines.count == 1)
        #expect(ended.output.hasPrefix(#"[{"file":"default","protocol":"roblin-2020","events":8593,"patients":90,"#))
        let together = try JSONObject("{\"all\":\(ended.output)}").objects("all")
        #expect(together.count == 3)
        #expect(try together.map { try $0.string("file") } == files)
        #expect(try together.map { try $0.string("protocol") } == ["roblin-2020", "short-2020", "roblin-2020"])
        for (number, file) in files.enumerated() {
            let path = folder.path + "/alone-\(number)"
            let alone = try await log.trough("replay", "-o", "json", "--protocol", file, "--outcomes", path)
            let object = try JSONObject(alone.output)
            #expect(
                object.keys
                    == [
                        "events", "patients", "randomised", "seconds", "eventsPerSecond", "shards", "digest",
                        "findings",
                    ])
            #expect(together[number].names == object.names.union(["file", "protocol"]))
            for key in ["events", "patients", "randomised", "findings"] {
                #expect(try together[number].whole(key) == object.whole(key))
            }
            #expect(try together[number].string("digest") == object.string("digest"))
            #expect(folder.text("together-\(number)") == folder.text("alone-\(number)"))
        }
        #expect(try together[0].string("digest") == TestData.replicaDigest)
        #expect(try Set(together.map { try $0.string("digest") }).count == 3)
    }

    @Test("The table has a row for each protocol and fits into 80 columns")
    func table() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let files = try await Self.files(log, folder)
        let ended = try await log.trough.run(["replay"] + files.flatMap { ["--protocol", $0] })
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.contains("events      8593\npatients    90, 90 randomised\n"))
        #expect(ended.lines.allSatisfy { $0.count <= 80 }, "\(ended.output)")
        let rows = ended.lines.drop { !$0.contains("digest") }.dropFirst()
        #expect(rows.count == 3)
        #expect(rows.first?.contains(TestData.replicaDigest.prefix(16)) == true, "\(ended.output)")
    }

    @Test("One protocol prints what it always has, also by the name of the one that is built in")
    func single() async throws {
        let log = try CommandLog.shared
        let plain = try await log.trough("replay")
        #expect(
            plain.output.hasPrefix("protocol    roblin-2020\nevents      8593\npatients    90, 90 randomised\ntime"))
        #expect(plain.output.hasSuffix("digest      \(TestData.replicaDigest)\nfindings    0\n"))
        #expect(plain.lines.count == 6)
        for name in ["default", "roblin-2020"] {
            let named = try await log.trough("replay", "--protocol", name, "--outcomes", "-")
            #expect(named.output == (try String(contentsOf: TestData.replicaOutcomes, encoding: .utf8)))
        }
    }

    @Test("Files of outcomes that do not match the protocols are refused in a sentence, and nothing is written")
    func refusals() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let path = folder.path + "/outcomes"
        let refused: [([String], String)] = [
            (
                ["replay", "--protocol", "default", "--protocol", "default", "--outcomes", path],
                "one file for each protocol"
            ),
            (["replay", "--outcomes", path, "--outcomes", path + "2"], "one file for each protocol"),
            (
                ["replay", "--protocol", "default", "--protocol", "default", "--outcomes", path, "--outcomes", path],
                "names \(path) twice"
            ),
            (
                [
                    "replay", "--protocol", "default", "--protocol", "default", "--outcomes", path, "--outcomes",
                    folder.path + "/./outcomes",
                ], "/./outcomes twice"
            ),
            (["replay", "--protocol", path, "--outcomes", folder.path + "/./outcomes"], "which is read"),
            (["replay"] + (0..<65).flatMap { _ in ["--protocol", "default"] }, "expected at most 64"),
            (["report", "--protocol", "default", "--protocol", "default"], "--protocol is given 2 times"),
            (["patients", "--protocol", "default", "--protocol", "default"], "--protocol is given 2 times"),
            (["replay", "--protocol", "default", "--protocol", folder.path + "/none.yaml"], "none.yaml"),
        ]
        for (arguments, sentence) in refused {
            let ended = try await log.trough.run(arguments)
            #expect(ended.status == 2, "\(arguments): \(ended.errors)")
            #expect(ended.output == "")
            #expect(ended.errors.contains(sentence), "\(ended.errors)")
        }
        #expect(folder.names == [])
    }
}
