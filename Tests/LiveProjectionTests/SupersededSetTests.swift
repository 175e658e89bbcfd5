import EventLog
import LiveProjection
import Postgres
import TestLog
import Testing
import Trial

extension SetsOfOutcomes {
    @Suite("A worker whose set was superseded has nothing to do", .timeLimit(.minutes(12)))
    struct SupersededSetTests {
        /// How a worker ends once it has its slices and something has been done to its set.
        private static func end(
            of worker: ProjectionWorker, whenHolding slices: String, _ log: TestLog, _ deed: () async throws -> Void
        ) async -> (any Error)? {
            await withTaskGroup(of: (any Error)?.self) { group in
                group.addTask {
                    do { try await worker.run() } catch { return error }
                    return nil
                }
                do {
                    try await log.waitFor("its slices") { try await log.number(slices) == 4 }
                    try await deed()
                } catch {
                    Issue.record(error)
                    group.cancelAll()
                }
                return await group.next() ?? nil
            }
        }

        /// Calls `body` with a study under the usual protocol, its set, and another protocol.
        private static func withSet(_ body: (TestLog, Study, ProjectionSet, TrialProtocol) async throws -> Void)
            async throws
        {
            try await TestLog.withLog { log in
                var other = TrialProtocol.roblin2020
                other.name = "other"
                let study = try await log.study(slices: 4)
                _ = try await log.append((1...3).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                try await log.projectAll(study, .roblin2020)
                try await body(log, study, log.currentSet(study), other)
            }
        }

        @Test("It ends with a sentence and gives back what it holds; the set stays as it is", arguments: [false, true])
        func ends(untilCaughtUp: Bool) async throws {
            try await Self.withSet { log, study, first, other in
                let lines = try await log.liveLines(first)
                if untilCaughtUp {
                    // Something that it would wait for: nobody can write there.
                    _ = try await log.append([EventLines.assay("P-1", "later")], to: study)
                    try await log.execute(
                        """
                        CREATE FUNCTION public.never() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN RAISE EXCEPTION 'never' USING ERRCODE = '55P03'; END $$;
                        CREATE TRIGGER never BEFORE UPDATE OF position ON trough.checkpoint
                            FOR EACH ROW WHEN (OLD.projection = \(first.number)) EXECUTE FUNCTION public.never()
                        """)
                }
                let worker = log.worker(
                    study, .roblin2020, WorkerSetup(shards: 2, lease: .milliseconds(600)), untilCaughtUp: untilCaughtUp)
                let holding = "SELECT count(worker) FROM trough.checkpoint"
                let ended = await Self.end(of: worker, whenHolding: holding, log) {
                    try await log.projectAll(study, other)
                }
                guard case .superseded(first.number, study: "main") = ended as? LiveProjectionError else {
                    Issue.record("\(String(describing: ended))")
                    return
                }
                #expect(
                    try await log.number("SELECT count(*) FROM trough.worker WHERE projection = \(first.number)") == 0)
                #expect(
                    try await log.number(
                        "SELECT count(worker) FROM trough.checkpoint WHERE projection = \(first.number)") == 0)
                #expect(try await log.liveLines(first) == lines)
                #expect(try await log.currentSet(study).protocolName == "other")
            }
        }

        @Test("It ends, too, when its set is dropped while it is being made")
        func dropped() async throws {
            try await Self.withSet { log, study, first, other in
                try await log.execute(
                    "UPDATE trough.checkpoint SET position = 1000000 WHERE projection = \(first.number)")
                let worker = log.worker(study, other, WorkerSetup(lease: .milliseconds(600)))
                let holding = "SELECT count(*) FROM trough.checkpoint WHERE projection > \(first.number) AND worker > 0"
                let ended = await Self.end(of: worker, whenHolding: holding, log) {
                    try await log.execute("SELECT trough.drop_projection(max(projection)) FROM trough.projection")
                }
                guard case .dropped = ended as? LiveProjectionError else {
                    Issue.record("\(String(describing: ended))")
                    return
                }
            }
        }
    }
}
