import Glibc

/// The user the server runs as: the caller, or somebody without rights when the caller is root.
struct ServerAccount: Sendable, Hashable {
    var user: UInt32
    var group: UInt32
    /// Whether this is another user than the caller's.
    var isOther: Bool

    /// Chooses the user; data that exist already decide for their owner.
    static func choose(dataFolder: String) throws(LocalServerError) -> ServerAccount {
        let caller = geteuid()
        let owner = Syscalls.status(dataFolder).map { ($0.owner, $0.group) }
        guard caller == 0 else {
            if let owner, owner.0 != caller {
                throw .foreignFolder(path: dataFolder, owner: owner.0, user: caller)
            }
            return ServerAccount(user: caller, group: getegid(), isOther: false)
        }
        if let owner, owner.0 != 0 { return ServerAccount(user: owner.0, group: owner.1, isOther: true) }
        for name in ["postgres", "nobody"] {
            if let account = Syscalls.account(named: name), account.user != 0 {
                return ServerAccount(user: account.user, group: account.group, isOther: true)
            }
        }
        throw .noUnprivilegedUser
    }

    /// Whether the user can come to a path through all its parents, by their permission bits.
    func canReach(_ path: String) -> Bool {
        guard isOther else { return true }
        var folder = Syscalls.canonical(path)
        while !folder.isEmpty {
            guard let status = Syscalls.status(folder) else { return false }
            guard status.isPassable(user: user, group: group) else { return false }
            folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
        }
        return true
    }
}
