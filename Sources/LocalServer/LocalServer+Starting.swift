import Glibc
import Logging
import Postgres

extension LocalServer {
    /// Starts the server; the caller holds the lock.
    func startLocked(_ account: ServerAccount) async throws(LocalServerError) {
        let binaries = try ServerBinaries.choose(
            among: try await ServerBinaries.installed(environmentPath: environmentPath),
            dataMajor: home.hasCluster ? home.dataMajor : nil,
            dataFolder: home.data
        )
        try await makeCluster(binaries, account)
        if let running = try await runningServer() {
            if try await awaitConnections(running, isNew: false) { return try await makeDatabase() }
            // It runs, but its socket is gone, for instance because somebody cleaned up /tmp.
            logger.notice("The private PostgreSQL has lost its socket and is started again.")
            try await stopLocked()
        }
        try prepareSocketFolder(account)
        try writeConfiguration(account)
        let log = ServerLog(path: home.log)
        let offset = log.size
        let process = try await Launch.start(
            binaries.postgres,
            ["-D", dataPath(home.data, account), "-k", socketFolder],
            on: home.data,
            logFile: home.log,
            as: account,
            environmentPath: environmentPath
        )
        guard try await awaitConnections(process, isNew: true) else {
            throw .startFailed(log: log.text(from: offset))
        }
        try await makeDatabase()
    }

    /// The path by which the server finds its data: the plain one if it can come there.
    private func dataPath(_ path: String, _ account: ServerAccount) -> String {
        account.canReach(home.path) ? path : Launch.handedFolder
    }

    // MARK: - The cluster

    /// Makes the cluster if there is none: in a folder beside, renamed when it is complete and safely on disk.
    private func makeCluster(_ binaries: ServerBinaries, _ account: ServerAccount) async throws(LocalServerError) {
        guard !home.hasCluster else { return }
        if Syscalls.exists(home.data) {
            let target = try home.setAside()
            logger.warning("\(home.data) holds no complete cluster. It was moved to \(target), and a new one is made.")
        }
        try await Launch.removeFolders([home.partialData], environmentPath: environmentPath)
        try HomeFolder.makePrivate(home.partialData, for: account)
        let path = dataPath(home.partialData, account)
        var arguments = ["-D", path, "--username=\(Self.role)", "--encoding=UTF8", "--locale=C", "--data-checksums"]
        arguments += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        if !settings.isDurable { arguments.append("--no-sync") }
        let result = try await Launch.run(
            binaries.initdb,
            arguments,
            on: home.partialData,
            as: account,
            environmentPath: environmentPath
        )
        guard result.isSuccess else { throw .clusterNotMade(output: String(result.output.suffix(2_000))) }
        let file = home.partialData + "/postgresql.conf"
        let text = TextFile.read(file) ?? ""
        let include = "\ninclude_if_exists = '\(Self.configurationName)'\n"
        try TextFile.replace(file, with: text + include, for: account)
        try Syscalls.synchronize(home.partialData)
        try Syscalls.rename(home.partialData, to: home.data)
        try Syscalls.synchronize(home.path)
    }

    private static let configurationName = "trough.conf"

    private func writeConfiguration(_ account: ServerAccount) throws(LocalServerError) {
        let memory = MachineMemory.megabytes(
            meminfo: TextFile.read("/proc/meminfo"),
            controlGroupLimit: TextFile.read("/sys/fs/cgroup/memory.max")
        )
        let text = settings.configuration(machineMemoryMegabytes: memory)
        try TextFile.replace("\(home.data)/\(Self.configurationName)", with: text, for: account)
    }

    private func prepareSocketFolder(_ account: ServerAccount) throws(LocalServerError) {
        let folder = home.chooseSocketFolder(for: account)
        try HomeFolder.makePrivate(folder, for: account)
        try TextFile.replace(home.socketRecord, with: folder + "\n")
    }

    private func makeDatabase() async throws(LocalServerError) {
        do throws(PostgresError) {
            let connection = try await Connection.open(configuration(database: "postgres"))
            try await connection.perform { (session) throws(PostgresError) in
                let found = try session.query("SELECT 1 FROM pg_database WHERE datname = $1", [.string(Self.database)])
                if found.count == 0 { try session.execute("CREATE DATABASE \(Self.database)") }
            }
            await connection.close()
        } catch {
            throw .database(error)
        }
    }

    // MARK: - Waiting

    /// How long somebody waits without being told why: a server that was killed may have much to recover, and one that was
    /// stopped answers nothing.
    private static let patience = Duration.seconds(3)

    /// Waits until the server accepts connections; `false` when it has ended or has no socket.
    private func awaitConnections(_ process: Int32, isNew: Bool) async throws(LocalServerError) -> Bool {
        let began = ContinuousClock.now
        let deadline = began.advanced(by: .seconds(settings.startTimeoutSeconds))
        var milliseconds = 10
        var isToldOf = false
        while ContinuousClock.now < deadline {
            if !isToldOf, began.duration(to: .now) >= Self.patience {
                isToldOf = true
                logger.notice(
                    """
                    The private PostgreSQL (process \(process)) does not answer yet, and is waited for, no longer than \
                    \(settings.startTimeoutSeconds) seconds; its log is \(home.log).
                    """)
            }
            // Until the server says that it is ready, an attempt would only fill its log.
            let isReady = postmasterFile()?.isReady ?? false
            if isReady, await isAnswering(database: "postgres") { return true }
            guard ProcessTable.isRunning(process) else { return false }
            if isReady, !isNew, !Syscalls.exists(socketFolder + HomeFolder.socketName) { return false }
            try await pause(milliseconds: milliseconds)
            milliseconds = min(milliseconds * 2, 200)
        }
        throw .startTimedOut(seconds: settings.startTimeoutSeconds, logFile: home.log)
    }
}
