import Foundation
import Glibc

/// What the file system says about a path.
struct FileStatus: Hashable {
    var owner: UInt32
    var group: UInt32
    var mode: UInt32
    var device: UInt64
    var inode: UInt64

    var isFolder: Bool { mode & UInt32(S_IFMT) == UInt32(S_IFDIR) }
    var permissions: UInt32 { mode & 0o7777 }

    /// Whether two paths name the same file, whatever they are called.
    func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// Whether a user may pass through this folder, by its permission bits.
    func isPassable(user: UInt32, group: UInt32) -> Bool {
        let bit: UInt32 = user == owner ? 0o100 : group == self.group ? 0o010 : 0o001
        return mode & bit != 0
    }
}

/// The system calls of this module, in one place: each turns a failure into a ``LocalServerError``.
///
/// The `unsafe` marks are for C functions that take an address: of a path, which Swift keeps for the call, or of a
/// local variable of the type the function fills.
enum Syscalls {
    /// The status of a path, or of the link itself when it is one; `nil` when it cannot be told.
    static func status(_ path: String, followingLinks: Bool = true) -> FileStatus? {
        var info = stat()
        let failed = unsafe followingLinks ? stat(path, &info) : lstat(path, &info)
        return failed == 0 ? FileStatus(info) : nil
    }

    /// The status of an open file.
    static func status(descriptor: Int32) -> FileStatus? {
        var info = stat()
        return unsafe fstat(descriptor, &info) == 0 ? FileStatus(info) : nil
    }

    /// Bytes that a file takes on disk; 0 when there is none.
    static func allocatedBytes(_ path: String) -> Int64 {
        var info = stat()
        return unsafe lstat(path, &info) == 0 ? Int64(info.st_blocks) * 512 : 0
    }

    static func exists(_ path: String) -> Bool { status(path, followingLinks: false) != nil }

    /// Makes a folder with exactly these permissions, whatever the process's mask; `false` when the path exists.
    @discardableResult
    static func makeFolder(_ path: String, permissions: UInt32) throws(LocalServerError) -> Bool {
        if unsafe mkdir(path, permissions) == 0 {
            try check(unsafe chmod(path, permissions), path)
            return true
        }
        guard errno == EEXIST else { throw failure(path) }
        return false
    }

    static func changeOwner(_ path: String, user: UInt32, group: UInt32) throws(LocalServerError) {
        try check(unsafe lchown(path, user, group), path)
    }

    static func rename(_ old: String, to new: String) throws(LocalServerError) {
        try check(unsafe Glibc.rename(old, new), old)
    }

    /// Removes a file, or an empty folder; fine when there is none.
    static func remove(_ path: String) throws(LocalServerError) {
        guard unsafe Glibc.remove(path) != 0, errno != ENOENT else { return }
        throw failure(path)
    }

    /// Why a file cannot be read; `nil` where it can be, or where there is none.
    static func obstacle(_ path: String) -> String? {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor < 0 else {
            close(descriptor)
            return nil
        }
        return errno == ENOENT || errno == ENOTDIR ? nil : unsafe String(cString: strerror(errno))
    }

    /// Opens a file, which is for its owner alone if this makes it.
    static func open(_ path: String, _ flags: Int32) throws(LocalServerError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, flags, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        return descriptor
    }

    /// Makes the names in a folder, or the bytes of a file, survive a power cut.
    static func synchronize(_ path: String) throws(LocalServerError) {
        let descriptor = try open(path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        try check(fsync(descriptor), path)
    }

    /// The path without symbolic links, or the path itself when it does not exist.
    static func canonical(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Whether a process exists, as far as a signal could reach it.
    static func exists(process: Int32) -> Bool {
        kill(process, 0) == 0 || errno == EPERM
    }

    /// The user and the group of a name in the user database.
    static func account(named name: String) -> (user: UInt32, group: UInt32)? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        let failed = unsafe getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        guard failed == 0, unsafe found != nil else { return nil }
        return unsafe (entry.pw_uid, entry.pw_gid)
    }

    /// The error of the call that failed last, about a path.
    static func failure(_ path: String) -> LocalServerError {
        .folder(path: path, reason: unsafe String(cString: strerror(errno)))
    }

    private static func check(_ result: Int32, _ path: String) throws(LocalServerError) {
        guard result == 0 else { throw failure(path) }
    }
}

extension FileStatus {
    init(_ info: stat) {
        owner = info.st_uid
        group = info.st_gid
        mode = info.st_mode
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
    }
}

/// Whole small files.
enum TextFile {
    /// The text of a file; `nil` when it cannot be read or is not UTF-8.
    static func read(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(data: data, encoding: .utf8)
    }

    /// Replaces a file as a whole: afterwards it is the old or the new one, also after a power cut.
    ///
    /// The folder may belong to the server's user while the caller is root. So the new file must not exist before, not
    /// even as a link, and its owner is changed through the open file, not by name.
    static func replace(
        _ path: String,
        with text: String,
        for account: ServerAccount? = nil
    ) throws(LocalServerError) {
        let temporary = path + ".new"
        try Syscalls.remove(temporary)
        let descriptor = try Syscalls.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(text.utf8))
        } catch {
            throw .folder(path: temporary, reason: "it cannot be written (\(error.localizedDescription))")
        }
        if let account, account.isOther, fchown(descriptor, account.user, account.group) != 0 {
            throw Syscalls.failure(temporary)
        }
        guard fsync(descriptor) == 0 else { throw Syscalls.failure(temporary) }
        try Syscalls.rename(temporary, to: path)
    }
}
