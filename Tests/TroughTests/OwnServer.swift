import EventLog
import Foundation
import LocalServer
import Logging
import Postgres
import TestLog

/// A PostgreSQL that a test may kill.
struct OwnServer: Sendable {
    let home: String
    let server: LocalServer

    /// Calls `body` with a server in a folder of its own, which is removed afterwards.
    static func with<R: Sendable>(
        home: String? = nil, settings extra: [String: String] = [:], _ body: (OwnServer) async throws -> R
    ) async throws -> R {
        let home = home ?? "/tmp/trough-test-\(getpid())-" + String(UInt32.random(in: .min ... .max), radix: 36)
        var settings = ServerSettings()
        settings.isDurable = false
        settings.sharedBuffersMegabytes = 32
        settings.extra = ["fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"]
            .merging(extra) { $1 }
        var logger = Logger(label: "trough.tests")
        // It is killed on purpose, and need not say so each time.
        logger.logLevel = .warning
        let server = LocalServer(
            home: home, environmentPath: "/usr/local/bin:/usr/bin:/bin", settings: settings, logger: logger)
        let own = OwnServer(home: home, server: server)
        do {
            let value = try await body(own)
            try await own.server.destroy()
            return value
        } catch {
            try? await own.server.destroy()
            throw error
        }
    }

    /// Starts it, and opens the log in it.
    func log() async throws -> TestLog {
        let configuration = try await server.start()
        let connection = try await Connection.open(configuration)
        _ = try await connection.perform { session throws(LogError) in try LogSchema.install(session) }
        return TestLog(configuration: configuration, connection: connection)
    }

    /// The process number of the postmaster, where it runs.
    var postmaster: Int32? {
        let number = TestFile.read(home + "/data/postmaster.pid").split(separator: "\n").first.flatMap { Int32($0) }
        // The file outlives a server that was killed, and its number may be given to another program.
        guard let number, TestFile.read("/proc/\(number)/comm") == "postgres\n" else { return nil }
        return number
    }

    /// Kills the postmaster and all its children at once, as a power cut would, and waits until they are gone.
    func killAll() async throws -> Int {
        guard let postmaster else { return 0 }
        kill(postmaster, SIGSTOP)
        let processes = Self.children(of: postmaster) + [postmaster]
        for process in processes { kill(process, SIGKILL) }
        for process in processes {
            while kill(process, 0) == 0, Self.state(of: process) != "Z" { try await Task.sleep(for: .milliseconds(2)) }
        }
        return processes.count
    }

    /// Kills everything after each pause and starts it again, and counts how often there was something to kill.
    func killRepeatedly(after pauses: [Double], _ hits: Count) async throws {
        for pause in pauses {
            try await Task.sleep(for: .seconds(pause))
            if try await killAll() > 1 { hits.add() }
            _ = try await server.start()
        }
    }

    private static func children(of parent: Int32) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { fields(of: $0).dropFirst().first == String(parent) }
    }

    private static func state(of process: Int32) -> String { fields(of: process).first ?? "" }

    /// State, parent and so on: what follows the name, which may hold anything.
    private static func fields(of process: Int32) -> [String] {
        let text = TestFile.read("/proc/\(process)/stat")
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ").map(String.init)
    }
}
