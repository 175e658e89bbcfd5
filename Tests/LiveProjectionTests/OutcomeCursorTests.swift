import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

@testable import LiveProjection

extension SetsOfOutcomes {
    @Suite("Who follows outcomes is told each change once", .timeLimit(.minutes(12)))
    struct OutcomeCursorTests {
        @Test("None is missed while workers project, however small the pages are", arguments: [91, 92] as [UInt64])
        func follows(seed: UInt64) async throws {
            var random = SeededRandom(seed: seed)
            let lines = try TestData.lines(TestData.replica).shuffled(using: &random)
            let pieces = random.cut(Array(lines.prefix(5_000)), into: 20...200)
            try await TestLog.withLog { log in
                let study = try await log.study(slices: seed == 91 ? 3 : 16)
                try await log.projectAll(study, .roblin2020)
                let set = try await log.currentSet(study)
                let follower = try await Connection.open(log.configuration)
                var told = ToldOutcomes(OutcomeCursor(beforeAllOf: set, of: study))
                try await log.withWorkers(study, .roblin2020, WorkerSetup(workers: 2, shards: 2)) {
                    let appender = try await log.appender(to: study)
                    for piece in pieces {
                        _ = try await appender.append(EventLines.batch(piece))
                        if random.chance(2) { _ = try await told.look(limit: 1 + random.below(60), over: follower) }
                    }
                    await appender.close()
                    try await log.caughtUp(study)
                    try await told.lookAtAll(limit: 1 + random.below(60), over: follower)
                }
                #expect(told.repeated == [], "seed \(seed)")
                let all = try await ToldOutcomes.all(set, over: follower)
                #expect(told.believed == all, "seed \(seed)")
                #expect(told.changes > all.count, "seed \(seed): outcomes should have changed on the way")
                #expect(told.sizes.allSatisfy { $0 <= max(60, study.slices) }, "seed \(seed)")
                await follower.close()
            }
        }

