import EventLog
import Postgres
import TestLog
import Testing
import Trial

@Suite("Telling readers that the log has grown", .serialized, .timeLimit(.minutes(12)))
struct LogBellTests {
    /// Appends in many calls at once and tells how many there were.
    private static func append(callers: Int, rounds: Int, by appender: Appender) async throws -> Int {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for round in 0..<rounds {
                        let lines = [EventLines.assay("P-\(caller)", "\(caller)-\(round)")]
                        let receipt = try await appender.append(EventLines.batch(lines))
                        #expect(receipt.decisions == [.stored])
                    }
                }
            }
            try await group.waitForAll()
        }
        return callers * rounds
    }

    /// All that came on the channel, once nothing comes any more for a second.
    private static func heard(_ listener: Connection) async throws -> [Postgres.Notification] {
        try await listener.perform { session throws(PostgresError) in
            var all: [Postgres.Notification] = []
            while let next = try session.waitForNotification(timeoutMilliseconds: 1000) { all.append(next) }
            return all
        }
    }

    @Test("Rings carry the study's number, are no more than the commits, and far fewer than 64 callers' calls")
    func coalesced() async throws {
        try await TestLog.withLog { log in
            _ = try await log.study("another", slices: 3)
            let study = try await log.study(slices: 8)
            let listener = try await Connection.open(log.configuration)
            try await listener.perform { session throws(PostgresError) in try session.listen(LogChannel.name) }
            let appender = try await log.appender(to: study)
            let calls = try await Self.append(callers: 64, rounds: 10, by: appender)
            let heard = try await Self.heard(listener)
            // All batches of one commit of a lane have one time of recording.
            let commits = try await log.number("SELECT count(DISTINCT xmin::text) FROM trough.batch")
            print("\(calls) calls of 64 callers: \(commits) transactions, \(heard.count) rings")
            #expect(heard.allSatisfy { $0.channel == "trough_log" && $0.payload == "2" })
            #expect(!heard.isEmpty)
            #expect(heard.count <= commits)
            #expect(heard.count < calls / 4)

            let known = try EventLines.batch([EventLines.assay("P-0", "0-0")])
            #expect(try await appender.append(known).decisions == [.duplicate])
            #expect(try await Self.heard(listener).isEmpty, "nothing was stored")
            let new = try EventLines.batch([EventLines.assay("P-0", "new")])
            #expect(try await appender.append(new).decisions == [.stored])
            #expect(try await Self.heard(listener).count == 1)
            await appender.close()
            await listener.close()
        }
    }

    @Test("Another's NOTIFY that does not come to its end holds an append up once and for a moment, and loses nothing")
    func heldUp() async throws {
        try await TestLog.withWaitingCommits { log in try await appendBesideHangingNotify(log) }
    }

    private func appendBesideHangingNotify(_ log: TestLog) async throws {
        let study = try await log.study(slices: 2)
        let appender = try await log.appender(to: study, lanes: 1)
        _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "before")]))
        let waiting = "SELECT pid::text FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        let other = try await Connection.open(log.configuration)
        let notifier = Task {
            try await other.perform { session throws(PostgresError) in
                try session.execute("SET synchronous_commit = on")
                // A transaction that had nothing to write but its end would not be waited for.
                try session.execute("CREATE TABLE public.anything (); NOTIFY elsewhere")
            }
        }
        let limit = ContinuousClock.now + .seconds(60)
        while try await log.texts(waiting).isEmpty {
            try #require(ContinuousClock.now < limit, "the NOTIFY was to hang")
            try await Task.sleep(for: .milliseconds(5))
        }
        let began = ContinuousClock.now
        for id in 0..<20 {
            let lines = [EventLines.assay("P-1", "\(id)")]
            #expect(try await appender.append(EventLines.batch(lines)).decisions == [.stored])
        }
        let took = ContinuousClock.now - began
        print("20 appends beside a NOTIFY that hangs: \(took)")
        // At most one wait for each of the bell's pauses, which double.
        #expect(took < .seconds(3))
        let isHanging = try await !log.texts(waiting).isEmpty
        #expect(isHanging, "the NOTIFY hung all the time")
        try await log.execute("SELECT pg_cancel_backend(pid::integer) FROM (\(waiting)) AS w")
        _ = await notifier.result

        let listener = try await Connection.open(log.configuration)
        try await listener.perform { session throws(PostgresError) in try session.listen(LogChannel.name) }
        // After its failures the bell is silent for a while, which has a bound.
        let deadline = ContinuousClock.now + .seconds(60)
        var (round, heard) = (0, false)
        while !heard, ContinuousClock.now < deadline {
            _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "late-\(round)")]))
            heard = try await !Self.heard(listener).isEmpty
            round += 1
        }
        #expect(heard)
        #expect(try await log.faults() == [])
        for open in [other, listener] { await open.close() }
        await appender.close()
    }
}
