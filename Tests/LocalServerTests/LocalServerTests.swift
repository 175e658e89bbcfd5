import Foundation
import Glibc
import LocalServer
import Postgres
import Testing

/// Each test has a server of its own; they take turns, since each also wants both cores for a moment.
@Suite(.serialized, .timeLimit(.minutes(6)))
struct LocalServerTests {
    @Test("The first start makes a durable cluster with checksums, UTF-8 and no network")
    func firstStart() async throws {
        try await withServer(settings: ServerSettings()) { server, home in
            let connection = try await Connection.open(try await server.start())
            let values = try await connection.perform { session in
                let names = [
                    "data_checksums", "fsync", "full_page_writes", "synchronous_commit", "listen_addresses",
                    "server_encoding", "autovacuum", "max_connections", "TimeZone",
                ]
                return try names.map { try session.query("SELECT current_setting($1)", [.string($0)]).string(0, 0) }
            }
            await connection.close()
            #expect(values == ["on", "on", "on", "on", "", "UTF8", "on", "100", "UTC"])
            let status = try await server.status()
            #expect(status.isRunning)
            #expect(status.dataFolder == home + "/data")
            #expect(status.serverVersion.map { $0 / 10_000 } == status.dataVersion)
            #expect(status.sizeBytes > 10_000_000)
        }
    }

    @Test("A second start finds the running server, and psql finds it by its URL")
    func secondStart() async throws {
        try await withServer { server, _ in
            _ = try await server.start()
            let first = try await server.status().processID
            _ = try await server.start()
            #expect(try await server.status().processID == first)
            let answer = try shell("psql", server.url, "-Atc", "SELECT current_user || ' ' || current_database()")
            #expect(answer == "trough trough\n")
        }
    }

    @Test("A server that was stopped is waited for, and whoever waits is told, and is no longer kept once he gives up")
    func stoppedServer() async throws {
        try await withServer { server, home in
            _ = try await server.start()
            let process = try #require(try await server.status().processID)
            kill(process, SIGSTOP)
            defer { kill(process, SIGCONT) }
            let words = HeardWords()
            let other = LocalServer(
                home: home, environmentPath: "/usr/bin:/bin", settings: .small, logger: words.logger)
            let hasted = Task { try await other.start() }
            while words.all.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
            #expect(words.all.first?.contains("(process \(process)) does not answer yet") == true, "\(words.all)")
            hasted.cancel()
            let result = await hasted.result
            guard case .failure(LocalServerError.cancelled) = result else {
                Issue.record("\(result)")
                return
            }
            async let waited = other.start()
            try await Task.sleep(for: .seconds(3))
            kill(process, SIGCONT)
            let connection = try await Connection.open(try await waited)
            await connection.close()
        }
    }

    @Test("Many starts at once share one server")
    func concurrentStarts() async throws {
        try await withServer { server, home in
            let processes = try await withThrowingTaskGroup(of: Int32?.self) { group in
                for _ in 0..<8 {
                    // A value of its own, as another process would have.
                    let other = LocalServer(home: home, environmentPath: "/usr/bin:/bin", settings: .small)
                    group.addTask {
                        let connection = try await Connection.open(try await other.start())
                        await connection.close()
                        return try await other.status().processID
                    }
                }
                return try await group.reduce(into: Set<Int32?>()) { $0.insert($1) }
            }
            #expect(processes.count == 1)
            #expect(processes.first != .some(nil))
        }
    }

    @Test("A committed row is there after the server was killed and started again")
    func killedServer() async throws {
        try await withServer { server, _ in
            try await run("CREATE TABLE kept AS SELECT 42 AS answer", on: try await server.start())
            let process = try #require(try await server.status().processID)
            kill(process, SIGKILL)
            #expect(try await answer(on: try await server.start()) == 42)
            #expect(try await server.status().processID != process)
        }
    }

