import EventLog
import Postgres
import TestLog
import Testing

@Suite("Slices change hands", .timeLimit(.minutes(2)))
struct HandingOverTests {
    @Test("A worker that gives slices back while it writes does not wait in a circle with itself")
    func givingBack() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            try await log.execute(
                """
                SELECT trough.open_projection(\(study.number), 'p', 'd', 1);
                SELECT trough.hold_slices(trough.join_projection(1, 'one', '1 hour'));
                SELECT trough.join_projection(1, 'two', '1 hour')
                """)
            let first = Int(study.firstSlice)
            #expect(try await log.number("SELECT count(*) FROM trough.checkpoint WHERE worker = 1") == 4)
            // A step under way has locked one of the two slices that the first worker has to give up.
            let step = try await Connection.open(log.configuration)
            let lock = "SELECT FROM trough.checkpoint WHERE projection = 1 AND slice = "
            try await step.perform { session throws(PostgresError) in
                try session.execute("BEGIN; \(lock) \(first + 2) FOR UPDATE")
            }
            let held = """
                SELECT string_agg((slice - \(first))::text, ',' ORDER BY slice) FROM trough.checkpoint WHERE worker = 1
                """
            // What is locked is passed over, so that a heartbeat waits for nobody; another slice goes in its place.
            try await log.execute("SET lock_timeout = '1s'; SELECT trough.hold_slices(1)")
            #expect(try await log.texts(held) == ["0,2"])
            // The step goes on to lock its next slice, and comes to its end.
            try await step.perform { session throws(PostgresError) in
                try session.execute("\(lock) \(first + 3) FOR UPDATE; COMMIT")
            }
            await step.close()
            try await log.execute("SELECT trough.hold_slices(1)")
            #expect(try await log.texts(held) == ["0,2"])
            #expect(try await log.number("SELECT count(*) FROM trough.checkpoint WHERE worker IS NULL") == 2)
        }
    }
}
