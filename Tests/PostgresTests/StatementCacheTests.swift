import Postgres
import TestPostgres
import Testing

@testable import struct Postgres.StatementCache
@testable import struct Postgres.TypeID

struct StatementCacheTests {
    private func key(_ sql: String) -> StatementCache.Key { StatementCache.Key(sql: sql, types: []) }

    @Test("A statement is sent as it is first, prepared the second time, and found prepared then")
    func lifeCycle() {
        var cache = StatementCache(capacity: 2)
        #expect(cache.use(key("a")) == .direct)
        #expect(cache.use(key("a")) == .prepare(name: "trough_1", evicted: nil))
        cache.didPrepare(key("a"), "trough_1")
        #expect(cache.use(key("a")) == .prepared(name: "trough_1"))
    }

    @Test("The statement unused for longest makes room, and its name is given back")
    func eviction() {
        var cache = StatementCache(capacity: 2)
        for sql in ["a", "b"] {
            _ = cache.use(key(sql))
            guard case .prepare(let name, nil) = cache.use(key(sql)) else { return #expect(Bool(false)) }
            cache.didPrepare(key(sql), name)
        }
        #expect(cache.use(key("a")) == .prepared(name: "trough_1"))
        #expect(cache.use(key("c")) == .direct)
        #expect(cache.use(key("c")) == .prepare(name: "trough_3", evicted: "trough_2"))
        #expect(cache.use(key("a")) == .prepared(name: "trough_1"))
    }

    @Test("The same words with other types of parameters are another statement")
    func types() {
        var cache = StatementCache(capacity: 4)
        _ = cache.use(StatementCache.Key(sql: "a", types: [.int4]))
        #expect(cache.use(StatementCache.Key(sql: "a", types: [.int8])) == .direct)
    }

    @Test("The server never keeps more statements than the bound, however many are run")
    func boundOnServer() async throws {
        try await TestPostgres.withConnection { connection in
            let kept = try await connection.perform { session throws in
                for round in 0..<3 {
                    for number in 0..<100 {
                        // Twice in a row, so that each is prepared before it has to go again.
                        for _ in 0..<2 {
                            #expect(try session.query("SELECT \(number)").int32(0, 0) == number, "\(round)")
                        }
                    }
                }
                return try session.query("SELECT count(*) FROM pg_prepared_statements").int64(0, 0)
            }
            #expect(kept >= 60)
            #expect(kept <= 65)
        }
    }

    @Test("A statement works on after its table changed, and after all prepared ones were dropped")
    func recovery() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute("CREATE TABLE t AS SELECT 1 AS a")
                for _ in 0..<3 { #expect(try session.query("SELECT * FROM t").columnCount == 1) }
                try session.execute("ALTER TABLE t ADD COLUMN b int")
                #expect(try session.query("SELECT * FROM t").columnCount == 2)
                for _ in 0..<3 { try session.query("SELECT * FROM t") }
                try session.execute("DISCARD ALL")
                for _ in 0..<3 { #expect(try session.query("SELECT * FROM t").columnCount == 2) }
            }
        }
    }
}
