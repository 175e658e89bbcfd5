import Foundation
import Glibc
import Postgres
import Testing

/// What happens while lines come in slowly, and when a signal comes.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(6)))
struct SignalTests {
    @Test("A line that is fed slowly is in the log within a second, and the output says so")
    func slowFeeding() async throws {
        let log = try CommandLog.shared
        let running = try log.trough.start(["append", "--study", "slow", "-o", "ndjson"])
        try await running.feed(EventLine.assay("P-1", "warm") + "\n")
        try await eventually { try await log.events("slow") == 1 }
        var delays: [Double] = []
        for number in 1...5 {
            let fed = Date.now
            try await running.feed(EventLine.assay("P-1", "slow\(number)") + "\n")
            try await eventually { try await log.events("slow") == number + 1 }
            let recorded = try await log.sql(
                "SELECT extract(epoch FROM max(recorded_at))::float8::text FROM trough.event WHERE id = 'slow\(number)'"
            )
            delays.append(try #require(recorded.first.flatMap { Double($0) }) - fed.timeIntervalSince1970)
            try await eventually { running.output.lines.count == number + 1 }
            let last = try JSONObject(try #require(running.output.lines.last))
            #expect(try last.whole("committedThrough") == number + 1)
            #expect(try last.whole("ok") == number + 1)
        }
        // The middle one: a machine that is busy with other tests may delay one or two.
        #expect(delays.sorted()[2] < 1, "\(delays)")
        #expect(delays.allSatisfy { $0 < 5 }, "\(delays)")
        let ended = try await running.finish()
        #expect(ended.status == 0)
        #expect(ended.lines.count == 6)
    }

    @Test("Refused lines and half a line do not keep the others waiting")
    func slowFeedingOfBrokenLines() async throws {
        let log = try CommandLog.shared
        let running = try log.trough.start(["append", "--study", "broken", "-o", "ndjson"])
        let second = EventLine.assay("P-1", "b2")
        try await running.feed("broken\n" + EventLine.assay("P-1", "b1") + "\n" + second.prefix(20))
        try await eventually { try await log.events("broken") == 1 }
        try await running.feed(second.dropFirst(20) + "\n")
        try await eventually { try await log.events("broken") == 2 }
        let ended = try await running.finish()
        #expect(ended.status == 1)
        let last = try JSONObject(try #require(ended.lines.last))
        #expect(try last.whole("committedThrough") == 3)
        #expect(try last.whole("rejected") == 1)
    }

    @Test(
        "A first signal ends the reading: what was read is stored, the summary is said",
        arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT])
    func firstSignal(_ number: Int32) async throws {
        let (log, study) = (try CommandLog.shared, "signal\(number)")
        let running = try log.trough.start(["append", "--study", study, "-o", "json"])
        try await running.feed(EventLine.assay("P-1", "warm") + "\n")
        try await eventually { try await log.events(study) == 1 }
        try await running.feed(EventLine.assays(300).map { $0 + "\n" }.joined())
        // The input is read within moments, long before it would be committed on its own.
        try await eventually { try self.unread(running) == 0 }
        running.send(number)
        let ended = try await running.wait()
        #expect(ended.status == 128 + number)
        #expect(ended.output.hasPrefix(#"{"lines":301,"ok":301,"duplicates":0,"rejected":0,"#), "\(ended.errors)")
        #expect(try await log.events(study) == 301)
    }

    @Test("Under nohup a hangup ends nothing")
    func nohup() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let ended = try await log.trough.shell(
            """
            cd '\(folder.path)'; mkfifo fed; exec 3<>fed
            env --ignore-signal=HUP "$TROUGH" append --study nohup -o json <&3 3>&- &
            sleep 1; kill -HUP $!; sleep 0.3; kill -0 $! || exit 9; kill -TERM $!; wait $!
            """)
        #expect(ended.status == 143, "\(ended.errors)")
        #expect(ended.output.hasPrefix(#"{"lines":0,"#), "\(ended.output)")
    }

    @Test("A signal that comes before any input ends the command at once")
    func signalWhileWaiting() async throws {
        let log = try CommandLog.shared
        let running = try log.trough.start(["append", "--study", "idle", "-o", "json"])
        try await eventually { try await log.sql("SELECT name FROM trough.study WHERE name = 'idle'") == ["idle"] }
        try await Task.sleep(for: .milliseconds(200))
        running.send(SIGTERM)
        let ended = try await running.wait()
        #expect(ended.status == 143)
        #expect(ended.output.hasPrefix(#"{"lines":0,"ok":0,"#))
    }

    @Test("A second signal stops at once, and sending the lines again completes the log")
    func secondSignal() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough("append", "--study", "second", "--slices", "1", input: EventLine.assay("P-1", "first"))
        // A lock on the heads keeps the commit from being finished.
        let holder = try await log.holdHeads()
        let running = try log.trough.start(["append", "--study", "second", "-o", "json"])
        let lines = EventLine.assays(20).map { $0 + "\n" }.joined()
        try await running.feed(lines)
        try await eventually { try await log.isWaitingForLock() }
        running.send(SIGTERM)
        try await Task.sleep(for: .milliseconds(300))
        #expect(!running.isOver, "the first signal waits for what is under way")
        running.send(SIGINT)
        let asked = Date.now
        let ended = try await running.wait()
        // What is under way waits for a lock that nobody gives back.
        #expect(Date.now.timeIntervalSince(asked) < 10)
        #expect(ended.status == 130)
        #expect(ended.output == "")
        await holder.close()
        let again = try await log.trough("append", "--study", "second", "-o", "json", input: lines)
        #expect(again.status == 0)
        #expect(try await log.events("second") == 21)
    }

