import Foundation
import Glibc
import Testing

/// Load tests as processes: what they report, how they end, and that nothing is left behind.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(3)))
struct LoadCommandTests {
    /// What is there after every load test.
    private func expectNothingLeft(_ study: String? = nil, _ location: SourceLocation = #_sourceLocation) async throws {
        let log = try CommandLog.shared
        #expect(try Self.workers() == [], sourceLocation: location)
        let tables = [
            "study", "event", "batch", "patient", "source", "head", "projection", "checkpoint", "outcome", "worker",
        ]
        for table in tables {
            let rows = try await log.sql("SELECT count(*)::text FROM trough.\(table)")
            #expect(rows == ["0"], "\(table)", sourceLocation: location)
        }
    }

    /// The worker processes of load tests of this database, by their command lines.
    private static func workers() throws -> [String] {
        let own = try CommandLog.shared.url
        return try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.filter {
            process in
            let words = TestFile.read("/proc/\(process)/cmdline").split(separator: "\0")
            return words.contains("--while-input-open")
                && TestFile.read("/proc/\(process)/environ").contains("DATABASE_URL=\(own)")
        }
    }

    @Test("The object has the promised keys, the events are all there, and nothing is left behind")
    func object() async throws {
        let folder = try TestFolder()
        let ended = try await CommandLog.shared.trough(
            "load", "--rate", "300", "--duration", "2", "--patients", "100", "--slices", "8", "-o", "json", "--html",
            folder.path + "/load.html", "--histogram-log", folder.path + "/load.hlog", "--fail-if",
            "errors>0,notVisible>0")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.errors == "")
        #expect(ended.lines.count == 1)
        let object = try JSONObject(ended.output)
        let promised = [
            "offeredPerSecond", "achievedPerSecond", "seconds", "events", "errors", "append", "visible", "maxLagEvents",
        ]
        let top = try Self.topKeys(ended.output)
        #expect(top.prefix(8) == promised[...], "\(top)")
        for stage in ["append", "visible"] {
            #expect(try object.object(stage).names == ["p50", "p90", "p99", "p999", "max"])
            #expect(try object.object(stage).number("p50") > 0)
        }
        #expect(try object.whole("events") == 600)
        #expect(try object.whole("errors") == 0)
        #expect(try object.whole("notVisible") == 0)
        #expect(try object.number("offeredPerSecond") == 300)
        #expect(try object.number("seconds") == 2)
        let visible = try object.objects("perSecond").reduce(0) { $0 + (try $1.whole("visibleEvents")) }
        #expect(visible == 600)
        try await expectNothingLeft()