    @Test("A server that was killed while it worked does not share its data with the next one")
    func killedServerWithBusySession() async throws {
        try await withServer { server, _ in
            let connection = try await Connection.open(try await server.start())
            try await run("CREATE TABLE kept AS SELECT 42 AS answer", on: server.configuration)
            async let work: Void = connection.perform { session in
                // Looks at no signal for a while: the process outlives its server.
                try session.execute("SELECT count(*) FROM generate_series(1, 20000000)")
            }
            try await Task.sleep(for: .milliseconds(200))
            let process = try #require(try await server.status().processID)
            kill(process, SIGKILL)
            #expect(try await answer(on: try await server.start()) == 42)
            _ = try? await work
            await connection.close()
        }
    }

    @Test("A process file of a server that is long gone is no obstacle", arguments: [1_999_999_999, getpid()])
    func staleProcessFile(process: Int32) async throws {
        try await withServer { server, home in
            try await run("CREATE TABLE kept AS SELECT 42 AS answer", on: try await server.start())
            try await server.stop()
            let status = try await server.status()
            #expect(!status.isRunning)
            // As after a restart of the machine: the process is gone, or its number is somebody else's now.
            let text =
                "\(process)\n\(home)/data\n1700000000\n5432\n\(status.socketFolder)\n\n  12345     99999\nready   \n"
            try writeLikeServer(text, to: home + "/data/postmaster.pid")
            #expect(try await server.status().isRunning == false)
            #expect(try await answer(on: try await server.start()) == 42)
        }
    }

    @Test("A cluster that was only half made is made anew")
    func halfMadeCluster() async throws {
        try await withServer { server, home in
            try FileManager.default.createDirectory(
                atPath: home + "/data.partial/base",
                withIntermediateDirectories: true
            )
            try Data("15\n".utf8).write(to: URL(filePath: home + "/data.partial/PG_VERSION"))
            try await run("SELECT 1", on: try await server.start())
            #expect(!FileManager.default.fileExists(atPath: home + "/data.partial"))
        }
    }

    @Test("A data folder that is no cluster is moved aside and kept", arguments: ["PG_VERSION", "notes.txt"])
    func damagedCluster(file: String) async throws {
        try await withServer { server, home in
            try FileManager.default.createDirectory(atPath: home + "/data", withIntermediateDirectories: true)
            try Data("15\n".utf8).write(to: URL(filePath: home + "/data/" + file))
            try await run("SELECT 1", on: try await server.start())
            #expect(FileManager.default.fileExists(atPath: home + "/data.aside-1/" + file))
            try await server.destroy()
            #expect(FileManager.default.fileExists(atPath: home + "/data.aside-1/" + file))
        }
    }

