import EventLog
import Postgres
import TestLog
import Testing

@Suite("Studies made to be removed", .timeLimit(.minutes(12)))
struct DisposableStudyTests {
    /// A log with a study for good and a disposable one, each with events.
    private static func withStudies(_ body: (TestLog, _ kept: Study, _ disposable: Study) async throws -> Void)
        async throws
    {
        try await TestLog.withLog { log in
            let kept = try await log.study("kept", slices: 2)
            let disposable = try await log.connection.perform { session throws(LogError) in
                try Studies.openOrCreate("load", slices: 4, isDisposable: true, session)
            }
            for study in [kept, disposable] {
                _ = try await log.append(EventLines.everyType("P-1") + EventLines.everyType("P-2"), to: study)
                try await log.seal(study)
            }
            try await body(log, kept, disposable)
        }
    }

    private static let tables = ["event", "batch", "patient", "source", "head", "study", "segment"]

    private static func counts(_ log: TestLog) async throws -> [Int] {
        var counts: [Int] = []
        for table in tables { counts.append(try await log.number("SELECT count(*) FROM trough.\(table)")) }
        return counts
    }

    @Test("Removing one leaves nothing of it, and everything of the others")
    func removal() async throws {
        try await Self.withStudies { log, kept, disposable in
            let contents = try await log.contents(of: "kept")
            try await log.connection.perform { session throws(LogError) in
                try Studies.removeDisposable("load", session)
            }
            #expect(try await log.contents(of: "kept") == contents)
            #expect(try await log.faults() == [])
            #expect(try await log.segmentFaults() == [])
            #expect(try await Self.counts(log) == [24, 1, 2, 1, 2, 1, 1])
            // Numbers are not given out again.
            let next = try await log.study("next", slices: 1)
            #expect(next.number == disposable.number + 1)
            #expect(next.firstSlice == disposable.firstSlice + 4)
            #expect(kept.firstSlice == 0)
        }
    }

    @Test("Sealing one that is removed meanwhile says that there is no such study, and not that the log is damaged")
    func removalWhileSealing() async throws {
        try await TestLog.withLog { log in
            let configuration = log.configuration
            let study = try await log.connection.perform { session throws(LogError) in
                try Studies.openOrCreate("load", slices: 4, isDisposable: true, session)
            }
            _ = try await log.append(EventLines.everyType("P-1") + EventLines.everyType("P-2"), to: study)
            let (sealing, prepared) = try await log.connection.perform { session throws(LogError) in
                (
                    try Sealing(study, until: nil, by: "one", at: configuration, session),
                    try RowRemoval(of: study, by: "one", because: nil, at: configuration, session)
                )
            }
            try await log.connection.perform { session throws(LogError) in
                try Studies.removeDisposable("load", session)
            }
            var removal = prepared
            let errors = [
                await #expect(throws: LogError.self) { try await sealing.run(shards: 2) },
                await #expect(throws: LogError.self) { try await removal.attempt(shards: 2) },
                await #expect(throws: LogError.self) { try await log.seal(study) },
            ]
            for error in errors {
                let isRight = if case .unknownStudy("load") = error { true } else { false }
                #expect(isRight, "\(error?.description ?? "")")
            }
        }
    }

    @Test("One for good, or none at all, is not removed", arguments: ["kept", "nobody's", ""])
    func refusal(name: String) async throws {
        try await Self.withStudies { log, _, _ in
            let before = try await Self.counts(log)
            try await log.connection.perform { session throws in
                for role in ["trough_writer", "trough_owner"] {
                    try session.execute("SET ROLE \(role)")
                    let error = #expect(throws: LogError.self) { try Studies.removeDisposable(name, session) }
                    guard case .database(let cause) = error else {
                        Issue.record("\(role): \(String(describing: error))")
                        return
                    }
                    #expect(cause.sqlState == "TR004", "\(role)")
                    try session.execute("RESET ROLE")
                }
            }
            #expect(try await Self.counts(log) == before)
        }
    }

    @Test(
        "No study becomes disposable later, and none loses single rows to a writer or reader",
        arguments: [
            "UPDATE trough.study SET is_disposable = true",
            "UPDATE trough.study SET is_disposable = NOT is_disposable WHERE name = 'kept'",
            "MERGE INTO trough.study s USING trough.study t ON s.study = t.study WHEN MATCHED THEN UPDATE SET is_disposable = true",
            "INSERT INTO trough.study SELECT study, name, first_slice, slices, created_at, true FROM trough.study "
                + "ON CONFLICT (study) DO UPDATE SET is_disposable = true",
            "UPDATE trough.source SET study = (SELECT study FROM trough.study WHERE is_disposable)",
        ])
    func change(statement: String) async throws {
        try await Self.withStudies { log, _, _ in
            try await log.connection.perform { session throws in
                try AppendOnlyTests.expectRefused(statement, by: session)
                for role in ["trough_writer", "trough_reader"] {
                    try session.execute("SET ROLE \(role)")
                    for table in Self.tables {
                        let attack = "DELETE FROM trough.\(table)"
                        let error = #expect(throws: PostgresError.self, "\(role)") { try session.execute(attack) }
                        #expect(error?.sqlState == "42501", "\(role): \(attack): \(String(describing: error))")
                    }
                    try session.execute("RESET ROLE")
                }
            }
            #expect(try await log.number("SELECT count(*) FROM trough.study WHERE is_disposable") == 1)
        }
    }

    @Test("A reader cannot remove one")
    func reader() async throws {
        try await Self.withStudies { log, _, _ in
            try await log.connection.perform { session throws in
                try session.execute("SET ROLE trough_reader")
                let error = #expect(throws: PostgresError.self) {
                    try session.execute("SELECT trough.remove_study('load')")
                }
                #expect(error?.sqlState == "42501")
                try session.execute("RESET ROLE")
            }
            #expect(try await Self.counts(log)[0] == 48)
        }
    }
}
