import Postgres
import TestPostgres
import Testing

@Suite("Statements sent together", .timeLimit(.minutes(6)))
struct PipelineTests {
    /// Numbers that a fixed rule gives, for choices by chance that are the same every time.
    private struct Choices: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 33)
        }
    }

    @Test("Each statement has its own rows, whether it is new, being prepared or prepared")
    func aligned() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                for round in 0..<4 as Range<Int32> {
                    let rows = try session.pipeline([
                        Statement("SELECT $1 + 1", [.int32(round)]),
                        Statement("SELECT g FROM generate_series(1, 3) AS g WHERE g > $1", [.int32(round)]),
                        Statement("SELECT $1 || '!'", [.string("\(round)")]),
                    ])
                    #expect(rows.count == 3)
                    #expect(try rows[0].int32(0, 0) == round + 1)
                    #expect(rows[1].count == max(0, 3 - Int(round)))
                    #expect(try rows[2].string(0, 0) == "\(round)!")
                }
                #expect(try session.pipeline([]).isEmpty)
                #expect(try session.query("SELECT count(*) FROM pg_prepared_statements").int64(0, 0) == 3)
            }
        }
    }

    @Test("What fails only when the server commits is told, undoes everything, and leaves the connection whole")
    func failingAtTheEnd() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
                let insert = Statement("INSERT INTO t VALUES ($1)", [.int32(1)])
                for _ in 0..<4 {
                    let error = #expect(throws: PostgresError.self) { _ = try session.pipeline([insert, insert]) }
                    #expect(error?.kind == .server)
                    #expect(error?.sqlState == "23505")
                    #expect(!session.isBroken)
                    #expect(try session.query("SELECT count(*) FROM t").int64(0, 0) == 0)
                }
                _ = try session.pipeline([insert, Statement("SELECT 1")])
                #expect(try session.query("SELECT count(*) FROM t").int64(0, 0) == 1)
            }
        }
    }

    @Test("By chance: pipelines of many statements, some of which fail, mixed with statements sent alone")
    func byChance() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let seed: UInt64 = 7
                var choices = Choices(state: seed)
                // More texts than a session keeps prepared, so that some are given back on the way.
                let texts = (0..<90).map { "SELECT 100 / $1 + \($0)" }
                for round in 0..<300 {
                    let chosen = (0..<Int.random(in: 1...12, using: &choices)).map { _ in
                        (Int.random(in: 0..<texts.count, using: &choices), Int32.random(in: 0...9, using: &choices))
                    }
                    let statements = chosen.map { Statement(texts[$0.0], [.int32($0.1)]) }
                    do {
                        let rows = try session.pipeline(statements)
                        let found = try rows.map { try $0.int32(0, 0) }
                        #expect(
                            found == chosen.map { 100 / $0.1 + Int32($0.0) }, "seed \(seed), round \(round)")
                    } catch let error as PostgresError {
                        #expect(error.sqlState == "22012", "seed \(seed), round \(round)")
                        let first = try #require(chosen.first { $0.1 == 0 }, "seed \(seed), round \(round)")
                        #expect(error.statement == texts[first.0], "seed \(seed), round \(round)")
                    }
                    #expect(try session.query("SELECT $1 * 2", [.int32(Int32(round))]).int32(0, 0) == 2 * Int32(round))
                }
                // 64 are kept, and as many may wait to be given back.
                #expect(try session.query("SELECT count(*) FROM pg_prepared_statements").int64(0, 0) <= 128)
            }
        }
    }

    @Test("After a statement that fails nothing runs, its error is told, and what ran before is undone")
    func failureInTheMiddle() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE t (a int)")
                for _ in 0..<3 {
                    let error = #expect(throws: PostgresError.self) {
                        try session.pipeline([
                            Statement("INSERT INTO t VALUES ($1)", [.int32(1)]),
                            Statement("SELECT 1 / $1", [.int32(0)]),
                            Statement("INSERT INTO t VALUES ($1)", [.int32(2)]),
                        ])
                    }
                    #expect(error?.kind == .server)
                    #expect(error?.sqlState == "22012")
                    #expect(error?.statement == "SELECT 1 / $1")
                    #expect(!session.isBroken)
                    #expect(try session.query("SELECT count(*) FROM t").int64(0, 0) == 0)
                }
                let wrong = #expect(throws: PostgresError.self) { try session.pipeline([Statement("SELEC 1")]) }
                #expect(wrong?.sqlState == "42601")
                #expect(try session.pipeline([Statement("SELECT 5")])[0].int32(0, 0) == 5)
            }
        }
    }

    @Test("Statements that somebody dropped on the server fail once, and are prepared anew")
    func forgotten() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                let statements = [Statement("SELECT $1 + 1", [.int32(1)]), Statement("SELECT $1 + 2", [.int32(1)])]
                for _ in 0..<3 { _ = try session.pipeline(statements) }
                try session.execute("DEALLOCATE ALL")
                let error = #expect(throws: PostgresError.self) { try session.pipeline(statements) }
                #expect(error?.sqlState == "26000")
                for _ in 0..<3 { #expect(try session.pipeline(statements).map { try $0.int32(0, 0) } == [2, 3]) }
            }
        }
    }

    @Test("A COPY in a pipeline is refused as a defect, and the connection is given up")
    func copy() async throws {
        try await TestPostgres.withConnection { connection in
            for copy in ["COPY t FROM STDIN", "COPY t TO STDOUT"] {
                try await connection.perform { session throws in
                    try session.execute("CREATE TABLE t (a int)")
                    expectMisuse { () throws(PostgresError) in
                        _ = try session.pipeline([Statement("SELECT 1"), Statement(copy), Statement("SELECT 2")])
                    }
                    #expect(session.isBroken)
                }
                try await connection.reconnect()
                try await connection.perform { try $0.execute("DROP TABLE t") }
            }
        }
    }

    @Test("A connection lost in a pipeline is told as lost")
    func lost() async throws {
        try await TestPostgres.withConnection { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.perform { session throws in
                    _ = try session.pipeline([
                        Statement("SELECT 1"), Statement("SELECT pg_terminate_backend(pg_backend_pid())"),
                        Statement("SELECT 2"),
                    ])
                }
            }
            #expect(error?.kind == .connection)
            #expect(await connection.isBroken)
            try await connection.reconnect()
            #expect(try await connection.perform { try $0.pipeline([Statement("SELECT 3")])[0].int32(0, 0) } == 3)
        }
    }

    @Test("A pipeline that is cancelled stops, and the session works")
    func cancelled() async throws {
        try await TestPostgres.withConnection { connection in
            let task = Task {
                try await connection.perform { session throws in
                    _ = try session.pipeline([
                        Statement("SELECT 1"), Statement("SELECT pg_sleep(60)"), Statement("SELECT pg_sleep(60)"),
                    ])
                }
            }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.kind == .cancelled)
            #expect(try await connection.perform { try $0.query("SELECT 1").int32(0, 0) } == 1)
        }
    }
}
