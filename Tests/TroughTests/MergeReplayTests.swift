import Foundation
import TestData
import Testing

/// Replays divided among processes by slices.
@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct MergeReplayTests {
    /// Replays the example in so many parts as processes, several at a time, and tells their files in order.
    private func parts(_ count: Int, _ options: [String] = [], in folder: TestFolder) async throws -> [String] {
        let trough = try CommandLog.shared.trough
        return try await withThrowingTaskGroup(of: (Int, String).self) { group in
            var files = [String](repeating: "", count: count)
            for part in 0..<count {
                if part >= 4, let (number, file) = try await group.next() { files[number] = file }
                group.addTask {
                    let path = folder.path + "/part-\(part)"
                    let slices = "\(part * 64 / count)-\((part + 1) * 64 / count - 1)"
                    let ended = try await trough.run(["replay", "--slices", slices, "--partial", path] + options)
                    #expect(ended.status == 0, "\(ended.errors)")
                    #expect(ended.output == "", "the result goes to the file")
                    #expect(ended.errors == "")
                    return (part, path)
                }
            }
            for try await (number, file) in group { files[number] = file }
            return files
        }
    }

    /// An object without what is of one run alone: seconds, rate and shards.
    private func said(_ text: String) throws -> String {
        try text.replacing(Regex(#""seconds":[^,]*,"eventsPerSecond":[^,]*,"shards":[^,]*,"#), with: "")
    }

    @Test(
        "Sixteen parts, made by processes of their own and merged in random order, say what one replay says",
        arguments: [[], ["--until", "2015-06-30"], ["--as-of", "2099-12-31", "--shards", "3"]] as [[String]])
    func sixteen(_ options: [String]) async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        var random = SeededRandom(seed: 20_261_126)
        let files = try await parts(16, options, in: folder)
        let shuffled = files.shuffled(using: &random)
        let (one, joined) = (folder.path + "/one", folder.path + "/joined")
        let single = try await log.trough.run(["replay", "-o", "json", "--outcomes", one] + options)
        let merged = try await log.trough.run(["merge", "-o", "json", "--outcomes", joined] + shuffled)
        #expect(merged.status == 0, "\(merged.errors)")
        #expect(merged.errors == "")
        #expect(try said(merged.output) == said(single.output))
        #expect(try JSONObject(merged.output).keys == JSONObject(single.output).keys)
        #expect(try JSONObject(merged.output).whole("shards") == 16, "the number of parts")
        #expect(folder.text("joined") == folder.text("one"))
        #expect(!folder.text("one").isEmpty)
        if options.isEmpty { #expect(try JSONObject(merged.output).string("digest") == TestData.replicaDigest) }
        func table(_ arguments: [String]) async throws -> [String] {
            try await log.trough.run(arguments).lines.filter { !$0.hasPrefix("time") }
        }
        #expect(try await table(["merge"] + files) == table(["replay"] + options))
        // Merged by halves, the file is the one that a single part would have left, whatever the number of shards.
        let (left, right) = (folder.path + "/left", folder.path + "/right")
        for (half, path) in [(files[..<8], left), (files[8...], right)] {
            let ended = try await log.trough.run(["merge", "--partial", path] + half)
            #expect(ended.status == 0, "\(ended.errors)")
            #expect(ended.output == "")
        }
        #expect(try await log.trough("merge", right, left, "--partial", folder.path + "/both").status == 0)
        let whole = try await log.trough.run(
            ["replay", "--shards", "5", "--partial", folder.path + "/whole"] + options)
        #expect(whole.status == 0)
        let bytes = FileManager.default.contents(atPath: folder.path + "/whole")
        #expect(FileManager.default.contents(atPath: folder.path + "/both") == bytes)
        #expect(bytes?.starts(with: Array("trough-replay 1\n".utf8)) == true)
    }

    @Test("Slices without a partial file are replayed as a study of them alone")
    func slicesAlone() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        var (events, lines) = (0, [String]())
        for (number, slices) in ["0-6", "7", "8-63"].enumerated() {
            let path = folder.path + "/\(number)"
            let ended = try await log.trough("replay", "--slices", slices, "-o", "json", "--outcomes", path)
            #expect(ended.status == 0, "\(ended.errors)")
            let object = try JSONObject(ended.output)
            let ends = slices.split(separator: "-").compactMap { Int($0) }
            #expect(try object.whole("firstSlice") == ends.first && object.whole("lastSlice") == ends.last)
            #expect(object.isNull("digest"), "no digest of some slices passes for the study's")
            events += try object.whole("events")
            lines += folder.text("\(number)").lines
        }
        #expect(events == 8_593)
        #expect(
            lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                == (try TestData.lines(TestData.replicaOutcomes)))
    }

    @Test("A replay of some slices says so and has no digest; one of all slices is a replay of the study")
    func someSlices() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        for slices in ["8-39", "58"] {
            let table = try await log.trough("replay", "--slices", slices).output
            #expect(table.contains("\nslices      \(slices) of 64, counted from 0\n"), "\(table)")
            #expect(table.contains("\ndigest      –\n"), "\(table)")
        }
        let all = try await log.trough("replay", "--slices", "0-63", "-o", "json").output
        #expect(try JSONObject(all).string("digest") == TestData.replicaDigest)
        #expect(try JSONObject(all).keys == JSONObject(try await log.trough("replay", "-o", "json").output).keys)
        let whole = try await log.trough("replay", "--slices", "0-63").output
        #expect(whole.contains(TestData.replicaDigest) && !whole.contains("slices"), "\(whole)")

        let protocols = ["--protocol", "default", "--protocol", "roblin-2020"]
        let outcomes = ["--outcomes", folder.path + "/1", "--outcomes", folder.path + "/2"]
        let several = try await log.trough.run(["replay", "--slices", "8-39", "-o", "json"] + protocols + outcomes)
        #expect(several.status == 0, "\(several.errors)")
        let objects = try JSONObject("{\"all\":\(several.output)}").objects("all")
        #expect(objects.count == 2)
        for object in objects {
            #expect(object.isNull("digest"))
            #expect(try object.whole("firstSlice") == 8 && object.whole("lastSlice") == 39)
        }
        #expect(folder.text("1") == folder.text("2") && !folder.text("1").isEmpty)
        let rows = try await log.trough.run(["replay", "--slices", "8-39"] + protocols).output
        #expect(rows.hasPrefix("slices      8-39 of 64, counted from 0\n"), "\(rows)")
        #expect(!rows.contains("…"), "no digits of a digest: \(rows)")
    }

    @Test("Several protocols go through parts together")
    func severalProtocols() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let shown = try await log.trough("protocol", "show")
        let text = shown.output.replacing("name: roblin-2020", with: "name: \"Zwei Jahre, ß\"")
            .replacing("horizon: 730", with: "horizon: 365")
        let options = ["--protocol", "default", "--protocol", try folder.file("mine.yaml", text).path]
        let files = try await parts(3, options, in: folder)
        let outcomes = { (name: String) in
            ["--outcomes", folder.path + "/\(name)-1", "--outcomes", folder.path + "/\(name)-2"]
        }
        // The protocols are in the parts, and their files are not needed any more.
        let single = try await log.trough.run(["replay", "-o", "json"] + options + outcomes("one"))
        try FileManager.default.removeItem(atPath: folder.path + "/mine.yaml")
        let merged = try await log.trough.run(["merge", "-o", "json"] + files + outcomes("joined"))
        #expect(merged.status == 0, "\(merged.errors)")
        #expect(try said(merged.output) == said(single.output))
        for number in 1...2 {
            #expect(folder.text("joined-\(number)") == folder.text("one-\(number)"))
            #expect(!folder.text("one-\(number)").isEmpty)
        }
        #expect(folder.text("one-1") != folder.text("one-2"))
        let few = try await log.trough.run(["merge", "--outcomes", folder.path + "/few"] + files)
        #expect(few.status == 2)
        #expect(few.errors.contains("2 protocols"), "\(few.errors)")
    }

    @Test("Missing, doubled, foreign and broken parts are refused by name, and nothing is printed")
    func refusals() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let files = try await parts(4, in: folder)
        func other(_ name: String, _ arguments: [String]) async throws -> String {
            let path = folder.path + "/" + name
            let ended = try await log.trough.run(["replay", "--slices", "48-63", "--partial", path] + arguments)
            try #require(ended.status == 0, "\(ended.errors)")
            return path
        }
        _ = try await log.trough("append", "--study", "second", TestData.replica.path)
        let study = try await other("study", ["--study", "second"])
        let until = try await other("until", ["--until", "2015-06-30"])
        let shown = try await log.trough("protocol", "show")
        let mine = try folder.file("mine.yaml", shown.output.replacing("horizon: 730", with: "horizon: 365")).path
        let strict = try await other("strict", ["--protocol", mine])
        let overlapping = try await other("overlapping", [])
        let simulated = folder.path + "/simulated"
        _ = try await log.trough("simulate", "--patients", "10", "--partial", simulated)
        var bytes = [UInt8](try #require(FileManager.default.contents(atPath: files[3])))
        let torn = try folder.file("torn", bytes: bytes.dropLast(7))
        bytes[bytes.count / 2] ^= 1
        let changed = try folder.file("changed", bytes: bytes)
        let first = Array(files[..<3])
        let cases: [(arguments: [String], word: String)] = [
            (first, "The slices 48 to 63 are in no part; expected each of the slices 0 to 63 once."),
            ([files[0], files[2], files[3]], "The slices 16 to 31 are in no part"),
            (files + [files[1]], "\(files[1]), after \(files[1]): Slice 16 is in another part already"),
            (files + [overlapping], "Slice 48 is in another part already"),
            (first + [study], "\(study): It belongs to another replay: the study \"second\", not \"main\""),
            (first + [until], "\(until): It belongs to another replay: until 2015-06-30T23:59:59.999999Z, not without"),
            (
                first + [strict],
                "\(strict): It belongs to another replay: a protocol \"roblin-2020\" that says something"
            ),
            (first + [torn], "\(torn): The file is torn or was changed"),
            (first + [changed], "\(changed): The file is torn or was changed"),
            (first + [simulated], "\(simulated): The file is part of a simulation, and \(files[0]) is"),
            ([simulated] + files, "\(files[0]): The file is part of a replay, and \(simulated) is not"),
            ([simulated, "--outcomes", folder.path + "/out"], "\(simulated): The file is no partial replay"),
            (first + [folder.path + "/none"], folder.path + "/none"),
            (files + ["-o", "csv"], "csv"),
            (files + ["--partial", folder.path + "/a", "--outcomes", folder.path + "/b"], "expected one of them"),
        ]
        for (arguments, word) in cases {
            let ended = try await log.trough.run(["merge"] + arguments)
            #expect(ended.status == 2, "\(arguments): \(ended.status) \(ended.errors)")
            #expect(ended.output == "", "\(arguments)")
            #expect(ended.errors.contains(word), "\(arguments): \(ended.errors)")
        }
        #expect(!folder.names.contains("out"))
    }

    @Test("Studies of one name in two databases are told apart")
    func otherDatabase() async throws {
        let folder = try TestFolder()
        let files = try await parts(2, in: folder)
        let foreign = folder.path + "/foreign"
        try await CommandLog.with { log in
            _ = try await log.trough("append", TestData.replica.path)
            let ended = try await log.trough("replay", "--slices", "32-63", "--partial", foreign)
            #expect(ended.status == 0, "\(ended.errors)")
        }
        let merged = try await CommandLog.shared.trough("merge", files[0], foreign)
        #expect(merged.status == 2)
        #expect(merged.errors.contains("\(foreign): It belongs to another replay: a study \"main\" made at "))
    }

    @Test("Slices that the study does not have, and what is no stretch of slices, are refused with what was expected")
    func wrongSlices() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let path = folder.path + "/part"
        let cases: [(slices: String, word: String)] = [
            ("64", "--slices 64: the study \"main\" has 64 slices; expected numbers from 0 to 63."),
            ("60-64", "--slices 60-64: the study \"main\" has 64 slices"), ("999999999", "from 0 to 63"),
            ("7-3", "0-15"), ("-1", "slices"), ("1-", "0-15"), ("-", "0-15"), ("", "0-15"), ("a", "0-15"),
            ("1-2-3", "0-15"), ("+1-2", "0-15"), ("99999999999999999999", "0-15"), ("1,2", "0-15"),
        ]
        for (slices, word) in cases {
            let ended = try await log.trough("replay", "--slices", slices, "--partial", path)
            #expect(ended.status == 2, "\(slices): \(ended.status) \(ended.errors)")
            #expect(ended.errors.contains(word), "\(slices): \(ended.errors)")
            #expect(ended.output == "")
        }
        let both = try await log.trough("replay", "--partial", path, "--outcomes", folder.path + "/outcomes")
        #expect(both.status == 2)
        #expect(both.errors.contains("expected one of them"))
        let unwritable = try await log.trough("replay", "--partial", folder.path + "/none/part")
        #expect(unwritable.status == 2)
        #expect(unwritable.errors.contains("none/part"))
        #expect(folder.names.isEmpty)
    }

    @Test("A part says as JSON what its file holds, without a digest of slices that were not read")
    func partAsJSON() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let path = folder.path + "/part"
        let alone = try JSONObject(try await log.trough("replay", "--slices", "8-39", "-o", "json").output)
        let ended = try await log.trough(
            "replay", "--slices", "8-39", "--partial", path, "-o", "json", "--shards", "99")
        #expect(ended.status == 0 && ended.lines.count == 1, "\(ended.errors)")
        let part = try JSONObject(ended.output)
        #expect(part.keys.prefix(2) == ["firstSlice", "lastSlice"])
        #expect(part.keys == alone.keys)
        #expect(try part.whole("firstSlice") == 8 && part.whole("lastSlice") == 39)
        #expect(try part.whole("shards") == 32, "a slice each")
        for key in ["events", "patients", "randomised", "findings"] {
            #expect(try part.whole(key) == alone.whole(key), "\(key)")
        }
        #expect(ended.output.contains(#","digest":null,"#), "\(ended.output)")
        let silent = try await log.trough("replay", "--slices", "8-39", "--partial", path)
        #expect(silent.status == 0 && silent.output == "")

        let several = try await log.trough(
            "replay", "--partial", path, "-o", "json", "--protocol", "default", "--protocol", "roblin-2020")
        #expect(several.status == 0, "\(several.errors)")
        let start = #"{"file":"roblin-2020","protocol":"roblin-2020","firstSlice":0,"lastSlice":63,"events":8593,"#
        #expect(several.output.contains(start), "\(several.output)")
    }

    @Test("A part that cannot be written whole is not there at all")
    func fullDisk() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let path = try folder.file("part", "before\n").path
        let ended = try await log.trough.shell(
            "ulimit -f 4; trap '' XFSZ; exec \"$TROUGH\" replay --partial '\(path)'")
        #expect(ended.status == 1, "\(ended.errors)")
        #expect(ended.errors.contains(path))
        #expect(folder.text("part") == "before\n")
        #expect(folder.names == ["part"])
    }
}
