import EventLog
import Foundation
import LocalServer
import Measuring
import Postgres

/// A private PostgreSQL for one run of the benchmark, with an empty log as the template of its databases.
struct BenchmarkServer: Sendable {
    let folder: String
    private let server: LocalServer
    private static let template = "log_template"

    /// Describes the server in a folder of its own.
    init(folder: String) {
        self.folder = folder
        var settings = ServerSettings()
        settings.sharedBuffersMegabytes = 2_048
        settings.maxWalSizeMegabytes = 8_192
        // A vacuum that starts in one variant and not in the other would be measured as their difference.
        // 512 clients of pgbench need their connections.
        settings.extra = ["autovacuum": "off", "max_connections": "600"]
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        server = LocalServer(home: folder + "/server", environmentPath: path, settings: settings)
    }

    /// Starts it and makes the template.
    func start() async throws {
        _ = try await server.start()
        try await execute(["CREATE DATABASE \(Self.template)"])
        let connection = try await Connection.open(configuration(Self.template))
        try await connection.perform { session throws(LogError) in _ = try LogSchema.install(session) }
        await connection.close()
    }

    /// Stops it and removes all that it left.
    func destroy() async throws {
        try await server.destroy()
        try FileManager.default.removeItem(atPath: folder)
    }

    /// The address of a database.
    func url(_ database: String) -> String {
        server.url.replacing("///trough?", with: "///\(database)?")
    }

    /// How the log's own code connects to a database.
    func configuration(_ database: String) -> ConnectionConfiguration {
        ConnectionConfiguration(url: url(database))
    }

    /// Makes a database with an empty log, and lets the server come to rest.
    func makeLog(_ database: String) async throws {
        try await execute(["CREATE DATABASE \(database) TEMPLATE \(Self.template)", "CHECKPOINT"])
    }

    /// Lets server and system write what they have not written yet, so that they do not while reading is measured.
    func settle() async throws {
        try await execute(["CHECKPOINT"])
        try await onThread("settle") { sync() }
    }

    /// Removes a database.
    func drop(_ database: String) async throws {
        try await execute(["DROP DATABASE \(database)"])
    }

    /// Runs statements, each on its own.
    func execute(_ statements: [String], in database: String = "trough") async throws {
        let url = url(database)
        try await onThread("statements") {
            let connection = try BareConnection(url)
            for statement in statements { try connection.execute(statement) }
        }
    }

    /// The server's version in its own words, such as `15.18`.
    func version() async throws -> String {
        let connection = try await Connection.open(configuration("trough"))
        let number = await connection.perform { session in session.serverVersion }
        await connection.close()
        return "\(number / 10_000).\(number % 10_000)"
    }
}
