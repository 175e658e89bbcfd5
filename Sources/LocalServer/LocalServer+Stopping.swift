import Glibc
import Logging

extension LocalServer {
    /// Stops the server; the caller holds the lock.
    func stopLocked() async throws(LocalServerError) {
        guard let file = postmasterFile(), isOurs(file) else { return }
        // SIGINT asks for a fast shutdown: no new sessions, the running ones end, a last checkpoint.
        guard kill(file.process, SIGINT) == 0 || errno == ESRCH else {
            throw Syscalls.failure("process \(file.process)")
        }
        let deadline = ContinuousClock.now.advanced(by: .seconds(settings.stopTimeoutSeconds))
        while ProcessTable.isRunning(file.process) {
            guard ContinuousClock.now < deadline else {
                throw .stopTimedOut(seconds: settings.stopTimeoutSeconds, processID: file.process)
            }
            try await pause(milliseconds: 20)
        }
    }

    /// What the server wrote about itself; `nil` when it does not run and has been stopped properly.
    func postmasterFile() -> PostmasterFile? {
        TextFile.read(home.postmasterFile).flatMap(PostmasterFile.init)
    }

    /// The process of the server, if it runs; what a server that was killed left behind is cleared away.
    ///
    /// The server removes a stale file itself, unless the process number has been given to somebody else meanwhile, or
    /// its parent has not noticed the death. In that case it is removed here, but only once no process of the old
    /// server uses the shared memory any more: two servers on the same data would destroy them.
    func runningServer() async throws(LocalServerError) -> Int32? {
        guard let file = postmasterFile() else { return nil }
        if isOurs(file) { return file.process }
        if let segment = file.sharedMemory {
            let deadline = ContinuousClock.now.advanced(by: .seconds(30))
            while isAttached(segment) {
                guard ContinuousClock.now < deadline else { throw .remnantsRunning(folder: home.data) }
                try await pause(milliseconds: 20)
            }
        }
        guard Syscalls.exists(process: file.process) else { return nil }
        guard file.sharedMemory == nil || TextFile.read("/proc/sysvipc/shm") != nil else {
            throw .remnantsRunning(folder: home.data)
        }
        logger.notice("The private PostgreSQL was killed, and is started again from its log.")
        try Syscalls.remove(home.postmasterFile)
        try removeSocket()
        return nil
    }

    /// Removes the socket of a server that does not run, and the file beside it that names its process.
    func removeSocket() throws(LocalServerError) {
        let folder = socketFolder
        for name in [HomeFolder.socketName, HomeFolder.socketName + ".lock"] { try Syscalls.remove(folder + name) }
    }

    private func isOurs(_ file: PostmasterFile) -> Bool {
        ProcessTable.isServer(file.process, dataFolder: home.data, socketFolder: socketFolder)
    }

    private func isAttached(_ segment: Int) -> Bool {
        TextFile.read("/proc/sysvipc/shm").map { ProcessTable.attachments(ofSegment: segment, table: $0) > 0 } ?? false
    }
}
