import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

@testable import LiveProjection

extension SetsOfOutcomes {
    @Suite("Who follows outcomes is told that a patient has none any more", .timeLimit(.minutes(12)))
    struct WithdrawnOutcomeTests {
        private static func event(_ subject: String, _ id: String, _ type: String, _ data: String) -> String {
            """
            {"specversion":"1.0","id":"\(id)","source":"/sites/a","type":"trough.\(type).v1","subject":"\(subject)",\
            "time":"2020-03-01T08:00:00Z","data":\(data)}
            """
        }

        private static func randomisation(_ subject: String, _ id: String) -> String {
            event(subject, id, "randomisation", #"{"arm":"combination","drug":"infliximab"}"#)
        }

        private static func voiding(_ subject: String, _ id: String) -> String {
            event(
                subject, "void-\(id)", "correction",
                #"{"corrects":{"source":"/sites/a","id":"\#(id)"},"reason":"typed wrong","replacement":null}"#)
        }

        /// So many patients who are enrolled and randomised.
        private static func patients(_ count: Int) -> [String] {
            (1...count).flatMap {
                [
                    event("P-\($0)", "enrolment", "enrolment", #"{"disease":"CD","sex":"F"}"#),
                    randomisation("P-\($0)", "r"),
                ]
            }
        }

        /// What the next page tells, as subject, endpoint, status and cause.
        private static func page(_ told: inout ToldOutcomes, _ log: TestLog) async throws -> [String] {
            let before = told.cursor
            let page = try await log.connection.perform { session throws(LogError) in
                var cursor = before
                return try cursor.next(session)
            }
            try await told.lookAtAll(over: log.connection)
            return page.map { "\($0.subject) \($0.endpoint) \($0.status.rawValue) \($0.day ?? -1) \($0.cause)" }
        }

        @Test("Once, with the reason; and the outcomes once more when they are there again")
        func toldOnce() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                _ = try await log.append(Self.patients(4), to: study)
                try await log.projectAll(study, .roblin2020)
                let set = try await log.currentSet(study)
                var told = ToldOutcomes(OutcomeCursor(beforeAllOf: set, of: study))
                try await told.lookAtAll(over: log.connection)
                #expect(told.believed.count == 8)

                _ = try await log.append([Self.voiding("P-2", "r")], to: study)
                try await log.projectAll(study, .roblin2020)
                #expect(
                    try await Self.page(&told, log) == [
                        "P-2 clinical-failure none -1 not-randomised",
                        "P-2 pharmacokinetic-failure none -1 not-randomised",
                    ])
                try await log.execute(ParkedPatientTests.poison("P-3", kind: 99, detail: nil))
                // One who has none already has none that could go.
                try await log.execute(ParkedPatientTests.poison("P-2", kind: 99, detail: nil))
                try await log.projectAll(study, .roblin2020)
                #expect(
                    try await Self.page(&told, log) == [
                        "P-3 clinical-failure none -1 parked", "P-3 pharmacokinetic-failure none -1 parked",
                    ])
                #expect(try await told.believed == ToldOutcomes.all(set, over: log.connection))
                #expect(
                    try await log.number("SELECT count(*) FROM trough.withdrawn WHERE recorded_at > changed_at") == 0)

