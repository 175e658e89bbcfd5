import Foundation
import TestData
import Testing

@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct ReplayCommandTests {
    @Test("The object has its keys in order and the example's digest")
    func object() async throws {
        let ended = try await CommandLog.shared.trough("replay", "-o", "json")
        #expect(ended.status == 0)
        #expect(ended.errors == "")
        #expect(ended.lines.count == 1)
        let object = try JSONObject(ended.output)
        #expect(
            object.keys
                == ["events", "patients", "randomised", "seconds", "eventsPerSecond", "shards", "digest", "findings"])
        #expect(try object.whole("events") == 8_593)
        #expect(try object.whole("patients") == 90)
        #expect(try object.whole("randomised") == 90)
        #expect(try object.whole("findings") == 0)
        #expect(try object.number("seconds") > 0)
        #expect(try object.number("eventsPerSecond") > 0)
        #expect(try object.string("digest") == "0c932359a8248c52e31fcf9ea0b9eb704270170324dbe5c5bb8a5e060fed75ab")
    }

    @Test("Any number of shards gives the same digest", arguments: [1, 2, 7, 64])
    func shards(_ count: Int) async throws {
        let ended = try await CommandLog.shared.trough("replay", "--shards", "\(count)", "-o", "json")
        let object = try JSONObject(ended.output)
        #expect(try object.whole("shards") == count)
        #expect(try object.string("digest") == TestData.replicaDigest)
        #expect(try object.whole("events") == 8_593)
        let table = try await CommandLog.shared.trough("replay", "--shards", "\(count)")
        #expect(table.output.contains(count == 1 ? " 1 shard\n" : " \(count) shards\n"), "\(table.output)")
    }

    @Test("The outcome lines are the known ones, in a file and on standard output")
    func outcomes() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let known = try String(contentsOf: TestData.replicaOutcomes, encoding: .utf8)
        let path = try folder.file("outcomes", "what stood there before").path
        let toFile = try await log.trough("replay", "--outcomes", path, "-o", "json")
        #expect(toFile.status == 0)
        #expect(folder.text("outcomes") == known)
        #expect(folder.names == ["outcomes"])
        #expect(try JSONObject(toFile.output).string("digest") == TestData.replicaDigest)
        let toOutput = try await log.trough("replay", "--outcomes", "-")
        #expect(toOutput.status == 0)
        #expect(toOutput.output == known)
        #expect(toOutput.errors.contains(TestData.replicaDigest))
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/null", withDestinationPath: "/dev/null")
        let toNull = try await log.trough("replay", "--outcomes", folder.path + "/null", "-o", "json")
        #expect(toNull.status == 0)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/null") == "/dev/null")
    }

    @Test("Outcomes that cannot be written whole are not there at all, and the reason is said")
    func unwritableOutcomes() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        try FileManager.default.createDirectory(atPath: folder.path + "/inner", withIntermediateDirectories: false)
        // A link, so that no mistake of the program can replace a device of the machine.
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/full", withDestinationPath: "/dev/full")
        for path in [folder.path + "/full", folder.path + "/none/outcomes", folder.path + "/inner", "/proc/outcomes"] {
            let ended = try await log.trough("replay", "--outcomes", path)
            #expect(ended.status == 1 || ended.status == 2, "\(path): \(ended.status)")
            #expect(ended.errors.hasPrefix("trough: \(path): "), "\(ended.errors)")
            #expect(ended.errors.lines.count == 1)
            #expect(!ended.output.contains("digest"), "nothing is said to be done")
        }
        #expect(folder.names == ["full", "inner"])
        // A limit on the size of files stands for a disk that becomes full on the way, with what stood there before.
        let path = try folder.file("outcomes", "before\n").path
        let ended = try await log.trough.shell(
            "ulimit -f 8; trap '' XFSZ; exec \"$TROUGH\" replay --outcomes '\(path)'")
        #expect(ended.status == 1, "\(ended.errors)")
        #expect(ended.errors.contains(path))
        #expect(folder.text("outcomes") == "before\n")
        #expect(folder.names == ["full", "inner", "outcomes"])
    }

    @Test("A mistake in the protocol file is shown with its place")
    func brokenProtocol() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let shown = try await log.trough("protocol", "show")
        let lines = shown.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let line = try #require(lines.firstIndex { $0.contains("horizon: 730") })
        let path = try folder.file("mine.yaml", shown.output.replacing("horizon: 730", with: "horizon: soon")).path
        for command in ["replay", "report", "patients"] {
            let ended = try await log.trough(command, "--protocol", path)
            #expect(ended.status == 2)
            #expect(ended.errors.contains("\(path):\(line + 1):"), "\(ended.errors)")
            #expect(ended.output == "")
        }
        let missing = try await log.trough("replay", "--protocol", folder.path + "/none.yaml")
        #expect(missing.status == 2)
        #expect(missing.errors.contains("none.yaml"))
    }

    @Test("Another protocol gives other outcomes")
    func otherProtocol() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let shown = try await log.trough("protocol", "show")
        let same = try folder.file("same.yaml", shown.output).path
        let shorter = try folder.file("shorter.yaml", shown.output.replacing("horizon: 730", with: "horizon: 365")).path
        let one = try await log.trough("replay", "-o", "json", "--protocol", same)
        #expect(try JSONObject(one.output).string("digest") == TestData.replicaDigest)
        let other = try await log.trough("replay", "-o", "json", "--protocol", shorter)
        #expect(other.status == 0)
        #expect(try JSONObject(other.output).string("digest") != TestData.replicaDigest)
    }

    @Test("A cut is a time or a date, which means the end of that day in UTC")
    func cuts() async throws {
        let log = try CommandLog.shared
        func digest(_ arguments: String...) async throws -> String {
            let ended = try await log.trough.run(["replay", "-o", "json"] + arguments)
            try #require(ended.status == 0, "\(arguments): \(ended.errors)")
            return try JSONObject(ended.output).string("digest")
        }
        let date = try await digest("--until", "2015-06-30")
        #expect(date != TestData.replicaDigest)
        #expect(try await digest("--until", "2015-06-30T23:59:59.999999Z") == date)
        #expect(try await digest("--until", "2015-07-01T01:59:59.999999+02:00") == date)
        #expect(try await digest("--until", "2015-06-30T00:00:00Z") != date)
        #expect(try await digest("--until", "2099-12-31") == TestData.replicaDigest)
        #expect(try await digest("--as-of", "2099-12-31") == TestData.replicaDigest)
        let before = try await log.trough("replay", "-o", "json", "--as-of", "2016-06-30T12:00:00Z")
        #expect(try JSONObject(before.output).whole("events") == 0)
        #expect(try JSONObject(before.output).whole("randomised") == 0)
    }

    @Test("Anything else is no time, and the answer says what one looks like", arguments: ["--as-of", "--until"])
    func wrongCut(_ option: String) async throws {
        for value in ["yesterday", "2016-02-30", "2016-06-30T12:00:00", "30.06.2016", "", "2016-6-3"] {
            let ended = try await CommandLog.shared.trough("replay", option, value)
            #expect(ended.status == 2, "\(value)")
            #expect(ended.output == "")
            #expect(ended.errors.contains(option))
            #expect(ended.errors.contains("2016-06-30"), "an example of a date is given: \(ended.errors)")
        }
    }

    @Test("What was recorded after a time is left out by --as-of")
    func asOf() async throws {
        let log = try CommandLog.shared
        let randomisation = EventLine.make(
            id: "r", type: "randomisation", time: "2016-01-01T08:00:00Z",
            data: #"{"arm":"combination","drug":"infliximab"}"#)
        _ = try await log.trough("append", "--study", "asof", input: randomisation)
        let between = try #require(
            try await log.sql(
                "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
            )
            .first)
        _ = try await log.trough(
            "append", "--study", "asof", input: EventLine.assays(5, patients: 1).joined(separator: "\n"))
        let all = try await log.trough("replay", "--study", "asof", "-o", "json")
        #expect(try JSONObject(all.output).whole("events") == 6)
        let earlier = try await log.trough("replay", "--study", "asof", "--as-of", between, "-o", "json")
        #expect(try JSONObject(earlier.output).whole("events") == 1)
        #expect(try JSONObject(earlier.output).whole("patients") == 1)
    }

    @Test("Every command that reads refuses an unknown study")
    func unknownStudy() async throws {
        for arguments in [
            ["replay"], ["report"], ["patients"], ["patient", "FO-002"], ["tail"], ["export"], ["status"],
        ] {
            let ended = try await CommandLog.shared.trough.run(arguments + ["--study", "nowhere"])
            #expect(ended.status == 2, "\(arguments): \(ended.errors)")
            #expect(ended.errors.contains("nowhere"), "\(ended.errors)")
            #expect(ended.output == "")
        }
    }
}
