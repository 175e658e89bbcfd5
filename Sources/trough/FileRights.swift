import Foundation
import SystemPackage

/// Whose a file is, and what it may be used for by whom.
struct FileRights: Sendable {
    private let owner: uid_t
    private let group: gid_t
    private let mode: mode_t
    private let list: AccessList?

    /// Those of a regular file; `nil` where there is none.
    init?(ofFileAt path: String) {
        var information = stat()
        guard unsafe stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        owner = information.st_uid
        group = information.st_gid
        mode = information.st_mode & 0o777
        list = AccessList(ofFileAt: path)
    }

    /// Gives them to a file that only its owner may use so far, and that is to stand where the other one stood.
    ///
    /// Files are given away by root alone, and to groups by their members. Where the system does not let the group be the
    /// same, nobody but the owner gets more rights than he had: the new group were others before, and the old one are now.
    /// Where it does not let the mode be changed, or the list of further users be kept, the file stays its owner's alone.
    func give(to descriptor: FileDescriptor, at path: String) {
        let file = descriptor.rawValue
        // The greatest number leaves the owner as he is.
        if fchown(file, owner, group) != 0 { _ = fchown(file, uid_t.max, group) }
        var information = stat()
        guard unsafe fstat(file, &information) == 0 else { return }
        let isSameGroup = information.st_gid == group
        let common = mode >> 3 & mode & 0o007
        var others = isSameGroup ? mode & 0o077 : common << 3 | common
        if let list {
            if !isSameGroup || !list.give(toFileAt: path) { others = 0 }
        } else if AccessList(ofFileAt: path) != nil {
            // It is the folder's list for new files, which the mode alone would bring into force.
            if !AccessList(saying: mode & 0o700 | others).give(toFileAt: path) { others = 0 }
        }
        _ = fchmod(file, mode & 0o700 | others)
    }
}

/// A file's list of further users and groups (POSIX.1e), in the form in which Linux keeps it.
private struct AccessList: Sendable {
    private static let name = "system.posix_acl_access"
    private static let attributes = FileAttributeKey("NSFileExtendedAttributes")

    private let bytes: Data

    /// That of a file; `nil` where its mode says all.
    init?(ofFileAt path: String) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)[Self.attributes] as? [String: Data]
        guard let bytes = attributes?[Self.name] else { return nil }
        self.bytes = bytes
    }

    /// One that says no more than a mode does, which the system takes for none.
    init(saying mode: mode_t) {
        // Version 2, then for owner, group and others: what it is, its rights, and no number.
        var bytes: [UInt8] = [2, 0, 0, 0]
        for (kind, shift) in [(0x01, 6), (0x04, 3), (0x20, 0)] {
            bytes += [UInt8(kind), 0, UInt8(mode >> shift & 0o007), 0, 0xFF, 0xFF, 0xFF, 0xFF]
        }
        self.bytes = Data(bytes)
    }

    /// Gives it to a file, and tells whether the system took it.
    func give(toFileAt path: String) -> Bool {
        let list = [Self.attributes: [Self.name: bytes]]
        return (try? FileManager.default.setAttributes(list, ofItemAtPath: path)) != nil
    }
}
