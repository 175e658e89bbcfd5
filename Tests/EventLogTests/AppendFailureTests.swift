import EventLog
import Postgres
import TestLog
import Testing
import Trial

@Suite("What a failed append tells", .timeLimit(.minutes(12)))
struct AppendFailureTests {
    /// What the failure of an append of forty events tells, and which of them are stored.
    private static func fail(
        _ log: TestLog, patience: Duration = Limits.patience, after obstruct: (Study) async throws -> Void
    ) async throws -> (failure: AppendFailure, stored: Set<String>) {
        let study = try await log.study(slices: 8)
        let appender = try await log.appender(to: study, patience: patience)
        try await obstruct(study)
        let batch = try EventLines.batch((1...40).map { EventLines.assay("P-\($0)", "e\($0)") })
        let failure = try #require(await #expect(throws: AppendFailure.self) { try await appender.store(batch) })
        await appender.close()
        return (failure, Set(try await log.texts("SELECT id FROM trough.event")))
    }

    /// Lets the server refuse batches of slices from this one on.
    private static func refuse(from slice: Int32, _ log: TestLog) async throws {
        try await log.execute(
            """
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'no room'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON trough.batch FOR EACH ROW WHEN (NEW.slice >= \(slice))
                EXECUTE FUNCTION public.refuse();
            """)
    }

    @Test("What the server refuses is certainly not stored")
    func refused() async throws {
        try await TestLog.withLog { log in
            let (failure, stored) = try await Self.fail(log) { try await Self.refuse(from: $0.firstSlice, log) }
            #expect(failure.isCertain)
            #expect(failure.decisions == [Decision?](repeating: nil, count: 40))
            #expect(stored == [])
        }
    }

    @Test("Where one lane is refused, the events of the other are known to be stored")
    func halfRefused() async throws {
        try await TestLog.withLog { log in
            let (failure, stored) = try await Self.fail(log) { try await Self.refuse(from: $0.firstSlice + 4, log) }
            #expect(failure.isCertain)
            #expect(!stored.isEmpty && stored.count < 40)
            for (index, decision) in failure.decisions.enumerated() {
                #expect(decision == (stored.contains("e\(index + 1)") ? .stored : nil))
            }
        }
    }

    @Test("Where a COMMIT gets no answer, nothing is certain of what was not decided")
    func unanswered() async throws {
        try await TestLog.withLog { log in
            let (failure, _) = try await Self.fail(log, patience: .milliseconds(300)) { _ in
                try await log.endCommits(ofBatches: 1_000)
            }
            #expect(!failure.isCertain)
            #expect(failure.decisions == [Decision?](repeating: nil, count: 40))
        }
    }
}
