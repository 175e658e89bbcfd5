/// The folder that belongs to the private server, and what lies where in it.
struct HomeFolder: Sendable {
    /// The folder itself.
    let path: String

    /// The cluster.
    var data: String { path + "/data" }
    /// A cluster in the making; whatever is left of one is made anew.
    var partialData: String { path + "/data.partial" }
    /// What the server writes about itself while it runs.
    var postmasterFile: String { data + "/postmaster.pid" }
    /// What the server says.
    var log: String { path + "/server.log" }
    /// Held while the folder is being changed.
    var lock: String { path + "/lock" }
    /// Where the socket lies, written down so that all processes look there.
    var socketRecord: String { path + "/socket-folder" }

    /// The longest path of a socket that the system takes.
    static let socketPathBytesMax = 107
    /// What the server calls its socket.
    static let socketName = "/.s.PGSQL.5432"

    /// Makes the folder and the ones above it.
    ///
    /// A server that runs as another user must pass through the folder; only its own folders inside are for it alone.
    func create(for account: ServerAccount) throws(LocalServerError) {
        guard path.hasPrefix("/"), path != "/" else {
            throw .folder(path: path, reason: "the home of the private server must be an absolute path below /")
        }
        var parent = ""
        let names = path.split(separator: "/")
        for name in names.dropLast() {
            parent += "/" + name
            if !Syscalls.exists(parent) { try Syscalls.makeFolder(parent, permissions: 0o755) }
        }
        try Syscalls.makeFolder(path, permissions: account.isOther ? 0o711 : 0o700)
        guard let status = Syscalls.status(path), status.isFolder else {
            throw .folder(path: path, reason: "it is not a folder")
        }
        let caller = account.isOther ? 0 : account.user
        guard status.owner == caller else { throw .foreignFolder(path: path, owner: status.owner, user: caller) }
    }

    /// Makes a folder inside, or elsewhere, that only the server's user may enter.
    static func makePrivate(_ path: String, for account: ServerAccount) throws(LocalServerError) {
        try Syscalls.makeFolder(path, permissions: 0o700)
        let status = Syscalls.status(path, followingLinks: false)
        if account.isOther, let status, status.isFolder, status.owner == 0 {
            try Syscalls.changeOwner(path, user: account.user, group: account.group)
        }
        try checkPrivate(path, for: account)
    }

    /// Refuses a folder that somebody else made, that is a link, or that others may enter.
    static func checkPrivate(_ path: String, for account: ServerAccount) throws(LocalServerError) {
        guard let status = Syscalls.status(path, followingLinks: false) else { throw Syscalls.failure(path) }
        guard status.isFolder else { throw .folder(path: path, reason: "it is a link or a file, not a folder") }
        guard status.owner == account.user else {
            throw .foreignFolder(path: path, owner: status.owner, user: account.user)
        }
        guard status.permissions & 0o077 == 0 else {
            throw .folder(path: path, reason: "users other than its owner may enter it")
        }
    }

    /// Refuses a folder in which a server may run without the caller being able to see it.
    func checkVisible() throws(LocalServerError) {
        if let obstacle = Syscalls.obstacle(postmasterFile) { throw .hidden(path: postmasterFile, reason: obstacle) }
    }

    /// Whether the data folder holds a cluster.
    var hasCluster: Bool {
        Syscalls.exists(data + "/PG_VERSION") && Syscalls.exists(data + "/global/pg_control")
    }

    /// The major version of the cluster.
    var dataMajor: Int? {
        TextFile.read(data + "/PG_VERSION").flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// Moves a data folder that is no cluster out of the way, and returns where to.
    func setAside() throws(LocalServerError) -> String {
        var number = 1
        while Syscalls.exists("\(data).aside-\(number)") { number += 1 }
        let target = "\(data).aside-\(number)"
        try Syscalls.rename(data, to: target)
        return target
    }

    // MARK: - The socket

    /// Where the socket lies: as recorded, else as ``chooseSocketFolder(for:)`` would choose.
    func socketFolder(for account: ServerAccount) -> String {
        if let recorded = TextFile.read(socketRecord)?.split(separator: "\n").first { return String(recorded) }
        return chooseSocketFolder(for: account)
    }

    /// The folder inside, if its path is short and plain enough and the server's user can come to it; else a short one
    /// in /tmp, named for the user and for this folder.
    func chooseSocketFolder(for account: ServerAccount) -> String {
        let own = Syscalls.canonical(path) + "/socket"
        let isShort = own.utf8.count + Self.socketName.utf8.count <= Self.socketPathBytesMax
        // PostgreSQL and libpq take lists of folders, in which a comma or a quote has a meaning.
        let isPlain = !own.utf8.contains { [UInt8(ascii: ","), UInt8(ascii: "\"")].contains($0) }
        if isShort, isPlain, account.canReach(path) { return own }
        return "/tmp/trough-\(account.user)-\(Self.hash(Syscalls.canonical(path)))"
    }

    /// Sixteen hexadecimal digits that depend on a path: the 64-bit FNV-1a hash of its bytes.
    static func hash(_ path: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path.utf8 {
            hash ^= UInt64(byte)
            hash = hash &* 0x0000_0100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    // MARK: - The log

    /// Bytes of the log from which on it is cut, and what is kept of it.
    static let logBytesMax: UInt64 = 8 << 20
    static let logBytesKept: UInt64 = 1 << 20
}
