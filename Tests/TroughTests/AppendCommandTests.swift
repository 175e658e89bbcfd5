import Foundation
import TestData
import Testing

@Suite(.serialized, .emptyLog, .timeLimit(.minutes(6)))
struct AppendCommandTests {
    @Test("The summary has its keys in order, and the same file again is all duplicates")
    func summary() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let path = try folder.file("a.ndjson", EventLine.assays(50).map { $0 + "\n" }.joined()).path
        let first = try await log.trough("append", path, "--study", "summary", "-o", "json")
        #expect(first.status == 0)
        #expect(first.errors == "")
        #expect(first.lines.count == 1)
        #expect(first.output.hasSuffix("\n"))
        let object = try JSONObject(first.output)
        #expect(object.keys == ["lines", "ok", "duplicates", "rejected", "commits", "seconds"])
        #expect(first.output.hasPrefix(#"{"lines":50,"ok":50,"duplicates":0,"rejected":0,"commits":1,"seconds":"#))
        #expect(try object.number("seconds") > 0)
        let second = try await log.trough("append", path, "--study", "summary", "-o", "json")
        #expect(second.status == 0)
        #expect(second.output.hasPrefix(#"{"lines":50,"ok":0,"duplicates":50,"rejected":0,"#))
        #expect(try await log.events("summary") == 50)
    }

    @Test("Line ends are LF or CR LF, and the last line may lack one")
    func lineEnds() async throws {
        let log = try CommandLog.shared
        let lines = EventLine.assays(4)
        let input = lines[0] + "\n" + lines[1] + "\r\n" + lines[2] + "\r\n" + lines[3]
        let ended = try await log.trough("append", "--study", "ends", "-o", "json", input: input)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.hasPrefix(#"{"lines":4,"ok":4,"#))
        let again = try await log.trough(
            "append", "--study", "ends", "-o", "json", input: lines.joined(separator: "\n") + "\n")
        #expect(again.output.hasPrefix(#"{"lines":4,"ok":0,"duplicates":4,"#))
        let nothing = try await log.trough("append", "--study", "ends", "-o", "json")
        #expect(nothing.status == 0)
        #expect(nothing.output.hasPrefix(#"{"lines":0,"ok":0,"duplicates":0,"rejected":0,"commits":0,"#))
    }

    @Test("Several files and standard input are read in the order they are named")
    func severalInputs() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let lines = EventLine.assays(30)
        let one = try folder.file("one", lines[..<10].joined(separator: "\n")).path
        let three = try folder.file("three", lines[20...].joined(separator: "\n") + "\nbroken\n").path
        let ended = try await log.trough(
            "append", one, "-", three, "--study", "several", "-o", "json",
            input: lines[10..<20].joined(separator: "\n") + "\nbroken")
        #expect(ended.status == 1)
        #expect(ended.output.hasPrefix(#"{"lines":32,"ok":30,"duplicates":0,"rejected":2,"#))
        #expect(ended.errors.lines.count == 2)
        #expect(ended.errors.lines.first?.hasPrefix("-:11:") == true)
        #expect(ended.errors.lines.last?.hasPrefix("\(three):11:") == true)
        #expect(try await log.exported("several") == lines.map(EventLine.name).sorted())
    }

    @Test("Pipes that one writer fills in turn are read in turn")
    func pipesInTurn() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let one = try folder.file("one", EventLine.assay("P-1", "p1") + "\n").path
        let two = try folder.file("two", EventLine.assay("P-1", "p2") + "\n").path
        let ended = try await log.trough.shell(
            """
            cd '\(folder.path)' && mkfifo a b && { (sleep 1; cat '\(one)' > a; sleep 1; cat '\(two)' > b) & }
            timeout 30 "$TROUGH" append a b --study pipes -o json
            """)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.hasPrefix(#"{"lines":2,"ok":2,"#), "\(ended.output)")
    }

    @Test("A dry run validates, writes nothing and needs no database")
    func dryRun() async throws {
        let lines = EventLine.assays(10) + ["broken"]
        let nowhere = TroughProgram(url: "postgresql://127.0.0.1:1/none")
        let ended = try await nowhere("append", "--dry-run", "-o", "json", input: lines.joined(separator: "\n"))
        #expect(ended.status == 1)
        #expect(ended.output.hasPrefix(#"{"lines":11,"ok":10,"duplicates":0,"rejected":1,"commits":0,"#))
        let log = try CommandLog.shared
        let there = try await log.trough("append", "--dry-run", "--study", "dry", input: EventLine.assay("P-1", "x"))
        #expect(there.status == 0)
        #expect(try await log.sql("SELECT name FROM trough.study WHERE name = 'dry'") == [])
    }

    @Test("A piece of ten thousand events is a commit, and the commits say how far the lines are durable")
    func commits() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let lines = EventLine.assays(20_500, patients: 200)
        let path = try folder.file("many", lines.joined(separator: "\n")).path
        let ended = try await log.trough("append", path, "--study", "commits", "-o", "ndjson")
        #expect(ended.status == 0)
        let objects = try ended.lines.map(JSONObject.init)
        #expect(objects.count >= 3)
        for object in objects {
            #expect(
                object.keys == ["lines", "ok", "duplicates", "rejected", "commits", "seconds", "committedThrough"])
            #expect(try object.whole("committedThrough") == object.whole("lines"))
        }
        let through = try objects.map { try $0.whole("committedThrough") }
        #expect(through == through.sorted())
        #expect(through.last == 20_500)
        #expect(zip([0] + through, through).allSatisfy { $1 - $0 <= 10_000 })
        #expect(try objects.last?.whole("ok") == 20_500)
        #expect(try await log.events("commits") == 20_500)
    }

    @Test("Who and why are kept with every commit; without a name it is the login name")
    func attribution() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough(
            "append", "--study", "who", "--author", "Dr. Ōta", "--reason", "monthly \"transfer\"",
            input: EventLine.assay("P-1", "w1"))
        _ = try await log.trough("append", "--study", "who", input: EventLine.assay("P-1", "w2"))
        let kept = try await log.sql(
            """
            SELECT b.author || '|' || coalesce(b.reason, 'none') FROM trough.batch b JOIN trough.head h USING (slice)
            JOIN trough.study s USING (study) WHERE s.name = 'who' ORDER BY b.recorded_at
            """)
        #expect(kept == ["Dr. Ōta|monthly \"transfer\"", "tester|none"])
    }

    @Test("Many megabytes without a line end take little memory and are refused as one line")
    func endlessLine() async throws {
        var program = try CommandLog.shared.trough
        program.limit = 90
        let running = try program.start(["append", "--dry-run", "-o", "json"])
        let megabyte = String(repeating: "x", count: 1 << 20)
        try await running.feed(megabyte)
        let before = try await settledMemory(running)
        for _ in 0..<40 { try await running.feed(megabyte) }
        let after = try await settledMemory(running)
        #expect(after - before < 16 << 10, "\(before) KiB before, \(after) KiB after")
        try await running.feed("\n" + EventLine.assay("P-1", "after"))
        let ended = try await running.finish()
        #expect(ended.status == 1)
        #expect(ended.output.hasPrefix(#"{"lines":2,"ok":1,"duplicates":0,"rejected":1,"#))
        #expect(ended.errors.hasPrefix("-:1"))
        #expect(ended.errors.contains(": syntax: "))
    }

    /// The most memory that a process has had so far, in KiB, once the pipe before it is empty.
    private func settledMemory(_ running: Running) async throws -> Int {
        try await Task.sleep(for: .milliseconds(300))
        let status = try String(contentsOfFile: "/proc/\(running.identifier)/status", encoding: .utf8)
        let line = try #require(status.lines.first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first)
    }

    @Test("A file that is not there, a folder, and a wrong argument stop before anything is read")
    func wrongUsage() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let good = try folder.file("good", EventLine.assay("P-1", "u1")).path
        for (arguments, word) in [
            ([good, folder.path + "/missing"], "missing"), ([good, folder.path], "folder"),
            ([good, "-o", "csv"], "json"), ([good, "--connections", "0"], "--connections takes 1 to 16; 0 was given."),
            (["-", "-"], "once"),
            ([good, "--rejects", folder.path + "/none/rejects"], "rejects"), ([good, "--unknown"], "--unknown"),
        ] {
            let ended = try await log.trough.run(["append", "--study", "usage"] + arguments)
            #expect(ended.status == 2, "\(arguments): \(ended.errors)")
            #expect(ended.errors.contains(word), "\(arguments): \(ended.errors)")
            #expect(ended.output == "")
        }
        #expect(try await log.sql("SELECT name FROM trough.study WHERE name = 'usage'") == [])
    }

    @Test("Refused lines go where they are sent, also into a pipe or a full device, which stay what they are")
    func rejectsElsewhere() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        // Links, so that no mistake of the program can replace a device of the machine.
        for device in ["full", "null"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/" + device, withDestinationPath: "/dev/" + device)
        }
        let input = "broken\n" + EventLine.assay("P-1", "f1")
        let full = try await log.trough(
            "append", "--study", "elsewhere", "--rejects", folder.path + "/full", input: input)
        #expect(full.status == 1)
        #expect(full.errors.contains(folder.path + "/full"), "the full device is not noticed")
        let null = try await log.trough(
            "append", "--study", "elsewhere", "--rejects", folder.path + "/null", input: input)
        #expect(null.status == 1)
        #expect(null.errors == "")
        for device in ["full", "null"] {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/" + device)
            #expect(target == "/dev/" + device)
        }
        let piped = try await log.trough.shell(
            "cd '\(folder.path)' && mkfifo pipe && { timeout 20 cat pipe > piped & } && "
                + "printf 'broken\\n' | \"$TROUGH\" append --study elsewhere --rejects pipe; wait")
        #expect(folder.text("piped").contains(#""text":"broken""#), "\(piped.errors)")
    }
}
