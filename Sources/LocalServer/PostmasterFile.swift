/// What a server writes about itself into `postmaster.pid`.
struct PostmasterFile: Equatable {
    /// The process of the server.
    var process: Int32
    /// The folder of the socket, if it has got that far.
    var socketFolder: String?
    /// The System V shared memory segment, which is in use as long as any process of the server lives.
    var sharedMemory: Int?
    /// Whether the server says that it accepts connections, be it of readers alone, as one does that follows another.
    var isReady: Bool

    /// Reads the text of the file; `nil` when it names no process.
    ///
    /// The lines are process, data folder, start time, port, socket folder, addresses, key and identifier of the
    /// segment, state. A server that is just starting has not written all of them.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let process = Int32(first), process > 1 else { return nil }
        self.process = process
        socketFolder = lines.count > 4 && !lines[4].isEmpty ? String(lines[4]) : nil
        sharedMemory = lines.count > 6 ? lines[6].split(separator: " ").last.flatMap { Int($0) } : nil
        isReady = lines.count > 7 && (lines[7].hasPrefix("ready") || lines[7].hasPrefix("standby"))
    }
}
