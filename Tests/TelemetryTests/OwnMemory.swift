import Foundation

/// The memory of this process, as the system knows it.
enum OwnMemory {
    /// How much of it is in memory now.
    static func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(pages[1]) ?? 0) * 4_096
    }
}
