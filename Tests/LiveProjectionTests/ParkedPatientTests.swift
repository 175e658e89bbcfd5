import EventLog
import LiveProjection
import Postgres
import TestLog
import Testing
import Trial

extension SetsOfOutcomes {
    @Suite("A patient whose event cannot be decoded is parked", .timeLimit(.minutes(12)))
    struct ParkedPatientTests {
        /// Puts an event into the log past every check but with a head and a batch that fit it, as a superuser could.
        static func poison(_ subject: String, kind: Int, detail: String?, id: String = "poison") -> String {
            """
            WITH p AS (SELECT slice, patient FROM trough.patient WHERE subject = '\(subject)'),
            h AS (
                UPDATE trough.head h SET position = h.position + 1, recorded_at = clock_timestamp(),
                    digest = sha256(h.digest) FROM p WHERE h.slice = p.slice RETURNING h.*
            ), e AS (
                INSERT INTO trough.event (slice, patient, position, occurred_at, recorded_at, value, source, kind, code,
                    unit, qualifier, level, id, detail)
                SELECT p.slice, p.patient, h.position, timestamptz '2020-05-01', h.recorded_at, 0,
                    (SELECT min(source) FROM trough.source), \(kind), 0, 0, 0, 0, '\(id)',
                    \(detail.map { "'\($0)'" } ?? "NULL")
                FROM p, h
            )
            INSERT INTO trough.batch (slice, first_position, last_position, recorded_at, author, client, digest)
            SELECT h.slice, h.position, h.position, h.recorded_at, 'superuser', 'psql', h.digest FROM h
            """
        }

        /// Makes the poisoned event a completion.
        static let cure = """
            ALTER TABLE trough.event DISABLE TRIGGER append_only;
            UPDATE trough.event SET kind = (SELECT code FROM trough.vocabulary
                WHERE domain = 'kind' AND name = 'trough.completion.v1'), detail = NULL WHERE id LIKE 'poison%';
            ALTER TABLE trough.event ENABLE ALWAYS TRIGGER append_only
            """

        struct Poison: Sendable, CustomTestStringConvertible {
            var kind: Int
            var detail: String?
            var remembered: Int
            var reason: String
            var testDescription: String { "kind \(kind), detail \(detail ?? "none"), \(remembered) remembered" }
        }

        static let poisons = [
            Poison(kind: 99, remembered: 100_000, reason: "unknown kind 99"),
            Poison(kind: 99, remembered: 1, reason: "unknown kind 99"),
            // A correction without a detail, and one whose detail is not that of a correction.
            Poison(kind: 10, remembered: 100_000, reason: ""),
            Poison(kind: 10, detail: #"{"corrects":5}"#, remembered: 100_000, reason: ""),
            Poison(kind: 10, detail: "[]", remembered: 1, reason: ""),
        ]

        @Test("A time that is infinite parks the patient, too", arguments: [1, 100_000])
        func infiniteTime(remembered: Int) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                _ = try await log.append((1...3).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                try await log.execute(
                    """
                    ALTER TABLE trough.event DISABLE TRIGGER ALL;
                    UPDATE trough.event e SET occurred_at = 'infinity' FROM trough.patient p
                    WHERE p.slice = e.slice AND p.patient = e.patient AND p.subject = 'P-2' AND e.position % 12 = 5
                    """)
                try await log.projectAll(study, .roblin2020, WorkerSetup(remembered: remembered))
                #expect(try await log.texts("SELECT subject FROM trough.parked") == ["P-2"])
                #expect(try await log.number("SELECT count(*) FROM trough.patient_state") == 2)
            }
        }

