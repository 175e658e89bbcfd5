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
    private static func heard(_ listener: Connection) async throws -> [Notification] {
        try await listener.perform { session throws(PostgresError) in
            var all: [Notification] = []
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

    @Test("A bell whose connection is ended again and again costs the append nothing, and rings again by itself")
    func connectionEnded() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 8)
            var address = log.configuration
            address.applicationName = "belled"
            let appender = try await log.appender(to: study, as: address)
            let bells =
                "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE application_name = 'belled bell'"
            let over = Count()
            let ended = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    let connection = try await Connection.open(log.configuration)
                    var ended = 0
                    while over.value == 0 {
                        ended += try await connection.perform { session throws(PostgresError) in
                            try session.query(bells).count
                        }
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    await connection.close()
                    return ended
                }
                _ = try await Self.append(callers: 8, rounds: 40, by: appender)
                over.add()
                return try await group.next() ?? 0
            }
            print("bells ended: \(ended)")
            #expect(ended > 2)
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 320)
            let listener = try await Connection.open(log.configuration)
            try await listener.perform { session throws(PostgresError) in try session.listen(LogChannel.name) }
            // After so many failures the bell is silent for a while, which has a bound.
            let deadline = ContinuousClock.now + .seconds(60)
            var (round, heard) = (0, false)
            while !heard, ContinuousClock.now < deadline {
                _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "late-\(round)")]))
                heard = try await !Self.heard(listener).isEmpty
                round += 1
            }
            #expect(heard)
            await appender.close()
            await listener.close()
        }
    }

    @Test("An append goes on where the server has no room for the bell's connection")
    func noRoom() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 8)
            try await log.withLogin(grants: "GRANT trough_writer TO {}; ALTER ROLE {} CONNECTION LIMIT 3") {
                role, address in
                let appender = try await log.appender(to: study, as: address)
                let sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = '\(role)'"
                #expect(try await log.number(sessions) == 3)
                let began = ContinuousClock.now
                _ = try await Self.append(callers: 4, rounds: 20, by: appender)
                #expect(ContinuousClock.now - began < .seconds(20))
                #expect(try await log.number("SELECT count(*) FROM trough.event") == 80)
                await appender.close()
            }
        }
    }
}
