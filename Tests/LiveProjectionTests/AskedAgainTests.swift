import EventLog
import LiveProjection
import Postgres
import TestLog
import Testing
import Trial

extension SetsOfOutcomes {
    @Suite("Who wants a patient folded again is answered, whatever workers do", .timeLimit(.minutes(12)))
    struct AskedAgainTests {
        private static let parked = "SELECT subject FROM trough.parked"
        private static let cure = """
            ALTER TABLE trough.event DISABLE TRIGGER append_only;
            UPDATE trough.event SET kind = (SELECT code FROM trough.vocabulary
                WHERE domain = 'kind' AND name = 'trough.completion.v1') WHERE id = 'poison';
            ALTER TABLE trough.event ENABLE ALWAYS TRIGGER append_only
            """

        private static func retry(_ log: TestLog, _ set: ProjectionSet) async throws {
            let asked = try await log.connection.perform { session throws(PostgresError) in
                try set.retryParked("P-2", session)
            }
            #expect(asked == 1)
        }

        /// - Parameter isAskedTwice: Whether what the worker is at is itself an answer to somebody who asked.
        @Test(
            "Who asks after a repair is answered, though a worker is about to write what it read before",
            arguments: [false, true])
        func repairedMeanwhile(isAskedTwice: Bool) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                _ = try await log.append((1...3).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                try await log.execute(ParkedPatientTests.poison("P-2", kind: 99, detail: nil))
                try await log.withWorkers(study, .roblin2020) {
                    try await log.caughtUp(study)
                    #expect(try await log.texts(Self.parked) == ["P-2"])
                    let set = try await log.currentSet(study)
                    try await log.holding("SELECT FROM trough.checkpoint FOR UPDATE") {
                        if isAskedTwice {
                            try await Self.retry(log, set)
                        } else {
                            _ = try await log.append([EventLines.assay("P-2", "later")], to: study)
                        }
                        try await log.waitFor("the worker writes") {
                            try await log.number(
                                """
                                SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                                    AND wait_event_type = 'Lock' AND query LIKE '%trough.project(%'
                                """) == 1
                        }
                        try await log.execute(Self.cure)
                        try await Self.retry(log, set)
                    }
                    try await log.caughtUp(study)
                    try await log.waitFor("nobody is parked", within: .seconds(10)) {
                        try await log.texts(Self.parked) == []
                    }
                }
                try await log.expectReplayed(study, .roblin2020, "after the repair")
            }
        }

        @Test("One who is parked for good is tried once for each time that it is asked, and not over and over")
        func answered() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                _ = try await log.append((1...3).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                try await log.execute(ParkedPatientTests.poison("P-2", kind: 99, detail: nil))
                try await log.withWorkers(study, .roblin2020) {
                    try await log.caughtUp(study)
                    let set = try await log.currentSet(study)
                    for _ in 1...3 {
                        let revision = "SELECT revision FROM trough.checkpoint"
                        let before = try await log.number(revision)
                        try await Self.retry(log, set)
                        try await log.waitFor("an answer") {
                            try await log.number("SELECT count(*) FROM trough.parked WHERE is_retried") == 0
                        }
                        let after = try await log.number(revision)
                        #expect(after > before)
                        try await Task.sleep(for: .milliseconds(600))
                        #expect(try await log.number(revision) == after)
                    }
                    #expect(try await log.texts(Self.parked) == ["P-2"])
                }
            }
        }

        @Test("One whose events are gone is answered, too, and keeps no worker busy")
        func withoutEvents() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                _ = try await log.append(EventLines.everyType("P-1") + [EventLines.assay("P-2", "only")], to: study)
                try await log.execute(
                    "ALTER TABLE trough.event DISABLE TRIGGER ALL; UPDATE trough.event SET kind = 99 WHERE id = 'only'")
                try await log.withWorkers(study, .roblin2020) {
                    try await log.caughtUp(study)
                    #expect(try await log.texts(Self.parked) == ["P-2"])
                    try await log.execute("DELETE FROM trough.event WHERE id = 'only'")
                    try await Self.retry(log, try await log.currentSet(study))
                    try await log.waitFor("an answer", within: .seconds(5)) {
                        try await log.number("SELECT count(*) FROM trough.parked WHERE is_retried") == 0
                    }
                    let reason = try await log.texts("SELECT reason FROM trough.parked").first
                    #expect(reason == "there are no events of the patient any more")
                }
            }
        }

        @Test("A worker of a program that came before askings were counted goes on, and forgets them as it did")
        func earlierProgram() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                _ = try await log.append(EventLines.everyType("P-1"), to: study)
                try await log.execute(ParkedPatientTests.poison("P-1", kind: 99, detail: nil))
                try await log.projectAll(study, .roblin2020)
                let set = try await log.currentSet(study)
                _ = try await log.connection.perform { session throws(PostgresError) in
                    try set.retryParked(nil, session)
                }
                let nothing = Array(repeating: "'{}'", count: 23).joined(separator: ", ")
                try await log.execute(
                    """
                    SELECT trough.hold_slices(trough.join_projection(\(set.number), 'earlier', interval '1 min'));
                    SELECT trough.project(c.projection, c.worker, ARRAY[0], ARRAY[c.epoch], ARRAY[c.position],
                        ARRAY[c.position], \(nothing), ARRAY[0], ARRAY[1], ARRAY['P-1'], ARRAY['still so'])
                    FROM trough.checkpoint c
                    """)
                #expect(try await log.texts("SELECT reason FROM trough.parked WHERE NOT is_retried") == ["still so"])
            }
        }
    }
}
