import EventLog
import LiveProjection
import Postgres
import TestLog
import Testing
import Trial

extension SetsOfOutcomes {
    @Suite("What a step costs and leaves", .timeLimit(.minutes(12)))
    struct ProjectionCostTests {
        @Test("In a set that statistics know nothing of, a step does not look at every outcome")
        func secondSet() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                _ = try await log.append((1...400).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                try await log.projectAll(study, .roblin2020)
                try await log.execute("ANALYZE trough.outcome; ANALYZE trough.patient_state; ANALYZE trough.parked")
                var other = TrialProtocol.roblin2020
                other.horizon = 365
                try await log.projectAll(study, other)
                let steps = 30
                let before = try await Self.entriesRead(log)
                for step in 1...steps {
                    _ = try await log.append([EventLines.assay("P-\(step)", "late")], to: study)
                    try await log.projectAll(study, other)
                }
                let entries = try await Self.entriesRead(log) - before
                #expect(try await log.number("SELECT count(*) FROM trough.outcome") >= 1_600)
                #expect(entries < steps * 100, "\(entries) entries were read in \(steps) steps")
            }
        }

        /// How many entries of indexes and rows of scans were read of what steps write.
        private static func entriesRead(_ log: TestLog) async throws -> Int {
            // A backend tells what it has read when it ends.
            try await Task.sleep(for: .milliseconds(500))
            return try await log.number(
                """
                SELECT sum(t.seq_tup_read) + (SELECT sum(i.idx_tup_read) FROM pg_stat_user_indexes i
                    WHERE i.relname IN ('outcome', 'patient_state'))
                FROM pg_stat_user_tables t WHERE t.relname IN ('outcome', 'patient_state')
                """)
        }

        @Test("A study that is removed while it is projected leaves nothing of its outcomes")
        func removal() async throws {
            try await TestLog.withLog { log in
                let study = try await log.connection.perform { session throws(LogError) in
                    try Studies.openOrCreate("gone", slices: 2, isDisposable: true, session)
                }
                _ = try await log.append((1...6).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                let worker = log.worker(study, .roblin2020, WorkerSetup(lease: .seconds(6)))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // It ends when its study is gone.
                    group.addTask { try? await worker.run() }
                    try await log.caughtUp(study)
                    func wait(for count: Int) async throws {
                        try await log.waitFor("\(count) wait") {
                            try await log.number("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted") >= count
                        }
                    }
                    let last = "SELECT FROM trough.checkpoint WHERE slice = \(study.firstSlice + 1) FOR UPDATE"
                    try await log.holding(last) {
                        _ = try await log.append((7...12).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                        try await wait(for: 1)
                        group.addTask { try await log.holding("SELECT trough.remove_study('gone'); COMMIT") {} }
                        try await wait(for: 2)
                    }
                    try await group.waitForAll()
                }
                for table in ["outcome", "patient_state", "checkpoint", "projection", "parked"] {
                    #expect(try await log.number("SELECT count(*) FROM trough.\(table)") == 0, "\(table)")
                }
            }
        }

        @Test("Revisions grow with the clock, so that a crash of the server cannot give one out again")
        func revisions() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                var last = 0
                for round in 1...3 {
                    _ = try await log.append(EventLines.everyType("P-\(round)"), to: study)
                    let began = try await log.number("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
                    try await log.projectAll(study, .roblin2020)
                    let revision = try await log.number("SELECT revision FROM trough.checkpoint")
                    #expect(revision >= began && revision > last)
                    last = revision
                    // Whatever went wrong with a clock: it never goes back.
                    try await log.execute("UPDATE trough.checkpoint SET revision = revision + 100000000")
                    last += 100_000_000
                    #expect(try await log.number("SELECT count(*) FROM trough.outcome WHERE revision > \(last)") == 0)
                }
            }
        }
    }
}