                try await log.execute(ParkedPatientTests.cure)
                _ = try await log.append(
                    [Self.randomisation("P-2", "again"), EventLines.assay("P-3", "late")], to: study)
                try await log.projectAll(study, .roblin2020)
                try await told.lookAtAll(over: log.connection)
                #expect(told.believed.count == 8)
                #expect(try await told.believed == ToldOutcomes.all(set, over: log.connection))
                #expect(told.repeated == [])
                #expect(told.withdrawn == 4)
                #expect(try await log.number("SELECT count(*) FROM trough.withdrawn") == 0)
            }
        }

        @Test("Whatever is voided, parked and repaired meanwhile, he believes what there is", arguments: [93, 94])
        func follows(seed: UInt64) async throws {
            var random = SeededRandom(seed: seed)
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 3)
                _ = try await log.append(Self.patients(30), to: study)
                var randomised = Dictionary(uniqueKeysWithValues: (1...30).map { ("P-\($0)", "r") })
                try await log.projectAll(study, .roblin2020)
                let set = try await log.currentSet(study)
                let follower = try await Connection.open(log.configuration)
                var told = ToldOutcomes(OutcomeCursor(beforeAllOf: set, of: study))
                try await log.withWorkers(study, .roblin2020, WorkerSetup(workers: 2)) {
                    for turn in 0..<120 {
                        let subject = "P-\(1 + random.below(30))"
                        switch random.below(10) {
                        case 0:
                            try await log.execute(
                                ParkedPatientTests.poison(subject, kind: 99, detail: nil, id: "poison-\(turn)"))
                        case 1 where turn % 3 == 0:
                            try await log.execute(ParkedPatientTests.cure)
                            _ = try await ParkedPatientTests.retry(nil, set, log)
                        case 2...5:
                            if let id = randomised.removeValue(forKey: subject) {
                                _ = try await log.append([Self.voiding(subject, id)], to: study)
                            } else {
                                randomised[subject] = "r-\(turn)"
                                _ = try await log.append([Self.randomisation(subject, "r-\(turn)")], to: study)
                            }
                        default: _ = try await told.look(limit: 1 + random.below(9), over: follower)
                        }
                        if random.chance(30) { try await log.caughtUp(study) }
                    }
                    try await log.caughtUp(study)
                    try await told.lookAtAll(limit: 1 + random.below(9), over: follower)
                    let believed = told.believed
                    #expect(try await believed == ToldOutcomes.all(set, over: follower), "seed \(seed)")
                    #expect(told.withdrawn > 10, "seed \(seed)")
                    #expect(told.sizes.allSatisfy { $0 <= 9 }, "seed \(seed)")
                }
                // What is withdrawn goes with its set.
                #expect(try await log.number("SELECT count(*) FROM trough.withdrawn") > 0)
                try await log.execute("UPDATE trough.projection SET state = 'retired'")
                try await log.connection.perform { session throws(PostgresError) in try set.drop(session) }
                #expect(try await log.number("SELECT count(*) FROM trough.withdrawn") == 0)
                await follower.close()
            }
        }

        @Test("Also where another set takes the place of the one that he knew", arguments: [1, 5_000])
        func crosses(limit: Int) async throws {
            let other = try ProtocolFile.parse(
                TrialProtocol.defaultYAML.replacing("name: roblin-2020", with: "name: other"), fileName: "other")
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                _ = try await log.append(Self.patients(8), to: study)
                // Parked before he looks, and so no change when the other set parks him, too.
                try await log.execute(ParkedPatientTests.poison("P-8", kind: 99, detail: nil))
                try await log.projectAll(study, .roblin2020)
                let set = try await log.currentSet(study)
                var told = ToldOutcomes(OutcomeCursor(beforeAllOf: set, of: study))
                try await told.lookAtAll(over: log.connection)
                _ = try await log.append([Self.voiding("P-2", "r"), Self.voiding("P-5", "r")], to: study)
                try await log.execute(ParkedPatientTests.poison("P-3", kind: 99, detail: nil))
                try await log.projectAll(study, other)
                let second = try await log.currentSet(study)
                try #require(second.number != set.number)
                told.subjects = []
                try await told.lookAtAll(limit: limit, over: log.connection)
                #expect(told.subjects == ["P-2", "P-3", "P-5"])
                #expect(told.withdrawn == 6)
                #expect(told.repeated == [])
                #expect(try await told.believed == ToldOutcomes.all(second, over: log.connection))
            }
        }

        @Test("A log without events whose outcomes he was told ends him; steps that a crash took back do not")
        func restored() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                _ = try await log.append(Self.patients(8), to: study)
                try await log.projectAll(study, .roblin2020)
                let set = try await log.currentSet(study)
                var told = ToldOutcomes(OutcomeCursor(beforeAllOf: set, of: study))
                try await told.lookAtAll(over: log.connection)
                try await log.execute("UPDATE trough.checkpoint SET position = position - 1, revision = revision - 1")
                try await told.lookAtAll(over: log.connection)
                try await log.projectAll(study, .roblin2020)
                try await told.lookAtAll(over: log.connection)
                let end = try await log.number("SELECT position FROM trough.head ORDER BY slice LIMIT 1")
                try await log.execute(
                    """
                    UPDATE trough.checkpoint SET position = position - 1;
                    ALTER TABLE trough.head DISABLE TRIGGER only_forward;
                    UPDATE trough.head SET position = position - 1
                    """)
                let before = told
                let error = await #expect(throws: LogError.self) {
                    var told = before
                    _ = try await told.look(over: log.connection)
                }
                let sentence = "Slice 0 of the study \"main\" ends at position \(end - 1), and outcomes were shown"
                #expect("\(String(describing: error))".contains(sentence), "\(String(describing: error))")
            }
        }
    }
}
