import Foundation
import Glibc
import Postgres
import TestData
import Testing

/// `seal` from outside.
@Suite(.timeLimit(.minutes(6)))
struct SealCommandTests {
    private static func withExample(_ body: (CommandLog) async throws -> Void) async throws {
        try await CommandLog.with { log in
            let appended = try await log.trough("append", TestData.replica.path)
            try #require(appended.status == 0, "\(appended.errors)")
            try await body(log)
        }
    }

    /// Seals, and tells how many events were sealed.
    private static func sealed(_ log: CommandLog, _ arguments: String...) async throws -> Int {
        let ended = try await log.trough.run(["seal", "-o", "json"] + arguments)
        #expect(ended.status == 0, "\(ended.errors)")
        return try JSONObject(ended.output).whole("events")
    }

    private static func digest(_ log: CommandLog, _ arguments: String...) async throws -> String {
        let ended = try await log.trough.run(["replay", "-o", "json"] + arguments)
        #expect(ended.status == 0, "\(ended.errors)")
        return try JSONObject(ended.output).string("digest")
    }

    @Test("The example is sealed once, with the same digest and a chain that fits; then there is nothing to do")
    func example() async throws {
        try await Self.withExample { log in
            let first = try await log.trough("seal", "-o", "json")
            #expect(first.status == 0)
            #expect(first.errors == "")
            #expect(first.lines.count == 1)
            let object = try JSONObject(first.output)
            #expect(object.keys == ["segments", "events", "bytes", "seconds"])
            #expect(try object.whole("events") == 8_593)
            let segments = try object.whole("segments")
            #expect(try await log.sql("SELECT count(*)::text FROM trough.segment") == ["\(segments)"])
            #expect(try await log.sql("SELECT DISTINCT author FROM trough.segment") == ["tester"])
            #expect(try await Self.digest(log) == TestData.replicaDigest)
            #expect(try await log.trough("verify").status == 0)
            let again = try await log.trough("seal", "-o", "json")
            #expect(again.status == 0)
            #expect(again.output.hasPrefix(#"{"segments":0,"events":0,"bytes":0,"seconds":"#))
            let table = try await log.trough("seal")
            #expect(table.status == 0)
            let start = "sealed      0 events in 0 segments\nsize        0 bytes, 0 an event\ntime        "
            #expect(table.output.hasPrefix(start), "\(table.output)")
        }
    }

    @Test("One patient's corrected and voided events are told as before, whether they are sealed, half sealed or not")
    func corrections() async throws {
        try await CommandLog.with { log in
            let start = #"{"specversion":"1.0","source":"/s","subject":"A","#
            let score = { (id: String, day: String, total: Int) in
                start + #""id":"\#(id)","type":"trough.score.v1","time":"\#(day)T08:00:00Z","#
                    + #""data":{"instrument":"HBI","total":\#(total)}}"#
            }
            let correction = { (id: String, of: String, replacement: String) in
                start + #""id":"\#(id)","type":"trough.correction.v1","time":"2020-06-01T00:00:00Z","#
                    + #""data":{"corrects":{"source":"/s","id":"\#(of)"},"reason":"typo","replacement":\#(replacement)}}"#
            }
            let moved =
                #"{"type":"trough.score.v1","time":"2020-05-03T00:00:00Z","data":{"instrument":"HBI","total":1}}"#
            let lines = [
                start + #""id":"r","type":"trough.randomisation.v1","time":"2020-01-02T09:30:00Z","#
                    + #""data":{"arm":"monotherapy","drug":"infliximab"}}"#,
                score("1", "2020-05-01", 9), score("2", "2020-05-02", 9), score("3", "2020-05-04", 8),
                correction("c", "1", "null"), correction("d", "2", moved), correction("e", "3", "null"),
            ]
            // The last two come behind the segment, the first of these as a correction of a sealed event.
            for stage in [Array(lines.prefix(5)), Array(lines.dropFirst(5))] {
                for study in ["main", "twin"] {
                    let input = stage.joined(separator: "\n") + "\n"
                    let appended = try await log.trough.run(["append", "--study", study, "-"], input: input)
                    try #require(appended.status == 0, "\(appended.errors)")
                }
                // Of the twin nothing is ever sealed.
                for output in ["json", "table"] {
                    let told = try await log.trough("patient", "A", "--study", "twin", "-o", output).output
                    #expect(told.contains("typo"))
                    #expect(try await log.trough("patient", "A", "-o", output).output == told)
                    _ = try await Self.sealed(log)
                    #expect(try await log.trough("patient", "A", "-o", output).output == told)
                }
            }
            #expect(try await log.sql("SELECT count(*)::text FROM trough.segment") == ["2"])
        }
    }

