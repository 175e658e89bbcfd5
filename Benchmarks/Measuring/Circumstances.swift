import Foundation

/// What the machine is and how busy it was, in lines for the head of the report.
package enum Circumstances {
    /// The lines.
    ///
    /// - Parameter programs: a line for each program that is measured against.
    package static func lines(_ programs: [String]) -> [String] {
        let processor = field("model name", of: "/proc/cpuinfo") ?? "unknown processor"
        let kilobytes = field("MemTotal", of: "/proc/meminfo").flatMap { Double($0.split(separator: " ")[0]) } ?? 0
        let kernel = read("/proc/sys/kernel/osrelease")
        let load = read("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return ["\(cores) x \(processor), \(Int((kilobytes / 1_048_576).rounded())) GiB, Linux \(kernel)"] + programs
            + ["\(loadBefore): \(load)"]
    }

    /// How the line with the load begins.
    static let loadBefore = "load before"

    private static func field(_ name: String, of path: String) -> String? {
        let line = read(path).split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func read(_ path: String) -> String {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
