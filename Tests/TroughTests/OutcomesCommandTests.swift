import Foundation
import Glibc
import TestData
import Testing

/// What `outcomes` shows of the sets that workers make, and how they are looked after.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(3)))
struct OutcomesCommandTests {
    private static func replica(_ count: Int) throws -> [String] {
        Array(try TestData.lines(TestData.replica).prefix(count))
    }

    @Test("Before any worker came there is nothing to show, and a sentence says who makes it")
    func beforeAnyWorker() async throws {
        let study = try await LiveStudy("early", in: .shared, EventLine.assays(3))
        for arguments in [["outcomes"], ["outcomes", "--follow"], ["worker", "retry"]] {
            let ended = try await study.log.trough.run(arguments + ["--study", study.name])
            #expect(ended.status == 2)
            #expect(ended.output == "")
            #expect(
                ended.errors
                    == "trough: No worker has projected the study \"early\" yet; \"trough worker\" does that.\n")
        }
        let unknown = try await study.log.trough("outcomes", "--follow", "--study", "nowhere")
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("nowhere"))
        let format = try await study.run("outcomes", "-o", "json")
        #expect(format.status == 2)
        #expect(format.errors.contains("json"), "\(format.errors)")
        let drop = try await study.run("worker", "drop", "1000000")
        #expect(drop.status == 2)
        #expect(drop.errors == "trough: The study \"early\" has no set 1000000; it has none.\n")
    }

    @Test("Followers print each change once it is made, with its delay, and end with what is there in the end")
    func follow() async throws {
        let lines = try Self.replica(2_000)
        let study = try await LiveStudy("followed", in: .shared, Array(lines[..<20]))
        let worker = try study.start("worker")
        try await eventually { try await study.isCaughtUp() }
        let before = try await study.run("outcomes", "-o", "csv").lines
        let followers = try ["table", "csv", "ndjson"].map { try study.start("outcomes", "--follow", "-o", $0) }
        try await eventually { try await study.followers() == 3 }
        for start in stride(from: 20, to: 2_000, by: 495) { try await study.append(Array(lines[start..<start + 495])) }
        try await eventually { try await study.isCaughtUp() }
        // What is to be seen: the last change of every outcome is what stands there now.
        let after = try await study.run("outcomes", "-o", "csv").lines
        let changed = Set(after).subtracting(before)
        #expect(changed.count > 50)
        try await eventually { Self.last(followers[1].output.lines.dropFirst()).isSuperset(of: changed) }
        let ends = [SIGINT, SIGTERM, SIGINT]
        var ended: [Finished] = []
        for (follower, number) in zip(followers, ends) {
            let (finished, seconds) = try await follower.end(by: number)
            #expect(finished.status == 128 + number)
            #expect(finished.errors == "")
            #expect(seconds < 10)
            ended.append(finished)
        }
        let csv = ended[1].lines
        #expect(csv[0] == "subject,arm,endpoint,status,day,cause,evidence,delay_ms")
        #expect(Self.last(csv.dropFirst()).subtracting(after) == [], "what was printed last is what is there")
        #expect(ended[0].lines.count > changed.count)
        #expect(ended[0].lines.dropFirst().allSatisfy { $0.hasSuffix(" ms") && $0.count <= 80 }, "\(ended[0].output)")
        #expect(ended[2].lines.count >= changed.count)
        var late = 0
        for line in ended[2].lines {
            let change = try JSONObject(line)
            #expect(
                change.keys == ["subject", "endpoint", "status", "day", "cause", "evidence", "delayMilliseconds"])
            let delay = try change.number("delayMilliseconds")
            #expect(delay >= 0)
            if delay > 10_000 { late += 1 }
        }
        #expect(late == 0)
        _ = try await worker.end(by: SIGTERM)
    }

    /// The randomisation of a patient into an arm, and a later event so that the outcome has a day.
    private static func randomised(_ subject: String, _ arm: String) -> [String] {
        [
            EventLine.make(
                subject: subject, id: "r", type: "randomisation", time: "2016-01-01T09:30:00Z",
                data: "{\"arm\":\"\(arm)\",\"drug\":\"infliximab\"}"), EventLine.assay(subject, "a"),
        ]
    }

    @Test("A patient who has no outcome any more is told, in every format, with the reason")
    func withdrawn() async throws {
        let study = try await LiveStudy("withdrawn", in: .shared, Self.randomised("P-1", "monotherapy"))
        #expect(try await study.run("worker", "--until-caught-up").status == 0)
        let followers = try ["table", "csv", "ndjson"].map { try study.start("outcomes", "--follow", "-o", $0) }
        try await eventually { try await study.followers() == 3 }
        try await study.append([
            EventLine.make(
                subject: "P-1", id: "v", type: "correction", time: "2016-05-01T09:30:00Z",
                data: #"{"corrects":{"source":"/sites/north","id":"r"},"reason":"not consented","replacement":null}"#)
        ])
        #expect(try await study.run("worker", "--until-caught-up").status == 0)
        try await eventually { followers.allSatisfy { $0.output.lines.count >= 2 } }
        var told: [[String]] = []
        for follower in followers {
            let (finished, _) = try await follower.end(by: SIGINT)
            #expect(finished.errors == "")
            told.append(finished.lines)
        }
        let endpoints = ["clinical-failure", "pharmacokinetic-failure"]
        try #require(told.map(\.count) == [3, 3, 2], "\(told)")
        for (number, endpoint) in endpoints.enumerated() {
            let cells = told[0][1 + number].split(separator: " ").map(String.init)
            #expect(cells.prefix(5) == ["P-1", endpoint, "none", "–", "not-randomised"], "\(told[0])")
            #expect(told[1][1 + number].hasPrefix("P-1,,\(endpoint),none,,not-randomised,[],"), "\(told[1])")
            let start =
                #"{"subject":"P-1","endpoint":"\#(endpoint)","status":"none","day":null,"cause":"not-randomised","#
                + #""evidence":[],"delayMilliseconds":"#
            #expect(told[2][number].hasPrefix(start), "\(told[2])")
        }
        #expect(try await study.run("outcomes", "-o", "csv").lines.count == 1)
    }

    @Test("What is data can neither forge a row nor steer a terminal, and every row stands under its head")
    func hostileNames() async throws {
        let hostile = #"a\u001b[31mRED\u0007\nP-9        clinical-failure\u202e"#
        let patients = [
            ("P-1", "combination"), ("P-2", hostile), ("V0000000001", "monotherapy"), ("é-3", "combination"),
        ]
        let study = try await LiveStudy("hostile", in: .shared, Self.randomised("P-0", "monotherapy"))
        let made = try await study.run("worker", "--until-caught-up")
        #expect(made.status == 0, "\(made.errors)")
        let follower = try study.start("outcomes", "--follow")
        try await eventually { follower.output.lines.count == 1 }
        try await study.append(patients.flatMap { Self.randomised($0, $1) })
        _ = try await study.run("worker", "--until-caught-up")
        try await eventually { follower.output.lines.count >= 9 }
        let (followed, _) = try await follower.end(by: SIGINT)
        let table = try await study.run("outcomes")
        #expect(table.status == 0, "\(table.errors)")
        for (printed, rows) in [(table, 11), (followed, 9)] {
            #expect(printed.lines.count == rows, "\(printed.output)")
            let isSafe = printed.output.unicodeScalars.allSatisfy {
                $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x202E)
            }
            #expect(isSafe, "\(printed.output.debugDescription)")
            #expect(printed.lines.allSatisfy { $0.count <= 80 }, "\(printed.output)")
            for (head, words) in [
                ("endpoint", ["clinical-failure ", "pharmacokinetic-"]), ("status", ["censored "]),
                ("cause", ["last-contact "]),
            ] {
                let place = printed.lines[0].column(of: head)
                #expect(place != nil, "\(printed.output)")
                let isUnder = printed.lines.dropFirst().allSatisfy { line in
                    words.contains { line.column(of: $0) == place }
                }
                #expect(isUnder, "\(head): \(printed.output)")
            }
        }
        #expect(table.output.contains("V0000000001 "))
        #expect(followed.output.contains("V0000000001 "))
        // Data for programs stay what they are.
        #expect(try await study.run("outcomes", "-o", "csv").output.contains("\u{1B}[31mRED\u{7}\n"))
    }

    /// For each patient and endpoint, the last line without its delay.
    private static func last(_ lines: some Sequence<String>) -> Set<String> {
        var byOutcome: [String: String] = [:]
        for line in lines {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            byOutcome["\(fields[0]) \(fields[2])"] = fields.dropLast().joined(separator: ",")
        }
        return Set(byOutcome.values)
    }

    @Test("A reader that has enough, or is gone, ends the printing without a word")
    func closedPipe() async throws {
        let study = try await LiveStudy("piped", in: .shared, Self.replica(3_000))
        let made = try await study.run("worker", "--until-caught-up")
        #expect(made.status == 0, "\(made.errors)")
        // A follower that has nothing to print notices, too.
        for (command, pause) in [
            ("outcomes -o ndjson", 0), ("outcomes", 0), ("outcomes --follow", 0), ("outcomes --follow", 1),
            ("status --slices --watch -o json", 0),
        ] {
            let ended = try await study.log.trough.shell(
                "{ timeout 20 \"$TROUGH\" \(command) --study piped; echo $? >&2; } | sleep \(pause)")
            #expect(ended.errors == "141\n", "\(command)")
        }
        let one = try await study.log.trough.shell("\"$TROUGH\" outcomes -o ndjson --study piped | head -n 1")
        #expect(one.lines.count == 1)
        #expect(one.errors == "")
    }

    @Test("Under another protocol a second set is built beside the first and takes its place; old ones can be dropped")
    func secondProtocol() async throws {
        let study = try await LiveStudy("changed", in: .shared, Self.replica(1_500))
        let folder = try TestFolder()
        let shown = try await study.log.trough("protocol", "show")
        #expect(shown.status == 0)
        let other = shown.output.replacing("name: roblin-2020", with: "name: stricter")
            .replacing("calprotectin, above: 250", with: "calprotectin, above: 100")
            .replacing("{score: HBI, at-least: 5}", with: "{score: HBI, at-least: 1}")
            .replacing("from: 84", with: "from: 0")
        #expect(other != shown.output)
        let file = try folder.file("stricter.yaml", other).path
        let first = try study.start("worker")
        try await eventually { try await study.isCaughtUp() }
        let before = try await study.expectReplayed()
        let follower = try study.start("outcomes", "--follow", "-o", "csv")

        let built = try await study.run("worker", "--until-caught-up", "--protocol", file)
        #expect(built.status == 0, "\(built.errors)")
        #expect(built.errors.contains("is now the current one of study \"changed\""), "\(built.errors)")
        let after = try await study.expectReplayed(["--protocol", file])
        #expect(after != before)
        let sets = try JSONObject(try await study.run("status", "-o", "json").output).objects("studies")[0].objects(
            "sets")
        #expect(try sets.map { try $0.string("state") } == ["retired", "current"])
        #expect(try sets.map { try $0.string("protocol") } == ["roblin-2020", "stricter"])
        #expect(try sets.map { try $0.whole("lagEvents") } == [0, 0])
        let (old, new) = (try sets[0].whole("set"), try sets[1].whole("set"))
        let table = try await study.run("status").output
        #expect(table.contains("set \(old) (roblin-2020), retired: up to date"), "\(table)")
        #expect(table.contains("set \(new) (stricter), current: up to date"), "\(table)")

        let refused = try await study.run("worker", "drop", "\(new)")
        #expect(refused.status == 2)
        #expect(refused.errors == "trough: Set \(new) is the current one of the study \"changed\" and stays.\n")
        // The worker of the old set has nothing to do any more, which is no fault of who started it.
        let ended = try await first.wait()
        #expect(ended.status == 1)
        #expect(
            ended.errors.lines.last == """
                trough: Set \(old), which holds the outcomes of study "changed" under this protocol, was superseded by \
                another one. "trough worker drop \(old)" removes it, after which a worker makes it anew.
                """, "\(ended.errors)")
        let dropped = try await study.run("worker", "drop", "\(old)")
        #expect(dropped.status == 0, "\(dropped.errors)")
        let gone = try await study.run("worker", "drop", "\(old)")
        #expect(gone.status == 2)
        #expect(
            gone.errors == "trough: The study \"changed\" has no set \(old); it has \(new) (current).\n")
        #expect(try await study.expectReplayed(["--protocol", file]) == after)
        // The default protocol is made anew, and the one that was superseded is not taken up by accident.
        let back = try await study.run("worker", "--until-caught-up")
        #expect(back.status == 0, "\(back.errors)")
        #expect(try await study.expectReplayed() == before)
        let retired = try await study.run("worker", "--until-caught-up", "--protocol", file)
        #expect(retired.status == 2)
        #expect(retired.errors.contains("\"trough worker drop \(new)\" removes it"), "\(retired.errors)")
        // Another protocol is no change of an outcome: those who follow go on with the new set and print nothing.
        let (followed, _) = try await follower.end(by: SIGTERM)
        #expect(followed.status == 143, "\(followed.errors)")
        #expect(followed.lines.count == 1)
    }
}

extension String {
    /// How many characters stand before the first place of a text.
    fileprivate func column(of text: String) -> Int? {
        firstRange(of: text).map { distance(from: startIndex, to: $0.lowerBound) }
    }
}

extension LiveStudy {
    /// How many sessions of this database wait for outcomes to change.
    func followers() async throws -> Int {
        let waiting = """
            SELECT count(*)::text FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'idle' AND query LIKE 'SELECT revision FROM trough.checkpoint%'
            """
        return try await log.sql(waiting).first.flatMap { Int($0) } ?? 0
    }
}