        @Test("A page is bounded where a slice has many changes of one revision; what changes meanwhile comes again")
        func bounded() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                try await log.projectAll(study, .roblin2020)
                let set = try await log.currentSet(study)
                try await log.execute(
                    """
                    INSERT INTO trough.patient_state (projection, slice, patient, subject, phase, arm, findings, position,
                        recorded_at, projected_at)
                    SELECT \(set.number), 0, n, 'P-' || n, 'randomised', 'a', 0, 1, now(), now()
                    FROM generate_series(1, 6000) n;
                    INSERT INTO trough.outcome (projection, slice, patient, endpoint, is_event, day, cause, evidence, revision,
                        recorded_at, changed_at)
                    SELECT \(set.number), 0, n, e, false, n, 'horizon', '[]', 7 + n / 5900, now(), now()
                    FROM generate_series(1, 6000) n, unnest(ARRAY['a', 'B', 'é']) e;
                    UPDATE trough.checkpoint SET revision = 8
                    """)
                let follower = try await Connection.open(log.configuration)
                var told = ToldOutcomes(OutcomeCursor(beforeAllOf: set, of: study))
                _ = try await told.look(over: follower)
                // Some that were told, and some that were not.
                try await log.execute(
                    """
                    UPDATE trough.outcome SET day = day + 1, revision = 9 WHERE patient % 100 = 0;
                    UPDATE trough.checkpoint SET revision = 9
                    """)
                try await told.lookAtAll(over: follower)
                #expect(told.repeated == [])
                #expect(told.sizes.allSatisfy { $0 <= 5_000 })
                #expect(told.believed.count == 18_000)
                // The first page had the patients up to 1666, 16 of whom were changed.
                #expect(told.changes == 18_000 + 16 * 3)
                #expect(try await told.believed == ToldOutcomes.all(set, over: follower))
                await follower.close()
            }
        }

        // MARK: - Another set

        /// The default rules under another name, or also with a lower bar.
        private static func other(isStricter: Bool) throws -> TrialProtocol {
            var yaml = TrialProtocol.defaultYAML.replacing("name: roblin-2020", with: "name: other")
            if isStricter { yaml = yaml.replacing("- {score: HBI, at-least: 5}", with: "- {score: HBI, at-least: 1}") }
            return try ProtocolFile.parse(yaml, fileName: "other")
        }

        /// What a switch is like for one who follows.
        struct Scene: Sendable, CustomTestStringConvertible {
            var seed: UInt64
            /// Whether the other set's rules are other ones.
            var isStricter = false
            /// Whether the old set took in some of the news, of which nobody was told yet.
            var hasUntold = false
            /// Whether the old set is gone when he looks again.
            var isDropped = false
            /// Whether he was in the middle of a page.
            var isMidway = false
            var testDescription: String {
                "\(seed), stricter \(isStricter), untold \(hasUntold), dropped \(isDropped), midway \(isMidway)"
            }
        }

        static let scenes = [
            Scene(seed: 1), Scene(seed: 2, hasUntold: true), Scene(seed: 3, isDropped: true),
            Scene(seed: 4, hasUntold: true, isDropped: true), Scene(seed: 5, hasUntold: true, isMidway: true),
            Scene(seed: 6, isStricter: true), Scene(seed: 7, isStricter: true, hasUntold: true, isMidway: true),
        ]

        @Test("He is told of what only the set that takes the place of the old one has taken in", arguments: scenes)
        func crosses(_ scene: Scene) async throws {
            var random = SeededRandom(seed: scene.seed)
            let lines = try TestData.lines(TestData.replica).shuffled(using: &random)
            let second = try Self.other(isStricter: scene.isStricter)
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 4)
                _ = try await log.append(Array(lines[..<3_000]), to: study)
                try await log.projectAll(study, .roblin2020)
                let follower = try await Connection.open(log.configuration)
                let first = try await log.currentSet(study)
                var told = ToldOutcomes(OutcomeCursor(beforeAllOf: first, of: study))
                try await told.lookAtAll(limit: 1 + random.below(200), over: follower)
                #expect(try await told.believed == ToldOutcomes.all(first, over: follower))

                if scene.hasUntold {
                    _ = try await log.append(Array(lines[3_000..<3_400]), to: study)
                    try await log.projectAll(study, .roblin2020)
                    if scene.isMidway { #expect(try await told.look(limit: 6, over: follower)) }
                }
                told.subjects = []
                let before = told
                let news = Array(lines[3_400..<3_700])
                _ = try await log.append(news, to: study)
                try await log.projectAll(study, second)
                let set = try await log.currentSet(study)
                try #require(set.number != first.number)
                if scene.isDropped {
                    try await log.connection.perform { session throws(PostgresError) in try first.drop(session) }
                }
                try await told.lookAtAll(limit: 1 + random.below(40), over: follower)

                let recent = scene.hasUntold ? Array(lines[3_000..<3_700]) : news
                let concerned = Set(try EventLines.batch(recent).subjectTexts)
                #expect(told.subjects.isSubset(of: concerned), "\(told.subjects.subtracting(concerned))")
                #expect(told.changes > before.changes, "nothing was told")
                if !scene.isDropped { #expect(told.repeated == []) }
                let all = try await ToldOutcomes.all(set, over: follower)
                if scene.isStricter {
                    for (key, value) in told.believed {
                        let expected = concerned.contains(key.subject) ? all[key] : before.believed[key]
                        #expect(value == expected, "\(key)")
                    }
                    #expect(Set(told.believed.keys) == Set(all.keys))
                } else {
                    #expect(told.believed == all)
                }
                // From there on it is as ever.
                _ = try await log.append(Array(lines[3_700..<4_000]), to: study)
                try await log.projectAll(study, second)
                let repeated = told.repeated.count
                try await told.lookAtAll(over: follower)
                #expect(told.repeated.count == repeated)
                if !scene.isStricter { #expect(try await told.believed == ToldOutcomes.all(set, over: follower)) }
                await follower.close()
            }
        }

        @Test("In a log that is older than all outcomes he is told that, and not that there is no study")
        func older() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                try await log.projectAll(study, .roblin2020)
                let set = try await log.currentSet(study)
                let cursor = try await log.connection.perform { session throws(PostgresError) in
                    try OutcomeCursor(behind: set, of: study, session)
                }
                try await log.execute("UPDATE trough.projection SET state = 'building'")
                let error = await #expect(throws: LogError.self) {
                    try await log.connection.perform { session throws(LogError) in
                        var cursor = cursor
                        _ = try cursor.next(session)
                    }
                }
                guard case .changed = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
        }

        @Test("Another protocol is no change: where there was no event in between, nothing is told")
        func silent() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 4)
                _ = try await log.append(Array(try TestData.lines(TestData.replica).prefix(3_000)), to: study)
                try await log.projectAll(study, .roblin2020)
                let first = try await log.currentSet(study)
                let cursor = try await log.connection.perform { session throws(PostgresError) in
                    try OutcomeCursor(behind: first, of: study, session)
                }
                var told = ToldOutcomes(cursor)
                try await log.projectAll(study, Self.other(isStricter: true))
                let set = try await log.currentSet(study)
                let (old, new) = (
                    try await ToldOutcomes.all(first, over: log.connection),
                    try await ToldOutcomes.all(set, over: log.connection)
                )
                try #require(old != new)
                try await told.lookAtAll(over: log.connection)
                #expect(told.changes == 0)
                #expect(told.cursor.set == set)
            }
        }
    }
}

extension EventBatch {
    /// The subjects of a batch.
    fileprivate var subjectTexts: [String] {
        (0..<subjects.count).map { String(decoding: subjects[$0], as: UTF8.self) }
    }
}
