import EventLog
import Postgres
import TestLog
import Testing
import Trial

@testable import LiveProjection

extension HoldingAndReading {
    /// What a worker remembers was true of the log that there was; behind a lost connection may be another one, put back to
    /// an earlier state.
    @Suite("A log that is another one behind a lost connection", .timeLimit(.minutes(12)))
    struct RestoredLogTests {
        /// Ends all sessions but the one that looks, as a server that is stopped does.
        private static let cut = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """

        @Test("A source that has another name now has it in outcomes, too", arguments: [1, 100_000])
        func renamedSource(remembered: Int) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                _ = try await log.append((1...6).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                let setup = WorkerSetup(shards: 2, remembered: remembered)
                try await log.withWorkers(study, .roblin2020, setup) {
                    try await log.caughtUp(study)
                    try await log.execute(
                        """
                        ALTER TABLE trough.source DISABLE TRIGGER ALL;
                        UPDATE trough.source SET uri = uri || '-of-before';
                        \(Self.cut)
                        """)
                    let more = (1...6).flatMap { patient in
                        (0..<30).map { EventLines.assay("P-\(patient)", "late-\($0)", value: $0) }
                    }
                    _ = try await log.append(more, to: study)
                    // Every patient's line is spelled anew.
                    try await log.caughtUp(study)
                    try await log.expectReplayed(study, .roblin2020, "afterwards")
                }
            }
        }

        @Test(
            "A set, worker or study that has another's number there ends the worker, and nothing is written or left",
            arguments: [
                "UPDATE trough.projection SET protocol_digest = 'of another'",
                "UPDATE trough.projection SET created_at = created_at - interval '1 day'",
                "UPDATE trough.worker SET name = 'another'",
                """
                ALTER TABLE trough.study DISABLE TRIGGER ALL;
                UPDATE trough.study SET created_at = created_at + interval '1 microsecond'
                """,
            ])
        func otherNumbers(_ change: String) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 4)
                _ = try await log.append((1...6).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                let worker = log.worker(study, .roblin2020, WorkerSetup(shards: 2))
                let error = await #expect(throws: (any Error).self) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await worker.run() }
                        group.addTask {
                            try await log.caughtUp(study)
                            try await log.execute("\(change); \(Self.cut)")
                            try await Task.sleep(for: .seconds(60))
                        }
                        _ = try await group.next()
                        group.cancelAll()
                    }
                }
                guard case LogError.changed? = error as? LogError else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(try await log.number("SELECT count(*) FROM trough.worker") == 1)
                #expect(try await log.number("SELECT count(*) FROM trough.checkpoint WHERE worker IS NULL") == 0)
            }
        }

        @Test("A worker whose shards get no connection loses its slices to one that has some")
        func withoutConnections() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 4)
                let grants = "GRANT trough_writer TO {}; ALTER ROLE {} CONNECTION LIMIT 1"
                try await log.withLogin(grants: grants) { _, address in
                    // Its keeper has the one connection.
                    let lame = log.worker(study, .roblin2020, WorkerSetup(lease: .seconds(1), address: address))
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try? await lame.run() }
                        try await log.waitFor("slices are held") {
                            try await log.number("SELECT count(*) FROM trough.checkpoint WHERE worker IS NOT NULL") == 4
                        }
                        _ = try await log.append((1...6).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                        try await log.withWorkers(study, .roblin2020, WorkerSetup(lease: .seconds(1))) {
                            try await log.caughtUp(study, within: .seconds(60))
                        }
                        #expect(lame.trouble(at: .now)?.contains("no connection") == true)
                        group.cancelAll()
                    }
                }
            }
        }

        @Test("A position without a row ends a worker with its place, and no checkpoint goes past it")
        func missingPosition() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                _ = try await log.append(EventLines.everyType("P-1"), to: study)
                try await log.projectAll(study, .roblin2020)
                let before = try await log.number("SELECT position FROM trough.checkpoint")
                try await log.execute("UPDATE trough.head SET position = position + 1, digest = sha256(digest)")
                let error = await #expect(throws: (any Error).self) { try await log.projectAll(study, .roblin2020) }
                #expect("\(String(describing: error))".contains("\(before + 1)"), "\(String(describing: error))")
                #expect(try await log.number("SELECT position FROM trough.checkpoint") == before)
            }
        }

        @Test("A study that is removed before all is projected is no goal that was reached")
        func removedStudy() async throws {
            try await TestLog.withLog { log in
                let study = try await log.connection.perform { session throws(LogError) in
                    try Studies.openOrCreate("gone", slices: 2, isDisposable: true, session)
                }
                _ = try await log.append((1...6).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                _ = try await log.connection.perform { session throws(LogError) in
                    try ProjectionSet.open(study, .roblin2020, session)
                }
                let error = await #expect(throws: (any Error).self) {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            // Slices that are locked are not taken: there is no moment at which they could be projected.
                            try await log.execute(
                                """
                                BEGIN; SELECT FROM trough.checkpoint FOR UPDATE; SELECT pg_sleep(1);
                                SELECT trough.remove_study('gone'); COMMIT
                                """)
                            try await Task.sleep(for: .seconds(60))
                        }
                        group.addTask {
                            try await Task.sleep(for: .milliseconds(300))
                            try await log.projectAll(study, .roblin2020)
                        }
                        _ = try await group.next()
                        group.cancelAll()
                    }
                }
                guard case LogError.unknownStudy? = error as? LogError else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
        }
    }
}
