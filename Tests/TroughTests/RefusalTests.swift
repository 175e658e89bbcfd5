import Foundation
import TestData
import Testing

/// Lines that the log does not take, among lines that it takes.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(6)))
struct RefusalTests {
    @Test(
        "Refused lines of each code cost no accepted line and are reported one by one", arguments: RefusedLines.allCases
    )
    func mixed(_ sort: RefusedLines) async throws {
        let (log, folder, seed) = (try CommandLog.shared, try TestFolder(), UInt64(2020))
        // Taken once: one of them depends on the time.
        let bad = sort.lines
        var random = SeededRandom(seed: seed)
        let good = EventLine.assays(24)
        // The same content, spelled in another way.
        let duplicates =
            good.prefix(6).map { $0.replacing(":2016", with: ": 2016") }
            + good.suffix(4).map { $0.replacing("T09:30:00Z", with: "T10:30:00.000+01:00") }
        // The first three stand in front, since the conflicts are with them.
        var rest = (good.dropFirst(3) + duplicates).map { Array($0.utf8) } + bad
        rest.shuffle(using: &random)
        let lines = good.prefix(3).map { Array($0.utf8) } + rest
        let path = try folder.file("mixed.ndjson", bytes: lines.flatMap { $0 + [UInt8(ascii: "\n")] })

        let ended = try await log.trough(
            "append", path, "--study", sort.rawValue, "-o", "json", "--rejects", folder.path + "/rejects")
        #expect(ended.status == 1, "seed \(seed): \(ended.errors)")
        let summary = try JSONObject(ended.output)
        #expect(try summary.whole("lines") == lines.count, "seed \(seed)")
        #expect(try summary.whole("ok") == good.count, "seed \(seed)")
        #expect(try summary.whole("duplicates") == duplicates.count, "seed \(seed)")
        #expect(try summary.whole("rejected") == bad.count, "seed \(seed)")

        let rejects = try folder.text("rejects").lines.map(JSONObject.init)
        let refused = lines.indices.filter { bad.contains(lines[$0]) }
        #expect(try rejects.map { try $0.whole("line") } == refused.map { $0 + 1 }, "seed \(seed)")
        for reject in rejects {
            let line = lines[try reject.whole("line") - 1]
            let text = String(decoding: line, as: UTF8.self)
            #expect(reject.keys == ["file", "line", "code", "message", "text"])
            #expect(try reject.string("file") == path)
            #expect(try reject.string("code") == sort.rawValue, "\(text.prefix(400))")
            #expect(try reject.string("text") == text)
            let message = try reject.string("message")
            #expect(message.hasSuffix(".") && message.contains(" "), "\(message)")
        }
        #expect(!ended.errors.contains(path), "with --rejects nothing of the lines is said")
        #expect(try await log.exported(sort.rawValue) == good.map(EventLine.name).sorted())

        let again = try await log.trough(
            "append", path, "--study", sort.rawValue, "-o", "json", "--rejects", folder.path + "/again")
        #expect(again.status == 1)
        #expect(try JSONObject(again.output).whole("duplicates") == good.count + duplicates.count)
        #expect(try await log.events(sort.rawValue) == good.count)
    }

    @Test("Without a file for them the first twenty refused lines go to standard error, with place, code and sentence")
    func firstTwenty() async throws {
        let folder = try TestFolder()
        var lines = EventLine.assays(30)
        for index in 0..<25 { lines[index] = lines[index].replacing("trough.assay.v1", with: "trough.assay.v9") }
        let path = try folder.file("many.ndjson", lines.joined(separator: "\n")).path
        let ended = try await CommandLog.shared.trough("append", path, "--study", "twenty", "-o", "json")
        #expect(ended.status == 1)
        let said = ended.errors.lines
        let places = said.filter { $0.hasPrefix(path + ":") }
        #expect(places.count == 20)
        for (index, line) in places.enumerated() {
            #expect(line.hasPrefix("\(path):\(index + 1):"))
            #expect(line.contains(": type: "))
        }
        #expect(said.count == 21)
        #expect(said.last?.contains("5 more") == true)
        #expect(ended.lines.count == 1)
    }

