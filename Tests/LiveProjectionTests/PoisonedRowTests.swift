import EventLog
import LiveProjection
import Postgres
import TestLog
import Testing
import Trial

extension SetsOfOutcomes {
    /// What only psql can write.
    @Suite("Whatever stands in a row of an event parks its patient and nobody else", .timeLimit(.minutes(12)))
    struct PoisonedRowTests {
        /// What a row is made to say that no program writes.
        struct Poison: Sendable, CustomTestStringConvertible {
            /// The type of the event that is changed.
            var type: String
            /// What is set in its row.
            var change: String
            /// Part of the reason for which the patient is parked.
            var reason: String
            var testDescription: String { "\(type): \(change)" }

            init(_ type: String, _ change: String, _ reason: String = "") {
                (self.type, self.change, self.reason) = (type, change, reason)
            }
        }

        static let poisons = [
            // Texts that PostgreSQL keeps in JSON, and in no text.
            Poison("randomisation", #"detail = '{"arm":"com\u0000bination"}'"#, "arm"),
            Poison("randomisation", #"detail = '{"arm":"\ud800"}'"#),
            Poison("randomisation", #"detail = '{"arm":""}'"#, "arm"),
            Poison("randomisation", #"detail = '{"arm":5}'"#),
            Poison("randomisation", "detail = NULL"),
            Poison("randomisation", "detail = 'null'"),
            Poison("randomisation", "detail = (repeat('[', 1000) || repeat(']', 1000))::json"),
            Poison("correction", #"detail = '{"corrects":{"id":"\u0000","source":"x"},"reason":5}'"#),
            Poison("correction", "detail = (repeat('[', 1000) || repeat(']', 1000))::json"),
            Poison("assay", "recorded_at = 'infinity'", "recorded"),
            Poison("dose", "recorded_at = '-infinity'", "recorded"),
            Poison("assay", "occurred_at = '-infinity'"),
            Poison("assay", "occurred_at = '294276-12-31'"),
            Poison("assay", "occurred_at = '4713-01-01 BC'"),
            Poison("assay", "value = 'NaN'"),
            Poison("dose", "value = '-Infinity'"),
            Poison("score", "value = 1e308"),
            Poison("assay", "source = 2147483647", "source"),
            Poison("completion", "kind = -1"),
            Poison("completion", "kind = 32767"),
            Poison("dose", "code = -32768"),
            Poison("dose", "unit = 32767"),
            Poison("adverse-event", "qualifier = -1"),
            Poison("adverse-event", "level = 32767"),
        ]

        private static let parked = "SELECT subject FROM trough.parked ORDER BY 1"

        @Test(
            "One is parked for what cannot be decoded, folded or written, and comes back when it is repaired",
            arguments: poisons)
        func parks(_ poison: Poison) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                _ = try await log.append((1...3).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                try await log.execute(Self.change(poison))
                let reading = try await Connection.open(log.configuration)
                // With and without a history that is remembered.
                let setup = WorkerSetup(remembered: poison.change.utf8.count % 2 == 0 ? 1 : 1_000_000)
                try await log.withWorkers(study, .roblin2020, setup) {
                    try await log.caughtUp(study)
                    #expect(try await log.texts(Self.parked) == ["P-2"])
                    let reason = try await log.texts("SELECT reason FROM trough.parked").first ?? ""
                    #expect(!reason.isEmpty && reason.contains(poison.reason), "\(reason)")
                    #expect(reason.utf8.allSatisfy { $0 >= 0x20 }, "\(reason)")
                    let set = try await log.currentSet(study)
                    var outcomes = 0
                    try await OutcomeReading.eachOutcome(of: set, over: reading) { outcomes += $0.count }
                    #expect(outcomes == 2 * TrialProtocol.roblin2020.endpoints.count)
                    #expect(try await log.liveLines(set).count == 2)
                    // The others of the slice go on.
                    _ = try await log.append((1...3).map { EventLines.assay("P-\($0)", "later") }, to: study)
                    try await log.caughtUp(study)
                    #expect(try await log.texts(Self.parked) == ["P-2"])

                    try await log.execute(Self.repair)
                    let asked = try await log.connection.perform { session throws(PostgresError) in
                        try set.retryParked("P-2", session)
                    }
                    #expect(asked == 1)
                    try await log.waitFor("nobody is parked") { try await log.texts(Self.parked) == [] }
                }
                try await log.expectReplayed(study, .roblin2020, "repaired")
                await reading.close()
            }
        }

        /// Keeps an event of P-2 as it is, and makes it say something else.
        private static func change(_ poison: Poison) -> String {
            """
            CREATE TABLE public.kept AS SELECT e.* FROM trough.event e
            JOIN trough.patient p ON p.slice = e.slice AND p.patient = e.patient AND p.subject = 'P-2'
            JOIN trough.vocabulary v ON v.domain = 'kind' AND v.code = e.kind AND v.name = 'trough.\(poison.type).v1'
            ORDER BY e.position LIMIT 1;
            ALTER TABLE trough.event DISABLE TRIGGER ALL;
            UPDATE trough.event e SET \(poison.change) FROM public.kept k WHERE (e.slice, e.position) = (k.slice, k.position)
            """
        }

        private static let repair = """
            UPDATE trough.event e SET (occurred_at, recorded_at, value, source, kind, code, unit, qualifier, level, detail) =
                (SELECT occurred_at, recorded_at, value, source, kind, code, unit, qualifier, level, detail FROM public.kept)
            FROM public.kept k WHERE (e.slice, e.position) = (k.slice, k.position)
            """

        @Test("Outcomes that an earlier program wrote without an arm can be read")
        func withoutArm() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                _ = try await log.append(EventLines.everyType("P-1"), to: study)
                try await log.projectAll(study, .roblin2020)
                try await log.execute("UPDATE trough.patient_state SET arm = NULL")
                let set = try await log.currentSet(study)
                var arms: Set<String> = []
                try await OutcomeReading.eachOutcome(of: set, over: log.connection) { arms.formUnion($0.map(\.arm)) }
                #expect(arms == [""])
            }
        }

        /// By table a constraint that some patients break, and the words for it.
        static let constraints = [
            ("patient_state", "CHECK (subject NOT IN ('P-7', 'P-31', 'P-32'))", #"violates check constraint "odd""#),
            ("outcome", "CHECK (1 / (CASE WHEN patient % 13 = 5 THEN 0 ELSE 1 END) = 1)", "division by zero"),
        ]

        @Test(
            "Those whom the database refuses for their data are parked in its words; all others are written",
            arguments: constraints)
        func refused(table: String, constraint: String, words: String) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                let subjects = (1...40).map { "P-\($0)" }
                _ = try await log.append(subjects.flatMap { EventLines.everyType($0) }, to: study)
                // No writer can do this, and nothing that is written by the program runs into it.
                try await log.execute("ALTER TABLE trough.\(table) ADD CONSTRAINT odd \(constraint)")
                let ill = try await log.texts(
                    table == "outcome"
                        ? "SELECT subject FROM trough.patient WHERE patient % 13 = 5 ORDER BY 1"
                        : "SELECT unnest(ARRAY['P-31', 'P-32', 'P-7'])")
                try #require(ill.count > 2)
                try await log.withWorkers(study, .roblin2020, WorkerSetup(shards: 2)) {
                    try await log.caughtUp(study)
                    #expect(try await log.texts(Self.parked) == ill)
                    let reasons = try await log.texts("SELECT DISTINCT reason FROM trough.parked")
                    #expect(reasons.count == 1 && reasons[0].contains(words), "\(reasons)")
                    _ = try await log.append(subjects.map { EventLines.assay($0, "later") }, to: study)
                    try await log.caughtUp(study)
                    #expect(try await log.texts(Self.parked) == ill)
                    #expect(try await log.number("SELECT count(*) FROM trough.patient_state") == 40 - ill.count)

                    try await log.execute("ALTER TABLE trough.\(table) DROP CONSTRAINT odd")
                    let set = try await log.currentSet(study)
                    _ = try await log.connection.perform { session throws(PostgresError) in
                        try set.retryParked(nil, session)
                    }
                    try await log.waitFor("nobody is parked") { try await log.texts(Self.parked) == [] }
                }
                try await log.expectReplayed(study, .roblin2020, "afterwards")
            }
        }

        @Test(
            "Events of a patient of whom there is no row park him without a name, until the row is there again",
            arguments: [1, 1_000_000])
        func withoutPatient(remembered: Int) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                let lines = (1...4).flatMap { EventLines.everyType("P-\($0)") }
                _ = try await log.append(lines, to: study)
                let setup = WorkerSetup(remembered: remembered)
                let number = try await log.number("SELECT patient FROM trough.patient WHERE subject = 'P-2'")
                try await log.execute(
                    """
                    CREATE TABLE public.kept AS SELECT * FROM trough.patient WHERE subject = 'P-2';
                    ALTER TABLE trough.patient DISABLE TRIGGER ALL;
                    DELETE FROM trough.patient WHERE subject = 'P-2'
                    """)
                try await log.withWorkers(study, .roblin2020, setup) {
                    try await log.caughtUp(study)
                    #expect(try await log.texts(Self.parked) == [""])
                    let status = try await log.connection.perform { session throws(LogError) in
                        try ProjectionStatus.all(of: study, session)
                    }
                    #expect(status[0].parkedCount == 1)
                    let reason = try #require(status[0].parked.first?.reason)
                    #expect(reason.contains("patient \(number), of whom there is no subject"), "\(reason)")
                    _ = try await log.append((3...4).map { EventLines.assay("P-\($0)", "later") }, to: study)
                    try await log.caughtUp(study)
                    let others = try await log.texts("SELECT subject FROM trough.patient_state ORDER BY 1")
                    #expect(others == ["P-1", "P-3", "P-4"])

                    try await log.execute("INSERT INTO trough.patient SELECT * FROM public.kept")
                    let set = try await log.currentSet(study)
                    _ = try await log.connection.perform { session throws(PostgresError) in
                        try set.retryParked(nil, session)
                    }
                    try await log.waitFor("nobody is parked") { try await log.texts(Self.parked) == [] }
                }
                try await log.expectReplayed(study, .roblin2020, "with the row")
            }
        }
    }
}
