import Postgres
import TestPostgres
import Testing

/// A table of one column, in which it can be seen what a transaction has left.
enum NumberTable {
    /// Adds a number, its parameter.
    static let insert = "INSERT INTO t VALUES ($1)"

    /// Calls `body` with a connection to a database that has the table `t` of one column.
    static func with(_ table: String = "CREATE TABLE t (a int)", _ body: (Connection) async throws -> Void) async throws
    {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { try $0.execute(table) }
            try await body(connection)
        }
    }

    /// Expects that the table holds these numbers, read by a new connection where the old one is lost.
    static func expect(
        _ expected: [Int32], _ connection: Connection, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        if await connection.isBroken { try await connection.reconnect() }
        let stored = try await connection.perform { session throws in
            #expect(!session.isInTransaction, sourceLocation: sourceLocation)
            let rows = try session.query("SELECT a FROM t ORDER BY a")
            return try (0..<rows.count).map { try rows.int32($0, 0) }
        }
        #expect(stored == expected, sourceLocation: sourceLocation)
    }
}
