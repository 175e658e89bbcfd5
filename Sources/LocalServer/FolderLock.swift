import Glibc

/// The right to change the folder of the server, held by at most one process at a time.
///
/// It is an advisory lock of the system on a file in the folder, so it ends with the process whatever happens to it.
/// Closed on execution: a server must not inherit it.
struct FolderLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock if it is free; `nil` while another process has it.
    private init?(trying path: String) throws(LocalServerError) {
        let descriptor = try Syscalls.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isBusy = errno == EWOULDBLOCK || errno == EINTR
            let failure = Syscalls.failure(path)
            close(descriptor)
            if isBusy { return nil }
            throw failure
        }
        // Between opening and locking, the file may have been removed with the whole folder: then it locks nothing.
        guard let mine = Syscalls.status(descriptor: descriptor), let current = Syscalls.status(path),
            mine.isSameFile(as: current)
        else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Waits for the lock without holding a thread.
    static func acquire(_ path: String, timeoutSeconds: Int) async throws(LocalServerError) -> FolderLock {
        let deadline = ContinuousClock.now.advanced(by: .seconds(timeoutSeconds))
        while true {
            if let lock = try FolderLock(trying: path) { return lock }
            guard ContinuousClock.now < deadline else { throw .locked(path: path, seconds: timeoutSeconds) }
            try await pause(milliseconds: 25)
        }
    }
}
