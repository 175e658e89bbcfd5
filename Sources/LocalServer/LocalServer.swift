import Glibc
package import Logging
package import Postgres

/// The private PostgreSQL of a user: made on first use, reachable through a Unix socket only, and durable.
///
/// Everything lies in one folder. Any number of processes may use the same folder at once: they share one server, and a
/// lock on a file in the folder lets one of them at a time start or stop it. The server outlives the process that
/// started it.
package struct LocalServer: Sendable {
    let home: HomeFolder
    let environmentPath: String
    let settings: ServerSettings
    let logger: Logger

    /// The role and the database that are made for Trough; the role is the superuser.
    static let role = "trough"
    static let database = "trough"
    /// Seconds to wait while another process starts or stops the server.
    private static let lockTimeoutSeconds = 600

    /// Describes the server in a folder; touches nothing yet.
    ///
    /// - Parameters:
    ///   - home: the folder that belongs to the server, as an absolute path.
    ///   - environmentPath: the `PATH` in which to look for PostgreSQL first.
    ///   - settings: what can be chosen about the server.
    ///   - logger: hears what a person should know, such as a damaged folder that was moved aside.
    package init(
        home: String,
        environmentPath: String,
        settings: ServerSettings = ServerSettings(),
        logger: Logger = Logger(label: "trough.local-server")
    ) {
        var path = home
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.home = HomeFolder(path: path)
        self.environmentPath = environmentPath
        self.settings = settings
        self.logger = logger
    }

    /// The address of the database for libpq, psql and others.
    package var url: String {
        "postgresql:///\(Self.database)?host=\(percentEncoded(socketFolder))&port=5432&user=\(Self.role)"
    }

    /// How to connect to the database.
    package var configuration: ConnectionConfiguration { configuration(database: Self.database) }

    /// Starts the server if it does not run, makes it if there is none, and waits until it accepts connections.
    package func start() async throws(LocalServerError) -> ConnectionConfiguration {
        let log = ServerLog(path: home.log)
        let isLogLong = log.size > HomeFolder.logBytesMax
        if !isLogLong, await isAnswering() { return configuration }
        let account = try ServerAccount.choose(dataFolder: home.data)
        try home.create(for: account)
        let lock = try await FolderLock.acquire(home.lock, timeoutSeconds: Self.lockTimeoutSeconds)
        // Another process may have started it meanwhile.
        if await !isAnswering() { try await startLocked(account) }
        log.trim(above: HomeFolder.logBytesMax, keeping: HomeFolder.logBytesKept)
        _ = consume lock
        return configuration
    }

    /// Stops the server: running statements are cancelled, everything is written to disk.
    ///
    /// Fine when it does not run.
    package func stop() async throws(LocalServerError) {
        try home.checkVisible()
        guard Syscalls.exists(home.path) else { return }
        let lock = try await FolderLock.acquire(home.lock, timeoutSeconds: Self.lockTimeoutSeconds)
        try await stopLocked()
        _ = consume lock
    }

    /// Stops the server and removes its data; a folder that was moved aside stays.
    package func destroy() async throws(LocalServerError) {
        try home.checkVisible()
        guard Syscalls.exists(home.path) else { return }
        let lock = try await FolderLock.acquire(home.lock, timeoutSeconds: Self.lockTimeoutSeconds)
        try await stopLocked()
        let socket = socketFolder
        // A folder called data that holds no cluster is not ours to remove.
        let data = home.hasCluster ? [home.data] : []
        try await Launch.removeFolders(data + [home.partialData], environmentPath: environmentPath)
        try removeSocket()
        for path in [socket, home.log, home.socketRecord, home.lock] { try Syscalls.remove(path) }
        // Stays when something else lies in it.
        try? Syscalls.remove(home.path)
        _ = consume lock
    }
}

// MARK: - Connecting

extension LocalServer {
    /// Where the socket lies, or would lie.
    var socketFolder: String {
        let account = try? ServerAccount.choose(dataFolder: home.data)
        return home.socketFolder(for: account ?? ServerAccount(user: geteuid(), group: getegid(), isOther: false))
    }

    func configuration(database: String) -> ConnectionConfiguration {
        // All of them are given, so that no PGPORT or PGUSER of the environment leads elsewhere.
        ConnectionConfiguration(parameters: [
            "host": socketFolder, "port": "5432", "user": Self.role, "dbname": database,
        ])
    }

    /// Whether the server runs and has its database, and says so within a moment.
    func isAnswering() async -> Bool {
        guard Syscalls.exists(socketFolder + HomeFolder.socketName),
            let account = try? ServerAccount.choose(dataFolder: home.data),
            (try? HomeFolder.checkPrivate(socketFolder, for: account)) != nil
        else { return false }
        return await isAnswering(database: Self.database)
    }

    /// Whether the server takes a connection within a moment; one that is busy is asked again, or waited for.
    func isAnswering(database: String) async -> Bool {
        var configuration = configuration(database: database)
        configuration.connectTimeoutSeconds = 2
        guard let connection = try? await Connection.open(configuration) else { return false }
        await connection.close()
        return true
    }

    private func percentEncoded(_ path: String) -> String {
        path.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain = byte < 128 && (character.isLetter || character.isNumber || "/-_.~".contains(character))
            if isPlain { return String(character) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count < 2 ? "0" : "") + digits
        }.joined()
    }
}
