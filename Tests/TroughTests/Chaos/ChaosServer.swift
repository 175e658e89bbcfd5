import EventLog
import Foundation
import LocalServer
import Postgres
import TestLog

/// A server on which schedules run one after another, each in a database of its own.
struct ChaosServer: Sendable {
    let own: OwnServer
    /// Where its socket lies.
    let socketFolder: String

    private static let template = "chaos_template"

    /// Calls `body` with a server that is there for nothing else.
    static func with<R: Sendable>(home: String? = nil, _ body: (ChaosServer) async throws -> R) async throws -> R {
        // What a killed server has written stays; only a power cut would take it back, and is not played. Without fsync
        // it need not flush every file of every database before it comes back.
        let settings = ["fsync": "off", "min_wal_size": "32MB", "max_wal_size": "256MB"]
        return try await OwnServer.with(home: home, settings: settings) { own in
            let first = try await own.server.start()
            let folder = try await query(first) { session throws(PostgresError) in
                try session.execute("CREATE DATABASE \(template)")
                return try session.query("SHOW unix_socket_directories").string(0, 0)
            }
            let server = ChaosServer(own: own, socketFolder: folder)
            let connection = try await Connection.open(server.address(of: template))
            _ = try await connection.perform { session throws(LogError) in try LogSchema.install(session) }
            await connection.close()
            return try await body(server)
        }
    }

    /// How tests reach one of its databases.
    func address(of database: String) -> ConnectionConfiguration {
        ConnectionConfiguration(parameters: [
            "host": socketFolder, "port": "5432", "dbname": database, "user": "trough",
        ])
    }

    /// How the program reaches one of its databases, through a socket in this folder.
    static func url(of database: String, through folder: String) -> String {
        let host = folder.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? folder
        return "postgresql:///\(database)?host=\(host)&port=5432&user=trough"
    }

    /// Calls `body` with the name of a database that holds an empty log, and removes it afterwards.
    func withDatabase<R>(_ name: String, _ body: (String) async throws -> R) async throws -> R {
        let administration = address(of: "postgres")
        try await Self.query(administration) { session throws(PostgresError) in
            try session.execute("CREATE DATABASE \(name) TEMPLATE \(Self.template)")
        }
        let value: R
        do { value = try await body(name) } catch {
            try? await drop(name)
            throw error
        }
        try await drop(name)
        return value
    }

    private func drop(_ name: String) async throws {
        _ = try await own.server.start()
        try await Self.query(address(of: "postgres")) { session throws(PostgresError) in
            try session.execute("DROP DATABASE \(name) WITH (FORCE)")
        }
    }

    /// Runs a body on a connection of its own.
    static func query<R: Sendable>(
        _ configuration: ConnectionConfiguration, _ body: @Sendable (Session) throws(PostgresError) -> R
    ) async throws -> R {
        let connection = try await Connection.open(configuration)
        do {
            let value = try await connection.perform(body)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Runs a body on a connection of its own, again while the server is away.
    static func patientQuery<R: Sendable>(
        _ configuration: ConnectionConfiguration, _ body: @Sendable (Session) throws(PostgresError) -> R
    ) async throws -> R {
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while true {
            do { return try await query(configuration, body) } catch {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
