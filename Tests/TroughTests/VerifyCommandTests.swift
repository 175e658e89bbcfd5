import Foundation
import TestData
import Testing

/// `verify` and `anchor` from outside.
@Suite(.timeLimit(.minutes(6)))
struct VerifyCommandTests {
    private static let triggersOff = "ALTER TABLE trough.event DISABLE TRIGGER ALL; "

    private static func withExample(_ body: (CommandLog) async throws -> Void) async throws {
        try await CommandLog.with { log in
            let appended = try await log.trough("append", TestData.replica.path)
            try #require(appended.status == 0, "\(appended.errors)")
            try await body(log)
        }
    }

    @Test("A sound log ends with 0, and the object has its keys in order")
    func sound() async throws {
        try await Self.withExample { log in
            for shards in [1, 2, 7] {
                let ended = try await log.trough("verify", "--shards", "\(shards)", "-o", "json")
                #expect(ended.status == 0)
                #expect(ended.errors == "")
                #expect(ended.lines.count == 1)
                let object = try JSONObject(ended.output)
                #expect(
                    object.names
                        == ["fits", "events", "studies", "faults", "anchor", "seconds", "eventsPerSecond", "shards"])
                #expect(ended.output.hasPrefix(#"{"fits":true,"events":8593,"studies":[{"name":"main","slices":64,"#))
                #expect(try object.objects("faults").isEmpty)
                #expect(object.isNull("anchor"))
                #expect(try object.whole("shards") == shards)
            }
            let table = try await log.trough("verify")
            #expect(table.status == 0)
            #expect(table.output.hasPrefix("study       main: 64 slices, 8593 events in "))
            #expect(table.output.hasSuffix("result      everything fits\n"))
            let shown = try await log.trough("verify", "--progress", "always")
            #expect(shown.errors.contains("events/s"))
        }
    }

    @Test("What does not fit is one line of its slice, and ends with 1")
    func broken() async throws {
        try await Self.withExample { log in
            try await log.execute(
                Self.triggersOff
                    + """
                    UPDATE trough.event SET value = value + 1 WHERE slice IN (3, 9) AND position = 2;
                    DELETE FROM trough.event WHERE slice = 12 AND position = 4;
                    """)
            let table = try await log.trough("verify")
            #expect(table.status == 1)
            #expect(table.errors == "")
            #expect(table.lines.count == 6, "\(table.output)")
            #expect(table.lines.first?.hasPrefix(#"slice 3 of study "main": positions 1 to "#) == true)
            #expect(table.lines[1].hasPrefix(#"slice 9 of study "main": positions 1 to "#))
            #expect(
                table.lines[2]
                    == #"slice 12 of study "main": position 4 is missing: the next event is at position 5"#)
            #expect(table.lines.last == "result      3 things do not fit")
            let ended = try await log.trough("verify", "-o", "json")
            #expect(ended.status == 1)
            let object = try JSONObject(ended.output)
            #expect(ended.output.hasPrefix(#"{"fits":false,"#))
            let faults = try object.objects("faults")
            #expect(try faults.map { try $0.whole("slice") } == [3, 9, 12])
            #expect(try faults.map { try $0.string("code") } == ["digest", "digest", "position"])
            #expect(try faults.map { try $0.whole("position") } == [1, 1, 4])
            #expect(try faults.map { try $0.string("message") } == Array(table.lines[..<3]))
            #expect(
                faults.allSatisfy { $0.names == ["study", "slice", "position", "lastPosition", "code", "message"] })
        }
    }

    @Test("An anchor holds while the log grows, and tells when it was written anew")
    func anchor() async throws {
        try await Self.withExample { log in
            let folder = try TestFolder()
            let printed = try await log.trough("anchor")
            #expect(printed.status == 0)
            #expect(printed.errors == "")
            let path = try folder.file("anchor.json", printed.output).path
            let sum = try await log.trough.shell("head -n -1 '\(path)' | sha256sum")
            let digest = try #require(sum.output.split(separator: " ").first)
            #expect(printed.lines.last == "\"sha256\":\"\(digest)\"}")
            let heads = try await log.sql("SELECT encode(digest, 'hex') FROM trough.head ORDER BY slice")
            for (head, line) in zip(heads, printed.lines.dropFirst(2)) { #expect(line.contains("\"\(head)\"}")) }

            _ = try await log.trough("append", input: EventLine.assays(50).joined(separator: "\n"))
            let grown = try await log.trough("verify", "--anchor", path, "-o", "json")
            #expect(grown.status == 0, "\(grown.output)")
            #expect(try JSONObject(grown.output).object("anchor").whole("events") == 8_593)
            #expect(try JSONObject(grown.output).whole("events") == 8_643)

            // A slice that never was: no event, no batch, no patient, an empty head.
            try await log.execute(
                Self.triggersOff
                    + """
                    ALTER TABLE trough.batch DISABLE TRIGGER ALL; ALTER TABLE trough.patient DISABLE TRIGGER ALL;
                    ALTER TABLE trough.head DISABLE TRIGGER ALL;
                    DELETE FROM trough.event WHERE slice = 3; DELETE FROM trough.batch WHERE slice = 3;
                    DELETE FROM trough.patient WHERE slice = 3; DELETE FROM trough.head WHERE slice = 3;
                    INSERT INTO trough.head (slice, study) SELECT 3, study FROM trough.study;
                    """)
            #expect(try await log.trough("verify").status == 0)
            let ended = try await log.trough("verify", "--anchor", path)
            #expect(ended.status == 1)
            #expect(
                ended.lines.first?.hasPrefix(
                    #"slice 3 of study "main": it ends at position 0, and the anchor was at position "#) == true,
                "\(ended.output)")
        }
    }

    @Test("A damaged anchor, and one that speaks of other studies, is refused and no broken log")
    func refusedAnchors() async throws {
        try await Self.withExample { log in
            let folder = try TestFolder()
            let printed = try await log.trough("anchor").output
            let files = [
                ("changed", printed.replacing("\"slice\":7,", with: "\"slice\":8,")),
                ("torn", String(printed.dropLast(40))), ("empty", ""), ("protocol", "name: roblin-2020\n"),
            ]
            for (name, text) in files {
                let path = try folder.file(name, text).path
                let ended = try await log.trough("verify", "--anchor", path)
                #expect(ended.status == 2, "\(name)")
                #expect(ended.output == "")
                #expect(ended.errors.hasPrefix("trough: \(path): is "), "\(ended.errors)")
                #expect(ended.errors.lines.count == 1)
            }
            for path in [folder.path + "/none", folder.path] {
                let ended = try await log.trough("verify", "--anchor", path)
                #expect(ended.status == 2)
                #expect(ended.errors.hasPrefix("trough: \(path): "), "\(ended.errors)")
            }
            let path = try folder.file("anchor", printed).path
            _ = try await log.trough("append", "--study", "other", input: EventLine.assay("P-1", "1"))
            let other = try await log.trough("verify", "--study", "other", "--anchor", path)
            #expect(other.status == 2)
            #expect(other.errors.contains(#""other""#) && other.errors.contains(#""main""#), "\(other.errors)")
        }
    }

    @Test("One study is looked at, or all; an unknown one is refused, one that an anchor knows does not fit")
    func studies() async throws {
        try await Self.withExample { log in
            let folder = try TestFolder()
            _ = try await log.trough("append", "--study", "other", input: EventLine.assay("P-1", "1"))
            let printed = try await log.trough("anchor", "--all")
            let path = try folder.file("anchor", printed.output).path
            #expect(try await log.trough("anchor", "--study", "other").output.contains("\"main\"") == false)
            let all = try await log.trough("verify", "--all")
            #expect(all.status == 0)
            #expect(all.lines.filter { $0.hasPrefix("study ") }.count == 2)
            let named = try await log.trough("verify", "--anchor", path)
            #expect(
                named.lines.filter { $0.hasPrefix("study ") }.count == 2, "an anchor's studies are those that are meant"
            )
            for command in ["verify", "anchor"] {
                let unknown = try await log.trough(command, "--study", "nowhere")
                #expect(unknown.status == 2)
                #expect(unknown.errors.contains("nowhere"))
                #expect(unknown.output == "")
                #expect(try await log.trough(command, "--all", "--study", "main").status == 2)
            }
            try await log.execute(
                "ALTER TABLE trough.study DISABLE TRIGGER ALL; UPDATE trough.study SET name = 'x' WHERE name = 'other'")
            for arguments in [
                ["--anchor", path], ["--all", "--anchor", path], ["--study", "other", "--anchor", path],
            ] {
                let ended = try await log.trough.run(["verify"] + arguments)
                #expect(ended.status == 1, "\(arguments): \(ended.errors)")
                #expect(
                    ended.lines.first
                        == #"study "other": the anchor has 1 events of it, and the log no such study"#)
            }
        }
    }

    @Test("Readers may verify and anchor, and the help lists both")
    func readers() async throws {
        try await Self.withExample { log in
            try await log.withLogin(roles: "trough_reader") { user in
                let trough = TroughProgram(url: log.url(user: user))
                for command in ["verify", "anchor"] {
                    let ended = try await trough(command)
                    #expect(ended.status == 0, "\(ended.errors)")
                }
            }
        }
        let help = try await TroughProgram()("--help").output
        #expect(help.contains("  verify  ") && help.contains("  anchor  "))
        for command in ["verify", "anchor"] {
            let own = try await TroughProgram()(command, "--help")
            #expect(own.output.contains("Example:"))
        }
    }
}