    @Test("One line that is told no more is one line, and a second is two")
    func oneMore() async throws {
        for (count, words) in [(21, "1 more line was refused;"), (22, "2 more lines were refused;")] {
            let input = String(repeating: "broken\n", count: count)
            let ended = try await CommandLog.shared.trough("append", "--dry-run", input: input)
            #expect(ended.errors.lines.last?.hasPrefix("trough: " + words) == true, "\(ended.errors)")
        }
    }

    @Test("Thousands of refused lines are written to their file in few writes, in their order")
    func fewWrites() async throws {
        let folder = try TestFolder()
        let path = try folder.file("rejects", "").path
        let running = try CommandLog.shared.trough.start(["append", "--dry-run", "--rejects", path])
        let count = 30_000
        try await running.feed((1...count).map { "broken \($0)\n" }.joined())
        try await eventually { folder.text("rejects").lines.count == count }
        let counters = try String(contentsOfFile: "/proc/\(running.identifier)/io", encoding: .utf8)
        let writes = counters.firstMatch(of: /syscw: ([0-9]+)/).flatMap { Int($0.1) }
        #expect(try #require(writes) < 1000)
        #expect(try await running.finish().status == 1)
        let rejects = try folder.text("rejects").lines.map(JSONObject.init)
        #expect(try rejects.map { try $0.string("text") } == (1...count).map { "broken \($0)" })
    }

    @Test("The name of a file can neither forge a line of its own nor move the cursor of a terminal")
    func forgingName() async throws {
        let folder = try TestFolder()
        let path = try folder.file("a\n\u{1B}[2Jtrough: all stored\u{9B}1m é", "broken\n").path
        let ended = try await CommandLog.shared.trough("append", path, "--study", "forged")
        #expect(ended.status == 1)
        let shown = folder.path + "/a??[2Jtrough: all stored\u{FFFD}1m é:1:"
        #expect(ended.errors.lines.count == 1 && ended.errors.hasPrefix(shown), "\(ended.errors)")
        let rejects = folder.path + "/rejects"
        _ = try await CommandLog.shared.trough("append", path, "--study", "forged", "--rejects", rejects)
        #expect(try JSONObject(folder.text("rejects")).string("file") == path, "for programs it is as it is")
    }

    @Test("A line of exactly 64 KiB is taken, also as it is exported, and one byte more is refused")
    func longestLine() async throws {
        let log = try CommandLog.shared
        for (bytes, status) in [(65_536, Int32(0)), (65_537, 1)] {
            for end in ["", "\n"] {
                let line = EventLine.assay("P-1", "b\(bytes)-\(end.utf8.count)", bytes: bytes)
                #expect(line.utf8.count == bytes)
                let ended = try await log.trough("append", "--study", "longest", input: line + end)
                #expect(ended.status == status, "\(bytes) bytes, end of \(end.utf8.count): \(ended.errors)")
                if status == 1 { #expect(ended.errors.contains(": syntax: ")) }
            }
        }
        #expect(try await log.events("longest") == 2)
        let lines = try await log.trough("export", "--study", "longest").output
        #expect(lines.split(separator: "\n").allSatisfy { $0.utf8.count > 65_536 })
        let again = try await log.trough("append", "--study", "longest again", input: lines)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await log.events("longest again") == 2)
    }

    @Test("A conflict leaves what is stored as it was, also within one file and across files")
    func conflict() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let first = EventLine.assay("P-1", "k1", value: 1)
        let other = EventLine.assay("P-1", "k1", value: 2)
        let later = EventLine.assay("P-1", "k1", value: 3)
        let one = try folder.file("one", first + "\n" + other + "\n").path
        let two = try folder.file("two", later + "\n" + first).path
        let ended = try await log.trough(
            "append", one, two, "--study", "conflicts", "-o", "json", "--rejects", folder.path + "/rejects")
        #expect(ended.status == 1)
        #expect(ended.output.hasPrefix(#"{"lines":4,"ok":1,"duplicates":1,"rejected":2,"#))
        let rejects = try folder.text("rejects").lines.map(JSONObject.init)
        #expect(try rejects.map { try $0.string("file") } == [one, two])
        #expect(try rejects.map { try $0.whole("line") } == [2, 1])
        let stored = try await log.trough("export", "--study", "conflicts")
        #expect(stored.lines.count == 1)
        #expect(stored.output.contains(#""value":1,"#))
    }
}
