import Foundation
import Glibc
import TestData
import Testing

/// Workers as processes: what they make, how they end, and how they share.
@Suite(.emptyLog, .timeLimit(.minutes(3)))
struct WorkerCommandTests {
    @Test("A worker that ends when it has caught up leaves the lines of a replay, byte for byte")
    func caughtUp() async throws {
        let log = try CommandLog.shared
        let study = try await LiveStudy("replica", in: log, TestData.lines(TestData.replica))
        let ended = try await study.run("worker", "--until-caught-up", "--shards", "3")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "")
        #expect(ended.errors == "")
        #expect(try await study.slicesHeld() == 0, "it gives its slices back")
        let lines = try await study.expectReplayed()
        #expect(lines == (try TestData.lines(TestData.replicaOutcomes)))
        // All three forms say the same, and so does what people look at with psql.
        let (csv, table) = (try await study.run("outcomes", "-o", "csv"), try await study.run("outcomes"))
        #expect(csv.lines.first == "subject,arm,endpoint,status,day,cause,evidence")
        #expect(csv.status == 0 && table.status == 0)
        let rows = try await log.sql(
            """
            SELECT concat_ws(',', subject, arm, endpoint, CASE WHEN is_event THEN 'event' ELSE 'censored' END, day, cause)
            FROM trough.live_outcome WHERE study = 'replica' ORDER BY subject COLLATE "C", endpoint COLLATE "C"
            """)
        #expect(rows.count >= 180)
        #expect(csv.lines.count == rows.count + 1)
        #expect(table.lines.count == rows.count + 1)
        #expect(table.lines.allSatisfy { $0.count <= 80 }, "\(table.lines.map(\.count).max() ?? 0)")
        for (row, (line, printed)) in zip(rows, zip(csv.lines.dropFirst(), table.lines.dropFirst())) {
            #expect(line.hasPrefix(row + ","))
            let words = Set(printed.split(separator: " ").map(String.init))
            #expect(words.isSuperset(of: row.split(separator: ",").map(String.init)), "\(row): \(printed)")
        }
    }

    @Test("Late events and corrections, appended while two workers run and one is killed, give the lines of a replay")
    func lateAndKilled() async throws {
        let lines = try Array(TestData.lines(TestData.replica).prefix(3_000))
        let study = try await LiveStudy("late", in: .shared, Array(lines[2_000...]))
        let workers = try [study.start("worker"), study.start("worker")]
        try await eventually { try await study.slices(of: workers[0]) == 8 }
        try await eventually { try await study.slices(of: workers[1]) == 8 }
        // What came first comes last, in pieces, with corrections between.
        let wrong = lines[2_000...].filter { $0.contains("trough.assay.v1") || $0.contains("trough.score.v1") }
        try await study.append(Array(lines[1_000..<2_000].reversed()))
        workers[0].send(SIGKILL)
        try await study.append(wrong.prefix(40).enumerated().map { try LiveStudy.correction(of: $1, "c\($0)") })
        try await eventually { try await study.slices(of: workers[1]) == 16 }
        try await study.append(Array(lines[..<1_000].reversed()))
        try await eventually { try await study.isCaughtUp() }
        try await study.expectReplayed()
        let (ended, _) = try await workers[1].end(by: SIGTERM)
        #expect(ended.status == 143)
        #expect(ended.errors == "")
        #expect(try await workers[0].wait().status == 128 + SIGKILL)
    }

    @Test("The slices of a killed worker are another one's within five seconds")
    func takenOver() async throws {
        let study = try await LiveStudy("orphaned", in: .shared, EventLine.assays(40))
        var heir = try study.start("worker")
        try await eventually { try await study.slices(of: heir) == 16 }
        // Other tests keep the processors busy now and then, but not three times in turn.
        var best = Duration.seconds(60)
        for _ in 0..<3 where best >= .seconds(5) {
            let next = try study.start("worker")
            try await eventually { try await study.slices(of: next) == 8 }
            heir.send(SIGKILL)
            let killed = ContinuousClock.now
            try await eventually { try await study.slices(of: next) == 16 }
            best = min(best, killed.duration(to: .now))
            #expect(try await heir.wait().status == 128 + SIGKILL)
            heir = next
        }
        print("the slices of a killed worker went to the other one after \(best)")
        #expect(best < .seconds(5))
        #expect(try await heir.end(by: SIGTERM).0.status == 143)
    }

    @Test("A signal ends a worker within a second or two, and it gives its slices back", arguments: [SIGTERM, SIGINT])
    func signal(_ number: Int32) async throws {
        let study = try await LiveStudy("signal\(number)", in: .shared, EventLine.assays(200))
        // However rarely it has to be heard of.
        let worker = try study.start("worker", "--lease", number == SIGTERM ? "3" : "60")
        try await eventually { try await study.isCaughtUp() }
        let (ended, seconds) = try await worker.end(by: number)
        print("a worker ended \(seconds) s after signal \(number)")
        #expect(ended.status == 128 + number)
        #expect(ended.errors == "")
        // The keeper's next beat would come after ten.
        #expect(seconds < 6)
        #expect(try await study.slicesHeld() == 0)
        // Nobody waits for a lease to run out.
        let next = try study.start("worker")
        let began = ContinuousClock.now
        try await eventually { try await study.slices(of: next) == 16 }
        print("the next worker had all slices after \(began.duration(to: .now))")
        _ = try await next.end(by: number)
    }

    @Test("A worker that is tied to its input ends when that ends, however whoever held it died")
    func tied() async throws {
        let study = try await LiveStudy("tied", in: .shared, EventLine.assays(20))
        let log = try CommandLog.shared
        let worker = try log.trough.start(["worker", "--while-input-open", "--study", study.name])
        try await eventually { try await study.isCaughtUp() }
        try await worker.feed("words that mean nothing to it\n")
        try await Task.sleep(for: .milliseconds(300))
        #expect(!worker.isOver)
        let ended = try await worker.finish()
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try await study.slicesHeld() == 0)
    }

    @Test("Metrics and readiness are served; a port that is taken, and a host that is none, are said so")
    func metrics() async throws {
        let study = try await LiveStudy("metrics", in: .shared, EventLine.assays(100))
        let worker = try study.start("worker", "--metrics-port", "0")
        try await eventually { worker.errors.contains("/metrics") }
        let said = try #require(
            worker.errors.firstMatch(of: /^trough: worker: metrics on (http:\/\/127.0.0.1:([0-9]+))\/metrics\n/))
        try await eventually { try await study.isCaughtUp() }
        try await eventually { try await Self.get("\(said.1)/readyz").status == 200 }
        #expect(try await Self.get("\(said.1)/healthz").status == 200)
        #expect(try await Self.get("\(said.1)/elsewhere").status == 404)
        let metrics = try await Self.get("\(said.1)/metrics").text
        let names = [
            "events_total", "patients_folded_total", "outcomes_changed_total", "steps_total", "steps_refused_total",
            "patients_parked_total", "reconnections_total", "delay_seconds_count", "step_seconds_count", "slices_held",
            "lag_events", "events_remembered",
        ]
        for name in names {
            #expect(metrics.contains("\ntrough_projection_\(name){"), "\(name) is missing: \(metrics)")
        }
        #expect(metrics.contains("\ntrough_projection_events_total{study=\"metrics\"} 100\n"))
        #expect(metrics.contains("\ntrough_projection_slices_held{study=\"metrics\"} 16\n"))

        let second = try await study.run("worker", "--metrics-port", String(said.2))
        #expect(second.status == 2)
        #expect(second.output == "")
        #expect(second.errors.contains("trough: The metrics port \(said.2) on 127.0.0.1 cannot be opened: "))
        let elsewhere = try await study.run("worker", "--metrics-port", "0", "--metrics-host", "nowhere at all")
        #expect(elsewhere.status == 2)
        #expect(elsewhere.errors.contains("trough: The metrics host \"nowhere at all\" is not an address"))
        _ = try await worker.end(by: SIGTERM)
    }

    private static func get(_ address: String) async throws -> (status: Int, text: String) {
        let parts = try #require(address.firstMatch(of: /http:\/\/([0-9.]+):([0-9]+)(\/.*)/))
        let request = "GET \(parts.3) HTTP/1.1\\r\\nHost: test\\r\\nConnection: close\\r\\n\\r\\n"
        let script = "exec 3<>/dev/tcp/\(parts.1)/\(parts.2); printf '\(request)' >&3; cat <&3"
        let ended = try await Running(
            "/bin/bash", ["-c", script], input: "", ["PATH": "/usr/bin:/bin"], limit: 20
        ).wait()
        let status = ended.output.firstMatch(of: /^HTTP\/1.1 ([0-9]{3})/).flatMap { Int($0.1) }
        return (status ?? 0, ended.output)
    }

    @Test(
        "Wrong options are refused with a sentence before anything is done",
        arguments: [
            (["--shards", "0"], "--shards takes 1 to 64; 0 was given."),
            (["--lease", "0.1"], "--lease takes 0.2 to 300 seconds; 0.1 was given."),
            (["--lease", "nan"], "--lease takes 0.2 to 300 seconds; nan was given."),
            (["--remember", "0"], "--remember takes 1 to 1000000000 events; 0 was given."),
            (["--metrics-port", "70000"], "'70000'"),
            (["--protocol", "/nowhere.yaml"], "/nowhere.yaml"), (["--study", "nowhere"], "nowhere"),
            (["retry", "--wait", "inf"], "--wait takes 0 to 86400 seconds; inf was given."),
            (["retry", "--wait=-1"], "--wait takes 0 to 86400 seconds; -1 was given."),
            (["retry", "--study", "nowhere"], "nowhere"),
            (["drop"], "set"), (["drop", "one"], "'one'"), (["drop", "1", "--study", "nowhere"], "nowhere"),
        ] as [([String], String)])
    func wrongOptions(_ arguments: [String], _ words: String) async throws {
        let ended = try await CommandLog.shared.trough.run(["worker"] + arguments)
        #expect(ended.status == 2, "\(ended.errors)")
        #expect(ended.output == "")
        #expect(ended.errors.contains(words), "\(ended.errors)")
    }

    @Test("Readers see outcomes and status and may not project; writers may")
    func roles() async throws {
        let log = try CommandLog.shared
        let study = try await LiveStudy("roles", in: log, Array(try TestData.lines(TestData.replica).prefix(500)))
        try await log.withLogin(roles: "trough_writer") { user in
            let writer = TroughProgram(url: log.url(user: user))
            let ended = try await writer("worker", "--until-caught-up", "--study", study.name)
            #expect(ended.status == 0, "\(ended.errors)")
        }
        let lines = try await study.expectReplayed()
        try await log.withLogin(roles: "trough_reader") { user in
            let reader = TroughProgram(url: log.url(user: user))
            let outcomes = try await reader("outcomes", "-o", "ndjson", "--study", study.name)
            #expect(outcomes.status == 0, "\(outcomes.errors)")
            #expect(outcomes.lines == lines)
            let status = try await reader("status", "--slices", "--study", study.name)
            #expect(status.status == 0, "\(status.errors)")
            #expect(status.output.contains("up to date"))
            for arguments in [["worker"], ["worker", "retry"], ["load", "--duration", "1"]] {
                let study = arguments[0] == "worker" ? ["--study", study.name] : []
                let ended = try await reader.run(arguments + study)
                #expect(ended.status == 3, "\(arguments): \(ended.errors)")
                #expect(ended.errors.contains("trough_writer"), "\(arguments): \(ended.errors)")
            }
        }
        #expect(try await log.sql("SELECT name FROM trough.study WHERE name LIKE 'load-%'") == [])
    }
}
