/// What can be chosen about the private server; everything else is fixed.
package struct ServerSettings: Sendable {
    /// Whether a committed transaction survives a power cut; off only for tests.
    package var isDurable = true
    /// Megabytes of shared memory for pages; `nil` takes a quarter of the machine's memory, from 128 to 2,048.
    package var sharedBuffersMegabytes: Int?
    /// Megabytes of log between two checkpoints; `nil` takes 4,096, or 8,192 on a machine with 16 gigabytes or more.
    package var maxWalSizeMegabytes: Int?
    /// More server settings by name, which win over the others.
    package var extra: [String: String] = [:]
    /// Seconds to wait for a server that starts; recovering from a crash can take minutes.
    package var startTimeoutSeconds = 300
    /// Seconds to wait for a server that stops.
    package var stopTimeoutSeconds = 120

    /// The settings of a durable server sized for the machine.
    package init() {}

    /// The text of the configuration file, for a machine with that much memory.
    func configuration(machineMemoryMegabytes memory: Int) -> String {
        let shared = sharedBuffersMegabytes ?? min(2_048, max(128, memory / 4))
        let wal = maxWalSizeMegabytes ?? (memory >= 16_000 ? 8_192 : 4_096)
        let durable = isDurable ? "on" : "off"
        var values: [String: String] = [
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "\(shared)MB",
            "effective_cache_size": "\(max(256, memory / 2))MB",
            "maintenance_work_mem": "\(min(512, max(64, memory / 16)))MB",
            "work_mem": "\(min(64, max(4, memory / 128)))MB",
            "max_wal_size": "\(wal)MB",
            "min_wal_size": "\(min(256, wal))MB",
            "checkpoint_timeout": "15min",
            "fsync": durable,
            "full_page_writes": durable,
            "synchronous_commit": durable,
            "autovacuum": "on",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
            // The log may be shown and kept, so it holds no values of the data: no statements, no DETAIL.
            "log_min_messages": "warning",
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_checkpoints": "off",
        ]
        values.merge(extra) { _, chosen in chosen }
        let lines = values.sorted { $0.key < $1.key }.map { name, value in
            "\(name) = '\(value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'\n"
        }
        return "# Written anew at every start of the server; ALTER SYSTEM changes settings for good.\n" + lines.joined()
    }
}

/// The memory of the machine, or of the container if that has less.
enum MachineMemory {
    /// Megabytes, from the texts of `/proc/meminfo` and of the control group's `memory.max`; 1,024 if neither tells.
    static func megabytes(meminfo: String?, controlGroupLimit: String?) -> Int {
        let total = meminfo?.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
            .flatMap { $0.split(separator: " ").dropFirst().first }
            .flatMap { Int($0) }
            .map { $0 / 1_024 }
        let limit = controlGroupLimit?.split(separator: "\n").first.flatMap { Int($0) }.map { $0 / 1_048_576 }
        return [total, limit].compactMap(\.self).min() ?? 1_024
    }
}
