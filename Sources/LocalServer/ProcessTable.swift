import Foundation

/// What the kernel tells about processes and shared memory under `/proc`.
enum ProcessTable {
    /// Whether a process runs: it exists and is no zombie, which only waits to be noticed by its parent.
    static func isRunning(_ process: Int32) -> Bool {
        guard let stat = TextFile.read("/proc/\(process)/stat") else { return false }
        return !isZombie(stat: stat)
    }

    /// The state in the text of `/proc/PID/stat`: it follows the name, which stands in parentheses and may hold any.
    static func isZombie(stat: String) -> Bool {
        guard let end = stat.lastIndex(of: ")") else { return false }
        let state = stat[stat.index(after: end)...].first { $0 != " " }
        return state == "Z" || state == "X"
    }

    /// Whether a running process is the server of a data folder.
    ///
    /// A server stays in its data folder, so the two are compared as files. Where the kernel does not let a process
    /// look (in some containers, even root), the arguments decide: each server is started with the socket folder of its
    /// own.
    static func isServer(_ process: Int32, dataFolder: String, socketFolder: String?) -> Bool {
        let name = TextFile.read("/proc/\(process)/comm") ?? ""
        guard isRunning(process), name.hasPrefix("postgres") || name.hasPrefix("postmaster") else { return false }
        if let folder = Syscalls.status("/proc/\(process)/cwd") {
            return Syscalls.status(dataFolder).map { $0.isSameFile(as: folder) } ?? false
        }
        guard let socketFolder, let arguments = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else {
            return false
        }
        return arguments.split(separator: 0).contains { $0.elementsEqual(socketFolder.utf8) }
    }

    /// How many processes use a shared memory segment, from the text of `/proc/sysvipc/shm`; 0 when it is gone.
    static func attachments(ofSegment segment: Int, table: String) -> Int {
        let lines = table.split(separator: "\n").map { $0.split(separator: " ") }
        guard let head = lines.first, let identifier = head.firstIndex(of: "shmid"),
            let attached = head.firstIndex(of: "nattch")
        else { return 0 }
        let row = lines.dropFirst().first { $0.count > max(identifier, attached) && Int($0[identifier]) == segment }
        return row.flatMap { Int($0[attached]) } ?? 0
    }
}
