import Foundation
import Glibc
package import LocalServer
package import Postgres

/// A real PostgreSQL for tests: one server per test process, started on first use and removed when the process ends.
///
/// It is as durable as a user's own; only its memory is small. Two test processes have two servers.
package enum TestPostgres {
    /// Calls `body` with the address of an empty database of its own, which is dropped afterwards.
    package static func withDatabase<R: Sendable>(
        _ body: (ConnectionConfiguration) async throws -> R
    ) async throws -> R {
        let configuration = try await makeDatabase()
        let value: R
        do {
            value = try await body(configuration.address)
        } catch {
            try? await drop(configuration.name)
            throw error
        }
        try await drop(configuration.name)
        return value
    }

    /// Calls `body` with an open connection to an empty database of its own.
    package static func withConnection<R: Sendable>(
        _ body: (Connection) async throws -> R
    ) async throws -> R {
        try await withDatabase { configuration in
            let connection = try await Connection.open(configuration)
            let value: R
            do {
                value = try await body(connection)
            } catch {
                await connection.close()
                throw error
            }
            await connection.close()
            return value
        }
    }

    /// The server itself; call `start()` before relying on it.
    package static var server: LocalServer {
        var settings = ServerSettings()
        settings.sharedBuffersMegabytes = 64
        settings.maxWalSizeMegabytes = 1_024
        // Making the cluster need not wait for the disk; the server itself is durable.
        settings.isDurable = false
        settings.extra = [
            "max_connections": "600", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on",
        ]
        return LocalServer(home: ServerFolder.path, environmentPath: ServerFolder.programs, settings: settings)
    }

    private static func makeDatabase() async throws -> (name: String, address: ConnectionConfiguration) {
        _ = try await server.start()
        let name = "test_" + String(UInt64.random(in: .min ... .max), radix: 36)
        try await administer("CREATE DATABASE \(name)")
        let folder = try await server.status().socketFolder
        let address = ConnectionConfiguration(parameters: [
            "host": folder, "port": "5432", "user": "trough", "dbname": name,
        ])
        return (name, address)
    }

    private static func drop(_ name: String) async throws {
        try await administer("DROP DATABASE \(name) WITH (FORCE)")
    }

    private static func administer(_ sql: String) async throws(PostgresError) {
        let connection = try await Connection.open(server.configuration)
        do throws(PostgresError) {
            try await connection.perform { (session) throws(PostgresError) in try session.execute(sql) }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }
}

/// The temporary folder of this process's server.
private enum ServerFolder {
    static let programs = "/usr/local/bin:/usr/bin:/bin"
    private static let prefix = "/tmp/trough-test-"

    /// Made once; the same step arranges the removal at exit, and removes what killed processes left behind.
    static let path: String = {
        sweep()
        atexit { ServerFolder.remove(ServerFolder.path) }
        return prefix + "\(getpid())-" + String(UInt32.random(in: .min ... .max), radix: 36)
    }()

    private static func sweep() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? []
        for name in names where ("/tmp/" + name).hasPrefix(prefix) {
            let digits = name.dropFirst("trough-test-".count).prefix { $0.isNumber }
            guard let process = Int32(digits), kill(process, 0) != 0, errno == ESRCH else { continue }
            remove("/tmp/" + name)
        }
    }

    /// Ends the server at once, since nobody needs its data any more, and removes the folder.
    private static func remove(_ path: String) {
        let pidFile = path + "/data/postmaster.pid"
        let text = FileManager.default.contents(atPath: pidFile).map { String(decoding: $0, as: UTF8.self) }
        if let process = text?.split(separator: "\n").first.flatMap({ Int32($0) }), process > 1 {
            kill(process, SIGQUIT)
            for _ in 0..<500 where FileManager.default.fileExists(atPath: pidFile) { usleep(10_000) }
        }
        try? FileManager.default.removeItem(atPath: path)
    }
}
