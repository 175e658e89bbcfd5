import Foundation
import Postgres
import TestData
import TestPostgres
import Testing

/// A log in a database of its own, and the program that works on it.
struct CommandLog: Sendable {
    /// The address of the database as a URL.
    let url: String
    /// The program, with the address in its environment.
    let trough: TroughProgram
    private let configuration: ConnectionConfiguration
    private let folder: String
    private let database: String

    /// Calls `body` with a new log; without the schema it is an empty database.
    static func with<R: Sendable>(schema: Bool = true, _ body: (CommandLog) async throws -> R) async throws -> R {
        try await TestPostgres.withDatabase { configuration in
            let log = try await CommandLog(configuration)
            if schema {
                let installed = try await log.trough("schema", "install")
                try #require(installed.status == 0, "\(installed.errors)")
            }
            return try await body(log)
        }
    }

    /// The log that all tests of a suite with the trait ``SharedLog`` share; each test takes a study of its own.
    static var shared: CommandLog {
        get throws { try #require(current, "the suite lacks the trait SharedLog") }
    }

    @TaskLocal fileprivate static var current: CommandLog?

    private init(_ configuration: ConnectionConfiguration) async throws {
        self.configuration = configuration
        let connection = try await Connection.open(configuration)
        (folder, database) = try await connection.perform { session in
            let row = try session.query("SELECT current_setting('unix_socket_directories'), current_database()")
            return (try row.string(0, 0), try row.string(0, 1))
        }
        await connection.close()
        url = Self.url(folder: folder, database: database, user: "trough")
        trough = TroughProgram(url: url)
    }

    /// The address of this database for another login.
    func url(user: String, password: String? = nil) -> String {
        url.replacing("user=trough", with: "user=\(user)" + (password.map { "&password=\($0)" } ?? ""))
    }

    /// Runs a statement and returns the first column of its rows, as text.
    func sql(_ statement: String) async throws -> [String] {
        let connection = try await Connection.open(configuration)
        let result = await Result {
            try await connection.perform { session in
                let rows = try session.query(statement)
                return try (0..<rows.count).map { try rows.isNull($0, 0) ? "" : rows.string($0, 0) }
            }
        }
        await connection.close()
        return try result.get()
    }

    /// Runs statements without a result.
    func execute(_ statements: String) async throws {
        let connection = try await Connection.open(configuration)
        let result = await Result { try await connection.perform { try $0.execute(statements) } }
        await connection.close()
        try result.get()
    }

    /// Calls `body` with the name of a new login, which is a member of these roles; with a password it must give it.
    func withLogin(password: String? = nil, roles: String?, _ body: (String) async throws -> Void) async throws {
        let user = "login_" + String(UInt64.random(in: .min ... .max), radix: 36)
        try await execute("CREATE ROLE \(user) LOGIN" + (password.map { " PASSWORD '\($0)'" } ?? ""))
        if let roles { try await execute("GRANT \(roles) TO \(user)") }
        if password != nil {
            // The first line that fits counts; it speaks of this login alone.
            let path = try #require(try await sql("SELECT current_setting('hba_file')").first)
            let rules = try String(contentsOfFile: path, encoding: .utf8)
            try Data("local all \(user) scram-sha-256\n\(rules)".utf8).write(to: URL(fileURLWithPath: path))
            try await execute("SELECT pg_reload_conf()")
        }
        let result = await Result { try await body(user) }
        try await execute("DROP ROLE \(user)")
        try result.get()
    }

    /// Calls `body` with a copy of the database as it is now, which is dropped afterwards; nobody may be connected to it.
    func withCopy<R: Sendable>(_ body: (CommandLog) async throws -> R) async throws -> R {
        let name = "copy_" + String(UInt64.random(in: .min ... .max), radix: 36)
        try await execute("CREATE DATABASE \(name) TEMPLATE \(database)")
        let parameters = ["host": folder, "port": "5432", "user": "trough", "dbname": name]
        let result = await Result {
            try await body(try await CommandLog(ConnectionConfiguration(parameters: parameters)))
        }
        try await execute("DROP DATABASE \(name) WITH (FORCE)")
        return try result.get()
    }

    /// Locks the heads of all slices until the connection is closed, so that no append can commit.
    func holdHeads() async throws -> Connection { try await hold("SELECT FROM trough.head FOR UPDATE") }

    /// Locks the events until the connection is closed, so that nobody can read them.
    func holdEvents() async throws -> Connection { try await hold("LOCK TABLE trough.event IN ACCESS EXCLUSIVE MODE") }

    /// Takes a lock and keeps it until the connection is closed.
    func hold(_ lock: String) async throws -> Connection {
        let connection = try await Connection.open(configuration)
        try await connection.perform { session in
            try session.execute("BEGIN")
            try session.execute(lock)
        }
        return connection
    }

    /// Whether a session of this database waits for a lock.
    func isWaitingForLock() async throws -> Bool {
        let statement =
            "SELECT pid::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return try await !sql(statement).isEmpty
    }

    /// How many events of a study are stored.
    func events(_ study: String = "main") async throws -> Int {
        let count = try await sql(
            "SELECT coalesce(sum(h.position), 0)::text FROM trough.head h JOIN trough.study s USING (study) "
                + "WHERE s.name = '\(study)'")
        return try #require(count.first.flatMap { Int($0) })
    }

    /// The names (subject, source, id) of the events that `export` prints, sorted.
    func exported(_ study: String = "main") async throws -> [String] {
        let export = try await trough("export", "--study", study)
        try #require(export.status == 0, "\(export.errors)")
        return try export.lines.map(EventLine.name).sorted()
    }

    private static func url(folder: String, database: String, user: String) -> String {
        let host = folder.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? folder
        return "postgresql:///\(database)?host=\(host)&port=5432&user=\(user)"
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

/// Gives a suite one log, which is gone after its last test.
struct SharedLog: SuiteTrait, TestScoping {
    /// Whether its study `main` holds the bundled example.
    var withExample = false

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await CommandLog.with { log in
            if withExample {
                let appended = try await log.trough("append", TestData.replica.path)
                try #require(appended.status == 0, "\(appended.errors)")
            }
            try await CommandLog.$current.withValue(log) { try await function() }
        }
    }
}

extension Trait where Self == SharedLog {
    /// One empty log for the suite.
    static var emptyLog: SharedLog { SharedLog() }
    /// One log for the suite, with the bundled example in its study `main`.
    static var exampleLog: SharedLog { SharedLog(withExample: true) }
}