    @Test("The table says how much; progress is shown where it is asked for, and the author is kept")
    func table() async throws {
        try await Self.withExample { log in
            let ended = try await log.trough("seal", "--author", "Dr. É", "--shards", "7", "--progress", "always")
            #expect(ended.status == 0)
            #expect(ended.errors.contains("events/s"))
            let expected =
                /sealed {6}8593 events in \d+ segments\nsize {8}\d+ bytes, \d+\.\d an event\ntime {8}\d+\.\d{3} s, \d+ events\/s\n/
            #expect(ended.output.wholeMatch(of: expected) != nil, "\(ended.output)")
            #expect(try await log.sql("SELECT DISTINCT author FROM trough.segment") == ["Dr. É"])
        }
    }

    @Test("Only what was recorded up to a moment, or so many days ago, is sealed; a day is taken to its end")
    func cuts() async throws {
        try await CommandLog.with { log in
            func append(_ prefix: String, _ count: Int) async throws {
                let lines = EventLine.assays(count, prefix: prefix).joined(separator: "\n")
                #expect(try await log.trough("append", input: lines).status == 0)
            }
            try await append("first", 40)
            let now =
                #"SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
            let moment = try #require(try await log.sql(now).first)
            try await append("second", 25)
            for none in [["--until", "2000-01-01"], ["--older-than", "1"], ["--older-than", "0.5"]] {
                let ended = try await log.trough.run(["seal", "-o", "json"] + none)
                #expect(try JSONObject(ended.output).whole("events") == 0, "\(none)")
            }
            #expect(try await Self.sealed(log, "--until", moment) == 40)
            #expect(try await Self.sealed(log, "--until", moment) == 0)
            #expect(try await Self.sealed(log, "--older-than", "0") == 25)
            try await append("third", 5)
            #expect(try await Self.sealed(log, "--until", "2999-12-31") == 5)
            // Cut in the middle of what is sealed.
            let cut = try await log.trough("replay", "--as-of", moment, "-o", "json")
            #expect(try JSONObject(cut.output).whole("events") == 40)
            #expect(try await log.trough("verify").status == 0)
        }
    }

    @Test("Wrong usage is refused with a sentence, an unknown study too; an empty one has nothing to seal")
    func usage() async throws {
        try await CommandLog.with { log in
            let refused = [
                (["--until", "2020-01-01", "--older-than", "3"], "--until and --older-than exclude each other."),
                (["--older-than=-1"], "--older-than takes 0 to 100000 days; -1 was given."),
                (["--older-than", "100001"], "--older-than takes 0 to 100000 days; 100001 was given."),
                (["--older-than", "nan"], "--older-than takes 0 to 100000 days; nan was given."),
                (["--until", "yesterday"], "yesterday"), (["-o", "csv"], "csv"), (["--study", "nowhere"], "nowhere"),
                ([], "main"),
            ]
            for (arguments, words) in refused {
                let ended = try await log.trough.run(["seal"] + arguments)
                #expect(ended.status == 2, "\(arguments)")
                #expect(ended.output == "")
                #expect(ended.errors.contains(words), "\(arguments): \(ended.errors)")
            }
            _ = try await log.trough("append", "--study", "empty", input: "")
            let empty = try await log.trough("seal", "--study", "empty", "-o", "json")
            #expect(empty.status == 0, "\(empty.errors)")
            #expect(empty.output.hasPrefix(#"{"segments":0,"events":0,"bytes":0,"#))
            let help = try await log.trough("seal", "--help")
            #expect(help.output.contains("Example:") && help.output.contains("--older-than"))
        }
    }

