import Postgres
import TestPostgres
import Testing

/// Serialized, because they measure time.
@Suite(.serialized, .timeLimit(.minutes(6)))
struct CancellationTests {
    @Test("A statement that runs stops within 200 ms of the cancellation, and the session works")
    func sleepingStatement() async throws {
        try await TestPostgres.withConnection { connection in
            var best = Duration.seconds(60)
            for _ in 0..<5 {
                let task = Task {
                    try await connection.perform { session in try session.execute("SELECT pg_sleep(30)") }
                }
                try await Task.sleep(for: .milliseconds(100))
                let clock = ContinuousClock()
                let start = clock.now
                task.cancel()
                let error = await #expect(throws: PostgresError.self) { try await task.value }
                best = min(best, start.duration(to: clock.now))
                #expect(error?.kind == .cancelled)
                let value = try await connection.perform { try $0.query("SELECT 1").int32(0, 0) }
                #expect(value == 1)
            }
            // The best of the rounds, since the machine may be busy with other tests in some of them.
            #expect(best < .milliseconds(200))
        }
    }

    @Test("A cancellation never hits the work that comes after")
    func noStrayCancel() async throws {
        try await TestPostgres.withConnection { connection in
            for round in 0..<60 {
                let task = Task {
                    try await connection.perform { session throws in
                        for _ in 0..<20 { try session.query("SELECT pg_sleep(0.001)") }
                    }
                }
                try await Task.sleep(for: .microseconds(300 * round))
                task.cancel()
                let values = try await connection.perform { session throws in
                    try (0..<10).map { try session.query("SELECT $1", [.int32($0)]).int32(0, 0) }
                }
                #expect(values == Array(0..<10))
                if case .failure(let error) = await task.result {
                    #expect((error as? PostgresError)?.kind == .cancelled, "round \(round): \(error)")
                }
            }
        }
    }

    @Test("A task that is cancelled already runs no statement")
    func cancelledBefore() async throws {
        try await TestPostgres.withConnection { connection in
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await connection.perform { session in try session.execute("CREATE TABLE t (a int)") }
            }
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
            let exists = try await connection.perform { try $0.query("SELECT to_regclass('t') IS NULL").bool(0, 0) }
            #expect(exists)
        }
    }

    @Test("A cancelled transaction is rolled back, and the session works")
    func transaction() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { try $0.execute("CREATE TABLE t (a int)") }
            let task = Task {
                try await connection.perform { session throws in
                    try session.transaction { () throws(PostgresError) in
                        try session.execute("INSERT INTO t VALUES (1)")
                        try session.execute("SELECT pg_sleep(30)")
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
            let (count, isOpen) = try await connection.perform { session throws in
                (try session.query("SELECT count(*) FROM t").int64(0, 0), session.isInTransaction)
            }
            #expect(count == 0)
            #expect(!isOpen)
        }
    }

    @Test("A COPY in either direction stops when its task is cancelled, and the session works")
    func copies() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { try $0.execute("CREATE TABLE t (a int)") }
            let out = Task {
                try await connection.perform { session throws in
                    let sql = "COPY (SELECT generate_series(1, 2000000000)) TO STDOUT (FORMAT binary)"
                    return try session.copyOut(sql) { _ in }
                }
            }
            try await Task.sleep(for: .milliseconds(100))
            out.cancel()
            let outError = await #expect(throws: PostgresError.self) { try await out.value }
            #expect(outError?.kind == .cancelled)
            let into = Task {
                try await connection.perform { session throws in
                    try session.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                        while !writer.hasFailed {
                            writer.row(fields: 1)
                            writer.int32(1)
                        }
                    }
                }
            }
            try await Task.sleep(for: .milliseconds(100))
            into.cancel()
            let inError = await #expect(throws: PostgresError.self) { try await into.value }
            #expect(inError?.kind == .cancelled)
            let count = try await connection.perform { try $0.query("SELECT count(*) FROM t").int64(0, 0) }
            #expect(count == 0)
        }
    }

    @Test("Statements that block their connections do not delay the rest of the program")
    func cooperativePool() async throws {
        try await TestPostgres.withDatabase { configuration in
            let connections = [try await Connection.open(configuration), try await Connection.open(configuration)]
            var best = Duration.seconds(60)
            // Several rounds, since the machine may be busy with other tests; calls that block would spoil them all.
            for _ in 0..<5 where best >= .milliseconds(250) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for connection in connections {
                        group.addTask { try await connection.perform { try $0.execute("SELECT pg_sleep(1)") } }
                    }
                    best = min(best, try await worstDelay(ofTicker: .milliseconds(5), during: .milliseconds(900)))
                    try await group.waitForAll()
                }
            }
            #expect(best < .milliseconds(250))
            for connection in connections { await connection.close() }
        }
    }

    /// How much later than it should the slowest tick came.
    private func worstDelay(ofTicker tick: Duration, during time: Duration) async throws -> Duration {
        var worst = Duration.zero
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: time)
        while clock.now < end {
            let due = clock.now.advanced(by: tick)
            try await Task.sleep(until: due, clock: clock)
            worst = max(worst, due.duration(to: clock.now))
        }
        return worst
    }
}