    @Test("A home whose path is too long for a socket gets a private socket folder elsewhere")
    func longPath() async throws {
        let parent = "/tmp/trough-" + String(repeating: "long", count: 30)
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let folder = try await withServer(under: parent) { server, _ in
            try await run("SELECT 1", on: try await server.start())
            let folder = try await server.status().socketFolder
            #expect(folder.hasPrefix("/tmp/trough-"))
            #expect(folder.utf8.count < 60)
            let attributes = try FileManager.default.attributesOfItem(atPath: folder)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            #expect(try shell("psql", server.url, "-Atc", "SELECT 7") == "7\n")
            return folder
        }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test("A home that only its owner may enter works, whoever the server runs as")
    func unreachableHome() async throws {
        let parent = "/tmp/trough-closed-" + String(UInt64.random(in: .min ... .max), radix: 36)
        try FileManager.default.createDirectory(
            atPath: parent,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(atPath: parent) }
        try await withServer(under: parent) { server, _ in
            try await run("CREATE TABLE kept AS SELECT 42 AS answer; CHECKPOINT", on: try await server.start())
            let process = try #require(try await server.status().processID)
            kill(process, SIGKILL)
            #expect(try await answer(on: try await server.start()) == 42)
            try await server.stop()
            #expect(try await server.status().isRunning == false)
            #expect(try await answer(on: try await server.start()) == 42)
        }
    }

    @Test("A home with unusual characters in its name works", arguments: ["a b&c=%41é", "com,ma \"q\" 'x'"])
    func unusualPath(name: String) async throws {
        let parent = "/tmp/trough-\(name)"
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        try await withServer(under: parent) { server, _ in
            try await run("SELECT 1", on: try await server.start())
            #expect(try shell("psql", server.url, "-Atc", "SELECT 7") == "7\n")
        }
    }

    @Test("A socket folder elsewhere that was replaced by a link is refused")
    func squattedSocketFolder() async throws {
        let parent = "/tmp/trough-" + String(repeating: "long", count: 30)
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        try await withServer(under: parent) { server, home in
            _ = try await server.start()
            try await server.stop()
            let folder = try await server.status().socketFolder
            try FileManager.default.removeItem(atPath: folder)
            try FileManager.default.createSymbolicLink(atPath: folder, withDestinationPath: home + "/data")
            let error = await #expect(throws: LocalServerError.self) { try await server.start() }
            #expect(error?.description.contains(folder) == true)
            try FileManager.default.removeItem(atPath: folder)
        }
    }

    @Test(
        "A home that is no absolute path, or no folder, is refused with its name",
        arguments: ["relative", "/etc/hostname"]
    )
    func unusableHome(home: String) async throws {
        let server = LocalServer(home: home, environmentPath: "/usr/bin:/bin", settings: .small)
        let error = await #expect(throws: LocalServerError.self) { try await server.start() }
        #expect(error?.description.contains(home) == true)
    }

    @Test("Stopping is clean, can be repeated, and is fine where nothing was ever started")
    func stop() async throws {
        try await withServer { server, home in
            try await server.stop()
            #expect(!FileManager.default.fileExists(atPath: home))
            _ = try await server.start()
            try await server.stop()
            try await server.stop()
            #expect(!FileManager.default.fileExists(atPath: home + "/data/postmaster.pid"))
            _ = try await server.start()
            let log = try String(contentsOfFile: try await server.status().logFile, encoding: .utf8)
            #expect(log.contains("database system is shut down"))
            #expect(!log.contains("not properly shut down"))
        }
    }

    @Test("Destroying leaves nothing behind, and the next start begins anew")
    func destroy() async throws {
        try await withServer { server, home in
            try await run("CREATE TABLE kept AS SELECT 42 AS answer", on: try await server.start())
            try await server.destroy()
            #expect(!FileManager.default.fileExists(atPath: home))
            await #expect(throws: PostgresError.self) { try await answer(on: try await server.start()) }
        }
    }

    @Test("A server whose socket was removed is started again")
    func lostSocket() async throws {
        try await withServer { server, _ in
            try await run("CREATE TABLE kept AS SELECT 42 AS answer", on: try await server.start())
            let folder = try await server.status().socketFolder
            try FileManager.default.removeItem(atPath: folder)
            #expect(try await answer(on: try await server.start()) == 42)
        }
    }

    @Test("Without an installed server, a sentence names the package to install")
    func nothingInstalled() {
        let text = LocalServerError.noServerInstalled(found: []).description
        #expect(text.contains("install the package postgresql"))
    }
}

private func run(_ sql: String, on configuration: ConnectionConfiguration) async throws {
    let connection = try await Connection.open(configuration)
    try await connection.perform { session in try session.execute(sql) }
    await connection.close()
}

private func answer(on configuration: ConnectionConfiguration) async throws -> Int32 {
    let connection = try await Connection.open(configuration)
    let answer = try await connection.perform { session in
        try session.query("SELECT answer FROM kept").int32(0, 0)
    }
    await connection.close()
    return answer
}

/// Writes a file that the server's user owns, as the server itself would.
private func writeLikeServer(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
    let folder = try FileManager.default.attributesOfItem(atPath: (path as NSString).deletingLastPathComponent)
    if let owner = folder[.ownerAccountID] as? UInt32, let group = folder[.groupOwnerAccountID] as? UInt32 {
        unsafe chown(path, owner, group)
    }
}

/// What a program prints.
private func shell(_ words: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
}
