package import EventLog
import Logging
package import Postgres
import TestPostgres
import Trial

/// A log in a fresh database of the test process's server.
package struct TestLog: Sendable {
    /// Where the database is, as its owner and superuser.
    package let configuration: ConnectionConfiguration
    /// A connection for looking.
    package let connection: Connection

    /// A log that is there already.
    package init(configuration: ConnectionConfiguration, connection: Connection) {
        self.configuration = configuration
        self.connection = connection
    }

    /// Who the tests write as.
    package static let attribution = Attribution(author: "Dr. É. Test", reason: "a \"test\"", client: "trough-tests 1")

    /// Calls `body` with a log that has its tables and no study.
    package static func withLog<R: Sendable>(_ body: (TestLog) async throws -> R) async throws -> R {
        try await TestPostgres.withDatabase { configuration in
            let connection = try await Connection.open(configuration)
            do {
                _ = try await connection.perform { session throws(LogError) in try LogSchema.install(session) }
                let value = try await body(TestLog(configuration: configuration, connection: connection))
                await connection.close()
                return value
            } catch {
                await connection.close()
                throw error
            }
        }
    }

    /// The study of this name, made where there is none.
    package func study(_ name: String = "main", slices: Int = 64) async throws(LogError) -> Study {
        try await connection.perform { session throws(LogError) in
            try Studies.openOrCreate(name, slices: slices, session)
        }
    }

    /// An appender of its own connections.
    package func appender(
        to study: Study, lanes: Int = 2, as configuration: ConnectionConfiguration? = nil,
        patience: Duration = Limits.patience
    ) async throws(LogError) -> Appender {
        var logger = Logger(label: "trough.tests")
        // Retries are expected where connections are cut on purpose.
        logger.logLevel = .critical
        return try await Appender(
            to: study, at: configuration ?? self.configuration, by: Self.attribution, lanes: lanes,
            patience: patience, logger: logger)
    }

    /// Appends lines in one call by an appender of its own.
    package func append(_ lines: [String], to study: Study, lanes: Int = 2) async throws -> [Decision] {
        let appender = try await appender(to: study, lanes: lanes)
        let decisions = try await appender.append(EventLines.batch(lines)).decisions
        await appender.close()
        return decisions
    }

    /// Every broken promise of what is stored.
    package func faults() async throws(PostgresError) -> [String] {
        try await connection.perform { session throws(PostgresError) in try LogFaults.find(session) }
    }

    /// The first column of a query's rows, as texts.
    package func texts(_ sql: String) async throws(PostgresError) -> [String] {
        try await connection.perform { session throws(PostgresError) in
            let rows = try session.query(sql)
            var texts: [String] = []
            for row in 0..<rows.count { texts.append(try rows.string(row, 0)) }
            return texts
        }
    }

    /// The whole number that a query gives.
    package func number(_ sql: String) async throws(PostgresError) -> Int {
        Int(try await texts("SELECT (\(sql))::text")[0]) ?? -1
    }

    /// Appends so many batches of twenty events one after the other.
    ///
    /// Each has a source and patients of its own, which nobody who looked earlier knows.
    package func append(rounds: Int, to study: Study) async throws {
        let appender = try await appender(to: study)
        for round in 0..<rounds {
            let lines = (0..<20).map {
                EventLines.assay("P-\(round)-\($0 % 4)", "\($0)", source: "/sites/\(round)")
            }
            _ = try await appender.append(EventLines.batch(lines))
        }
        await appender.close()
    }

    /// Runs statements.
    package func execute(_ sql: String) async throws(PostgresError) {
        try await connection.perform { session throws(PostgresError) in try session.execute(sql) }
    }

    /// Everything that a study's events say, one text each, ordered, without when and where they were recorded.
    package func contents(of study: String = "main") async throws(PostgresError) -> [String] {
        try await texts(Self.contentsQuery(study))
    }

    /// The query behind ``contents(of:)``.
    package static func contentsQuery(_ study: String) -> String {
        """
        SELECT content FROM (SELECT concat_ws('|', t.subject, t.source, t.id,
                extract(epoch FROM t.occurred_at), t.type, t.code, t.unit, t.qualifier, t.level, t.value, t.detail,
                t.attributes) AS content
            FROM trough.timeline t WHERE t.study = '\(study)') c ORDER BY content COLLATE "C"
        """
    }

    /// The address of the same database for another role.
    package func address(as role: String) async throws(PostgresError) -> ConnectionConfiguration {
        let parts = try await texts(
            "SELECT unnest(ARRAY[split_part(current_setting('unix_socket_directories'), ',', 1), current_database()])")
        return ConnectionConfiguration(parameters: ["host": parts[0], "port": "5432", "dbname": parts[1], "user": role])
    }

    /// Runs statements in a transaction of another session, which stays open while `body` runs.
    package func holding<R: Sendable>(_ sql: String, _ body: () async throws -> R) async throws -> R {
        let other = try await Connection.open(configuration)
        try await other.perform { session throws(PostgresError) in try session.execute("BEGIN; " + sql) }
        do {
            let value = try await body()
            await other.close()
            return value
        } catch {
            await other.close()
            throw error
        }
    }

    /// Makes a role for one call that may log in, granted what is asked for; `{}` stands for its name.
    package func withLogin<R: Sendable>(
        grants: String, _ body: (String, ConnectionConfiguration) async throws -> R
    ) async throws -> R {
        let role = "login_" + String(UInt64.random(in: 0 ... .max), radix: 36)
        try await execute("CREATE ROLE \(role) LOGIN; \(grants.replacing("{}", with: role))")
        let value: R
        do {
            value = try await body(role, address(as: role))
        } catch {
            try? await execute("DROP OWNED BY \(role); DROP ROLE \(role)")
            throw error
        }
        try await execute("DROP OWNED BY \(role); DROP ROLE \(role)")
        return value
    }
}
