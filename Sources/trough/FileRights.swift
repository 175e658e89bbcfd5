import Foundation
import SystemPackage

/// Whose a file is, and what it may be used for by whom.
struct FileRights: Sendable {
    private let owner: uid_t
    private let group: gid_t
    private let mode: mode_t

    /// Those of a regular file; `nil` where there is none.
    init?(ofFileAt path: String) {
        var information = stat()
        guard unsafe stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        owner = information.st_uid
        group = information.st_gid
        mode = information.st_mode & 0o777
    }

    /// Gives them to a file that only its owner may use so far, and that is to stand where the other one stood.
    ///
    /// Files are given away by root alone, and to groups by their members. Where the system does not let the group be the
    /// same, nobody but the owner gets more rights than he had: the new group were others before, and the old one are now.
    /// Where it does not let the mode be changed, the file stays its owner's alone.
    func give(to descriptor: FileDescriptor) {
        let file = descriptor.rawValue
        // The greatest number leaves the owner as he is.
        if fchown(file, owner, group) != 0 { _ = fchown(file, uid_t.max, group) }
        var information = stat()
        guard unsafe fstat(file, &information) == 0 else { return }
        let common = mode >> 3 & mode & 0o007
        let others = information.st_gid == group ? mode & 0o077 : common << 3 | common
        _ = fchmod(file, mode & 0o700 | others)
    }
}
