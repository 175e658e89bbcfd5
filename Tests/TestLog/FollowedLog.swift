import EventLog
import Foundation
package import LocalServer
package import Postgres
import TestPostgres

/// A log on a server that another one follows, and an address that leads to one of the two, as after a failover.
package struct FollowedLog: Sendable {
    /// The log on the first server.
    package let log: TestLog
    /// The first server.
    package let primary: LocalServer
    /// The one that follows it, until it is promoted.
    package let standby: LocalServer
    /// An address that leads to the first server, until ``lead(to:)`` is told otherwise.
    package let address: ConnectionConfiguration
    private let folder: String

    /// The same address as a URL.
    package var url: String { "postgresql:///trough?host=\(folder)&port=5432&user=trough" }

    /// Calls `body` with a log that has its tables and no study.
    package static func with(_ body: (FollowedLog) async throws -> Void) async throws {
        let home = "/tmp/trough-test-\(getpid())-" + String(UInt32.random(in: .min ... .max), radix: 36)
        let primary = server(home + "-1")
        // Only a server that runs knows where its socket is.
        var standby = server(home + "-2")
        do {
            var configuration = try await primary.start()
            let connection = try await Connection.open(configuration)
            _ = try await connection.perform { session throws(LogError) in try LogSchema.install(session) }
            await connection.close()
            try await primary.stop()
            try FileManager.default.createDirectory(atPath: home + "-2", withIntermediateDirectories: true)
            // With owners and modes: a server refuses a folder of others.
            for (from, to) in [("1/data", "2/data"), ("2/data/PG_VERSION", "2/data/standby.signal")] {
                let copy = try Process.run(
                    URL(fileURLWithPath: "/bin/cp"), arguments: ["-a", "\(home)-\(from)", "\(home)-\(to)"])
                copy.waitUntilExit()
            }
            configuration = try await primary.start()
            standby = server(home + "-2", following: primary.url)
            _ = try await standby.start()
            let looking = try await Connection.open(configuration)
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
            let followed = FollowedLog(
                log: TestLog(configuration: configuration, connection: looking), primary: primary, standby: standby,
                address: ConnectionConfiguration(parameters: [
                    "host": home, "port": "5432", "user": "trough", "dbname": "trough",
                ]), folder: home)
            try await followed.lead(to: primary)
            try await body(followed)
            await looking.close()
        } catch {
            await remove([primary, standby], home)
            throw error
        }
        await remove([primary, standby], home)
    }

    private static func server(_ home: String, following primary: String? = nil) -> LocalServer {
        var settings = ServerSettings()
        settings.isDurable = false
        settings.sharedBuffersMegabytes = 32
        settings.extra = ["hot_standby": "on", "max_wal_senders": "4", "wal_level": "replica"]
        if let primary { settings.extra["primary_conninfo"] = primary }
        return LocalServer(home: home, environmentPath: "/usr/local/bin:/usr/bin:/bin", settings: settings)
    }

    private static func remove(_ servers: [LocalServer], _ home: String) async {
        for server in servers { try? await server.destroy() }
        try? FileManager.default.removeItem(atPath: home)
    }

    /// Lets the address lead to a server from now on.
    package func lead(to server: LocalServer) async throws {
        let socket = try await server.status().socketFolder + "/.s.PGSQL.5432"
        let link = folder + "/.s.PGSQL.5432"
        try? FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: socket)
    }

    /// Waits until the standby has all that the first server has now.
    package func catchUp() async throws {
        let end = try await log.texts("SELECT pg_current_wal_lsn()::text")[0]
        let connection = try await Connection.open(standby.configuration)
        let question = "SELECT coalesce(pg_last_wal_replay_lsn() >= '\(end)'::pg_lsn, false)::text"
        while true {
            let isThere = try await connection.perform { session throws(PostgresError) in
                try session.query(question).string(0, 0) == "true"
            }
            if isThere { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        await connection.close()
    }

    /// Calls `body` with the log as it is on the server that followed.
    package func look<R: Sendable>(_ body: (TestLog) async throws -> R) async throws -> R {
        let connection = try await Connection.open(standby.configuration)
        let value = try await body(TestLog(configuration: standby.configuration, connection: connection))
        await connection.close()
        return value
    }

    /// Makes the standby the server that is written to.
    package func promote() async throws {
        let connection = try await Connection.open(standby.configuration)
        try await connection.perform { session throws(PostgresError) in _ = try session.query("SELECT pg_promote()") }
        await connection.close()
    }
}