    @Test("Rows that do not lead to their digests end it with 1 and a sentence, and the log replays as before")
    func damaged() async throws {
        try await Self.withExample { log in
            try await log.execute(
                """
                ALTER TABLE trough.event DISABLE TRIGGER ALL;
                UPDATE trough.event SET value = value + 1 WHERE slice = 3 AND position = 2;
                """)
            let before = try await Self.digest(log)
            for _ in 0..<2 {
                let ended = try await log.trough("seal", "--shards", "1")
                #expect(ended.status == 1)
                #expect(ended.output == "")
                #expect(ended.errors.lines.count == 1)
                let expected =
                    /trough: The log is damaged: Slice 3 of study "main" is not sealed further: (.+)\. "trough verify" tells more\.\n/
                let reason = try #require(try expected.wholeMatch(in: ended.errors), "\(ended.errors)").1
                #expect(
                    reason.hasPrefix("positions 1 to ")
                        && reason.hasSuffix(" do not lead to the digest of their batch"))
                let sealed = try await log.sql("SELECT DISTINCT slice::text FROM trough.segment ORDER BY 1")
                let filled = "SELECT slice::text FROM trough.head WHERE slice < 3 AND position > 0 ORDER BY 1"
                #expect(try await log.sql(filled) == sealed, "those before it stay sealed")
            }
            #expect(try await Self.digest(log) == before)
            let verified = try await log.trough("verify")
            #expect(verified.status == 1)
            #expect(verified.lines.first?.hasPrefix(#"slice 3 of study "main": positions 1 to "#) == true)
        }
    }

    @Test("A damaged segment is named by verify, and a replay refuses it")
    func damagedSegment() async throws {
        try await Self.withExample { log in
            #expect(try await Self.sealed(log) == 8_593)
            try await log.execute(
                """
                ALTER TABLE trough.segment DISABLE TRIGGER ALL;
                UPDATE trough.segment SET data = set_bit(data, 900, 1 - get_bit(data, 900)) WHERE slice = 3;
                """)
            let verified = try await log.trough("verify", "-o", "json")
            #expect(verified.status == 1)
            let faults = try JSONObject(verified.output).objects("faults")
            #expect(try faults.map { try $0.string("code") } == ["segment"])
            let fault = try #require(faults.first)
            #expect(try fault.whole("slice") == 3)
            #expect(try fault.whole("position") == 1)
            let message = try fault.string("message")
            #expect(
                message.hasPrefix(#"slice 3 of study "main": the segment of positions 1 to "#)
                    && message.hasSuffix("its bytes have another digest than its row says"), "\(message)")
            let replayed = try await log.trough("replay")
            #expect(replayed.status == 3)
            #expect(replayed.output == "")
            #expect(replayed.errors.hasPrefix("trough: The log is damaged: "), "\(replayed.errors)")
        }
    }

    @Test("A virtual cohort has no rows and nothing to seal; verify reads its segments, and finds a changed bit")
    func virtualCohort() async throws {
        try await CommandLog.with { log in
            let study = ["--study", "virtual"]
            let made = try await log.trough.run(
                ["simulate", "--patients", "150", "--to", "log", "-o", "json"] + study)
            try #require(made.status == 0, "\(made.errors)")
            let events = try await log.events("virtual")
            #expect(events > 5_000)
            #expect(try await log.sql("SELECT count(*)::text FROM trough.event") == ["0"])
            #expect(try await Self.sealed(log, "--study", "virtual") == 0)
            let sound = try await log.trough.run(["verify", "-o", "json"] + study)
            #expect(sound.status == 0, "\(sound.output)")
            #expect(try JSONObject(sound.output).whole("events") == events)
            for column in ["data", "rest"] {
                try await log.execute(
                    """
                    ALTER TABLE trough.segment DISABLE TRIGGER ALL;
                    UPDATE trough.segment SET \(column) = set_bit(\(column), 300, 1 - get_bit(\(column), 300))
                    WHERE ctid = (SELECT min(ctid) FROM trough.segment);
                    """)
                let ended = try await log.trough.run(["verify", "-o", "json"] + study)
                #expect(ended.status == 1)
                let faults = try JSONObject(ended.output).objects("faults")
                #expect(try faults.map { try $0.string("code") }.allSatisfy { $0 == "segment" } && !faults.isEmpty)
            }
        }
    }

    @Test("A login that may only read is told what is missing, and one that may append may seal")
    func roles() async throws {
        try await Self.withExample { log in
            try await log.withLogin(roles: "trough_reader") { user in
                let ended = try await TroughProgram(url: log.url(user: user))("seal")
                #expect(ended.status == 3)
                #expect(ended.errors.contains("trough_writer"), "\(ended.errors)")
            }
            #expect(try await log.sql("SELECT count(*)::text FROM trough.segment") == ["0"])
            try await log.withLogin(roles: "trough_writer") { user in
                let ended = try await TroughProgram(url: log.url(user: user))("seal")
                #expect(ended.status == 0, "\(ended.errors)")
            }
            #expect(try await Self.digest(log) == TestData.replicaDigest)
        }
    }

    @Test("A signal ends it, whatever it waits for, and the same command finishes it", arguments: [SIGINT, SIGTERM])
    func signal(number: Int32) async throws {
        try await Self.withExample { log in
            let holder = try await log.hold("LOCK TABLE trough.segment IN EXCLUSIVE MODE")
            let running = try log.trough.start(["seal"], input: "")
            try await eventually { try await log.isWaitingForLock() }
            running.send(number)
            let ended = try await running.wait()
            #expect(ended.status == 128 + number)
            #expect(ended.output == "")
            #expect(ended.errors == "")
            await holder.close()
            #expect(try await log.sql("SELECT count(*)::text FROM trough.segment") == ["0"])
            #expect(try await Self.sealed(log) == 8_593)
            #expect(try await log.trough("verify").status == 0)
        }
    }
}