        @Test(
            "It holds up nobody else, stays parked through further events, and comes back when it is repaired",
            arguments: poisons)
        func parks(_ poison: Poison) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                let subjects = (1...6).map { "P-\($0)" }
                _ = try await log.append(subjects.flatMap { EventLines.everyType($0) }, to: study)
                let setup = WorkerSetup(shards: 2, remembered: poison.remembered)
                try await log.withWorkers(study, .roblin2020, setup) {
                    try await log.caughtUp(study)
                    try await log.expectReplayed(study, .roblin2020, "before")
                    try await log.execute(Self.poison("P-3", kind: poison.kind, detail: poison.detail))
                    try await log.caughtUp(study)
                    try await Self.expectParked("P-3", poison, log)
                    let position = try await log.number("SELECT position FROM trough.parked")

                    // Others go on, also in the same slice; the parked one stays so.
                    let news = subjects.map { EventLines.assay($0, "after", value: 7) }
                    _ = try await log.append(news, to: study)
                    try await log.caughtUp(study)
                    try await Self.expectParked("P-3", poison, log)
                    #expect(try await log.number("SELECT position FROM trough.parked") > position)
                    let stale = "SELECT count(*) FROM trough.patient_state t JOIN trough.checkpoint c USING (slice)"
                    #expect(try await log.number(stale + " WHERE t.recorded_at < c.projected_at - interval '1 h'") == 0)
                    try await Self.expectOthers(subjects, log)

                    // Retried without a repair, it is parked again.
                    let set = try await log.currentSet(study)
                    #expect(try await Self.retry("P-4", set, log) == 0)
                    #expect(try await Self.retry("P-3", set, log) == 1)
                    try await Self.expectParked("P-3", poison, log)

                    try await log.execute(Self.cure)
                    #expect(try await Self.retry(nil, set, log) == 1)
                    #expect(try await log.number("SELECT count(*) FROM trough.parked") == 0)
                }
                try await log.expectReplayed(study, .roblin2020, "after")
            }
        }

        /// Asks for parked patients to be folded again and waits until they are; how many were asked for.
        static func retry(_ subject: String?, _ set: ProjectionSet, _ log: TestLog) async throws -> Int {
            let asked = try await log.connection.perform { session throws(PostgresError) in
                try set.retryParked(subject, session)
            }
            try await log.waitFor("the retried are folded") {
                try await log.connection.perform { session throws(PostgresError) in
                    try OutcomeReading.parked(in: set, onlyRetried: true, session) == 0
                }
            }
            return asked
        }

        private static func expectParked(_ subject: String, _ poison: Poison, _ log: TestLog) async throws {
            #expect(try await log.texts("SELECT subject FROM trough.parked WHERE NOT is_retried") == [subject])
            let reason = try await log.texts("SELECT reason FROM trough.parked").first ?? ""
            #expect(!reason.isEmpty && reason.contains(poison.reason), "\(reason)")
            let rest = """
                SELECT (SELECT count(*) FROM trough.patient_state WHERE subject = '\(subject)')
                    + (SELECT count(*) FROM trough.outcome o JOIN trough.patient p USING (slice, patient)
                        WHERE p.subject = '\(subject)')
                """
            #expect(try await log.number(rest) == 0)
        }

        /// The others are as they would be in a study without the parked one.
        private static func expectOthers(_ subjects: [String], _ log: TestLog) async throws {
            let healthy = try await log.study("healthy", slices: 2)
            let others = subjects.filter { $0 != "P-3" }
            if try await log.number("SELECT sum(position) FROM trough.head WHERE study = \(healthy.number)") == 0 {
                let lines = others.flatMap { EventLines.everyType($0) + [EventLines.assay($0, "after", value: 7)] }
                _ = try await log.append(lines, to: healthy)
            }
            let main = try await log.connection.perform { session throws(LogError) in try Studies.open("main", session)
            }
            let live = try await log.liveLines(log.currentSet(main))
            #expect(try await live == log.replayedLines(healthy, .roblin2020))
        }

        @Test("A patient is parked also when the event is met in a slice that is read whole, or in an old history")
        func readWhole() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                let busy = (1...1_200).map { EventLines.assay("P-\($0 % 40)", "n-\($0)") }
                _ = try await log.append(EventLines.everyType("P-3") + busy, to: study)
                try await log.execute(Self.poison("P-3", kind: 99, detail: nil))
                try await log.withWorkers(study, .roblin2020, WorkerSetup(remembered: 1)) {
                    try await log.caughtUp(study)
                    #expect(try await log.texts("SELECT subject FROM trough.parked") == ["P-3"])
                    #expect(try await log.number("SELECT count(*) FROM trough.patient_state") == 39)
                    // The next event is sound; the one before it is found in the history.
                    _ = try await log.append([EventLines.assay("P-3", "late")], to: study)
                    try await log.caughtUp(study)
                    #expect(try await log.texts("SELECT subject FROM trough.parked") == ["P-3"])
                    try await log.execute(Self.cure)
                    // A further event brings a repaired patient back without being asked for.
                    _ = try await log.append([EventLines.assay("P-3", "later")], to: study)
                    try await log.caughtUp(study)
                    #expect(try await log.texts("SELECT subject FROM trough.parked") == [])
                }
                try await log.expectReplayed(study, .roblin2020, "repaired")
            }
        }
    }
}