        #expect(folder.names == ["load.hlog", "load.html"])
        #expect(folder.text("load.html").hasPrefix("<!DOCTYPE html>\n"))
        #expect(folder.text("load.html").hasSuffix("</html>\n"))
        let log = folder.text("load.hlog").lines
        #expect(log.first?.hasPrefix("#") ?? false)
        #expect(log.contains { $0.hasPrefix("\"StartTimestamp\"") }, "\(log.prefix(5))")
        #expect(log.filter { $0.contains("HISTFAAA") }.count >= 4, "a line for each second and stage")
    }

    private static func topKeys(_ text: String) throws -> [String] {
        var (depth, isInText, keys, word) = (0, false, [String](), "")
        for character in text {
            switch character {
            case "\"":
                isInText.toggle()
                if isInText { word = "" }
            case _ where isInText: word.append(character)
            case "{", "[": depth += 1
            case "}", "]": depth -= 1
            case ":" where depth == 1: keys.append(word)
            default: break
            }
        }
        return keys
    }

    @Test("A study that is kept holds what was sent, and its outcomes are those of a replay; it is not taken twice")
    func kept() async throws {
        let log = try CommandLog.shared
        let study = LiveStudy("kept", in: log)
        let ended = try await study.run("load", "--rate", "500", "--duration", "2", "--patients", "20", "--keep")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.contains("1,000 events durable"), "\(ended.output)")
        #expect(ended.lines.allSatisfy { $0.count <= 80 }, "\(ended.output)")
        #expect(try await log.events("kept") == 1_000)
        #expect(try await study.isCaughtUp())
        #expect(try await study.expectReplayed().count > 5)
        let again = try await study.run("load", "--duration", "1")
        #expect(again.status == 2)
        #expect(again.output == "")
        #expect(
            again.errors
                == "trough: There is a study \"kept\" already; a load test makes one of its own, and removes it.\n")
        #expect(try await log.events("kept") == 1_000)
        _ = try await log.sql("SELECT trough.remove_study('kept')::text")
        try await expectNothingLeft()
    }

    @Test("A condition that holds fails the test with 1; what is no condition is refused before anything is done")
    func failIf() async throws {
        let log = try CommandLog.shared
        let fails = try await log.trough(
            "load", "--rate", "100", "--duration", "1", "--patients", "50", "--fail-if", "p50>0us", "--fail-if",
            "max>1us")
        #expect(fails.status == 1, "\(fails.errors)")
        #expect(fails.output.contains("Failed: max>1us holds."), "\(fails.output)")
        let folder = try TestFolder()
        let wrong: [([String], String)] = [
            (["--fail-if", "p99>250"], "--fail-if: The condition \"p99>250\""), (["--fail-if", "slow"], "--fail-if: "),
            (["--fail-if", ""], "--fail-if: "), (["--rate", "0"], "The rate is 0"),
            (["--rate", "nan"], "The rate is nan"),
            (["--duration", "0"], "The duration is 0"), (["--ramp", "50"], "The ramp is 50"),
            (["--workers", "17"], "--workers takes 0 to 16; 17 was given."),
            (["--connections", "0"], "--connections takes 1 to 16; 0 was given."),
            (["--slices", "0"], "--slices takes 1 to 1024; 0 was given."),
            (["-o", "csv"], "csv"), (["--study", ""], "A study's name"),
            (["--scenario", "nowhere"], "nowhere"), (["--html", folder.path], "is a folder"),
            (["--html", folder.path + "/none/page.html"], "cannot be written"),
            (
                ["--html", folder.path + "/page.html", "--histogram-log", folder.path + "/none/log"],
                "cannot be written"
            ),
        ]
        for (arguments, words) in wrong {
            let ended = try await log.trough.run(["load"] + arguments)
            #expect(ended.status == 2, "\(arguments): \(ended.errors)")
            #expect(ended.output == "")
            #expect(ended.errors.contains(words), "\(arguments): \(ended.errors)")
        }
        #expect(folder.names == [])
        try await expectNothingLeft()
    }

    @Test("A first signal ends the sending: the report is made and all is cleared away", arguments: [SIGINT, SIGTERM])
    func stopped(_ number: Int32) async throws {
        let folder = try TestFolder()
        let running = try CommandLog.shared.trough.start(
            [
                "load", "--rate", "200", "--duration", "60", "--patients", "50", "-o", "json", "--html",
                folder.path + "/page",
            ],
            input: "")
        try await eventually { try await Self.sent() >= 100 }
        #expect(try Self.workers().count == 1)
        let (ended, seconds) = try await running.end(by: number)
        #expect(ended.status == 128 + number, "\(ended.errors)")
        #expect(ended.errors == "")
        #expect(seconds < 15)
        let object = try JSONObject(ended.output)
        #expect(try object.json("stopped") == "[true]")
        #expect(try object.whole("events") >= 100)
        #expect(try object.whole("notVisible") == 0)
        #expect(folder.names == ["page"])
        try await expectNothingLeft()
    }

    @Test(
        "A report that nobody reads, and a signal that comes twice at once, as timeout(1) sends it, leave nothing behind"
    )
    func clearing() async throws {
        let log = try CommandLog.shared
        let unread = try await log.trough.shell(
            "{ \"$TROUGH\" load --rate 100 --duration 1 --patients 50; echo $? >&2; } | true")
        #expect(unread.errors == "141\n")
        try await expectNothingLeft()
        let timed = try await log.trough.shell(
            "timeout 3 \"$TROUGH\" load --rate 100 --duration 60 --patients 50 -o json; echo $?")
        #expect(timed.lines.count == 2)
        #expect(timed.lines.first?.contains("\"stopped\":true") ?? false, "\(timed.output) \(timed.errors)")
        #expect(timed.lines.last == "124")
        try await expectNothingLeft()
    }

    private static func sent() async throws -> Int {
        try await CommandLog.shared.sql("SELECT coalesce(sum(position), 0)::text FROM trough.head").first.flatMap {
            Int($0)
        } ?? 0
    }

    @Test("Workers of a load test that is killed end by themselves; the study can be removed")
    func killed() async throws {
        let log = try CommandLog.shared
        let running = try log.trough.start(
            ["load", "--rate", "200", "--duration", "60", "--workers", "2", "--patients", "50", "--study", "killed"],
            input: "")
        try await eventually { try await Self.sent() >= 50 }
        #expect(try Self.workers().count == 2)
        let (ended, _) = try await running.end(by: SIGKILL)
        #expect(ended.status == 128 + SIGKILL)
        let asked = ContinuousClock.now
        try await eventually { try Self.workers().isEmpty }
        print("the workers of a killed load test were gone after \(asked.duration(to: .now))")
        #expect(asked.duration(to: .now) < .seconds(15))
        #expect(try await LiveStudy("killed", in: log).slicesHeld() == 0, "they gave their slices back")
        try await eventually {
            try await log.sql(
                "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).isEmpty
        }
        _ = try await log.sql("SELECT trough.remove_study('killed')::text")
        try await expectNothingLeft()
    }

    @Test("A worker that dies is told of; the test goes on with the other one, and fell short")
    func workerDies() async throws {
        let running = try CommandLog.shared.trough.start(
            ["load", "--rate", "200", "--duration", "5", "--workers", "2", "--patients", "50", "-o", "json"], input: "")
        try await eventually { try await Self.sent() >= 50 }
        let worker = try #require(try Self.workers().first.flatMap { Int32($0) })
        kill(worker, SIGKILL)
        let ended = try await running.wait()
        #expect(ended.status == 1)
        #expect(ended.errors == "trough: A worker of the load test ended early: it was killed by signal 9.\n")
        let object = try JSONObject(ended.output)
        #expect(try object.whole("events") == 1_000)
        #expect(try object.whole("notVisible") == 0)
        try await expectNothingLeft()
    }

    @Test("The search for the highest rate ends and reports its trials")
    func findMax() async throws {
        let ended = try await CommandLog.shared.trough(
            "load", "--find-max", "--rate", "100", "--duration", "1", "--patients", "50", "--fail-if", "rate>150", "-o",
            "json")
        let object = try JSONObject(ended.output)
        let trials = try object.objects("trials").map { (rate: try $0.number("rate"), held: try $0.json("held")) }
        // Which rates hold is the machine's business, which may be busy; but none does that the condition refuses.
        #expect(trials.first?.rate == 100 && trials.count >= 2)
        #expect(trials.allSatisfy { $0.rate < 200 || $0.held == "[false]" }, "\(trials)")
        let held = trials.filter { $0.held == "[true]" }.map(\.rate).max()
        let failed = trials.filter { $0.held == "[false]" }.map(\.rate).min()
        #expect(try object.json("highestPerSecond") == (held.map { "[\(Int($0))]" } ?? "[null]"))
        #expect(try object.number("lowestFailedPerSecond") == failed)
        #expect(ended.status == (held == nil ? 1 : 0), "\(ended.errors)")
        try await expectNothingLeft()
    }
}