    @Test("A signal to a replay ends it with 128 and its number")
    func replay() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough("append", "--study", "read", input: EventLine.assay("P-1", "r1"))
        let holder = try await log.holdEvents()
        let running = try log.trough.start(["replay", "--study", "read"], input: "")
        try await eventually { try await log.isWaitingForLock() }
        running.send(SIGINT)
        let ended = try await running.wait()
        #expect(ended.status == 130)
        #expect(ended.output == "")
        await holder.close()
    }

    @Test("A server that does not answer keeps a reader that was asked to end for no longer than ten seconds")
    func unanswered() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough("append", "--study", "still", input: EventLine.assay("P-1", "s1"))
        // By a role of its own: other programs on the same log ask the same.
        _ = try await log.sql("CREATE ROLE still_reader LOGIN IN ROLE trough_reader")
        let running = try log.trough.start(
            ["tail", "--study", "still", "--follow", "--database", log.url(user: "still_reader")], input: "")
        try await eventually { running.output.contains("s1") }
        let pids = try await log.sql(
            "SELECT pid::text FROM pg_stat_activity WHERE usename = 'still_reader'"
        ).compactMap { Int32($0) }
        try #require(!pids.isEmpty)
        for pid in pids { kill(pid, SIGSTOP) }
        defer { for pid in pids { kill(pid, SIGCONT) } }
        // Until it looks again of its own, and waits for what is not answered.
        try await Task.sleep(for: .seconds(3))
        running.send(SIGTERM)
        let asked = Date.now
        let ended = try await running.wait()
        #expect(ended.status == 143, "\(ended.errors)")
        #expect(Date.now.timeIntervalSince(asked) < 20)
        #expect(ended.errors.contains("the database does not answer"), "\(ended.errors)")
    }

    @Test("A server that takes connections and never answers is waited for as its address says, and not after a signal")
    func deafServer() async throws {
        let server = try DeafServer()
        defer { server.stop() }
        var trough = TroughProgram(limit: 60)
        trough.environment["PGCONNECT_TIMEOUT"] = "2"
        for address in [server.url + "?connect_timeout=2", server.url] {
            let began = Date.now
            let ended = try await trough("replay", "--database", address)
            #expect(ended.status == 3 && ended.errors.contains("timeout expired"), "\(ended.errors)")
            #expect(Date.now.timeIntervalSince(began) < 8, "\(address)")
        }
        let patient = server.url + "?connect_timeout=50"
        let commands = [["append"], ["worker"], ["load", "--rate", "9", "--duration", "1"], ["status"]]
        let running = try commands.map { try trough.start($0 + ["--database", patient], input: "") }
        try await Task.sleep(for: .seconds(1))
        let asked = Date.now
        for program in running { program.send(SIGTERM) }
        for (command, program) in zip(commands, running) {
            #expect(try await program.wait().status == 143, "\(command)")
            #expect(Date.now.timeIntervalSince(asked) < 20, "\(command)")
        }
    }

    @Test("A signal that comes while the program starts ends it")
    func signalAtStart() async throws {
        let trough = TroughProgram(limit: 30)
        // From before the program runs until its work has begun.
        for milliseconds in 0..<80 {
            let running = try trough.start(["simulate", "--patients", "100000000", "--to", "none"], input: "")
            try await Task.sleep(for: .milliseconds(milliseconds))
            running.send(SIGTERM)
            #expect(try await running.wait().status == 143, "after \(milliseconds) ms")
        }
    }

    /// Bytes that wait in the pipe to a process.
    private func unread(_ running: Running) throws -> Int {
        let descriptor = unsafe open("/proc/\(running.identifier)/fd/0", O_RDONLY | O_NONBLOCK)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var count: Int32 = 0
        let failed = unsafe ioctl(descriptor, UInt(FIONREAD), &count) != 0
        try #require(!failed)
        return Int(count)
    }
}

/// Waits until something holds, for half a minute at most.
func eventually(
    _ location: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let began = ContinuousClock.now
    while ContinuousClock.now - began < .seconds(30) {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("it did not come about within half a minute", sourceLocation: location)
}
