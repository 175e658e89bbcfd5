import Foundation
package import Logging
import Segments
import Synchronization
import SystemPackage
import Trial

/// A folder with the first parts of segments, each a file named by its digest, so that a segment is fetched from the
/// database once.
///
/// A file counts only while its bytes are those that the log tells of (``SegmentPlace/isWhole(_:)``); one that was torn or changed is fetched again and
/// replaced. Files are read and not mapped: a mapped file that somebody cuts short ends the program.
package struct SegmentCache: Sendable {
    private let folder: URL
    private let logger: Logger
    private let failures = Failures()

    /// A cache in a folder, which is made where there is none.
    ///
    /// - Parameter logger: Hears of the first segment that could not be kept.
    /// - Throws: CocoaError where the folder cannot be made or written to.
    package init(folder path: String, logger: Logger) throws {
        self.logger = logger
        folder = URL(fileURLWithPath: path, isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let probe = folder.appendingPathComponent(".\(UUID().uuidString)")
        try Data().write(to: probe)
        try FileManager.default.removeItem(at: probe)
    }

    /// The bytes kept under this digest, if they are here and whole.
    func bytes(_ digest: [UInt8], _ isWhole: ([UInt8]) -> Bool) -> [UInt8]? {
        guard let bytes = try? Self.contents(of: file(digest)) else { return nil }
        return isWhole(bytes) ? bytes : nil
    }

    /// What a file holds.
    private static func contents(of file: URL) throws -> [UInt8] {
        // A pipe that somebody put there has no end to be found, and would be waited for.
        let descriptor = try FileDescriptor.open(FilePath(file.path), .readOnly, options: [.closeOnExec, .nonBlocking])
        return try descriptor.closeAfter {
            let size = min(Int(try descriptor.seek(offset: 0, from: .end)), Segments.Limits.bytes)
            return try descriptor.bytes(size, at: 0)
        }
    }

    /// Keeps bytes under their digest, whole or not at all; where that fails they are fetched again the next time.
    func keep(_ bytes: [UInt8], _ digest: [UInt8]) {
        do { try Data(bytes).write(to: file(digest), options: .atomic) } catch {
            guard failures.isFirst() else { return }
            // Foundation's words for it are the number of an error.
            logger.warning(
                """
                \(folder.path): a segment could not be kept in the cache; expected room for \(bytes.count) bytes and a folder \
                that can be written to. What is not kept comes from the database again.
                """)
        }
    }

    private func file(_ digest: [UInt8]) -> URL { folder.appendingPathComponent(digest.hexadecimalText + ".segment") }
}

/// What could not be kept, of which it is enough to hear once.
private final class Failures: Sendable {
    private let count = Mutex(0)

    /// Counts one, and tells whether it is the first.
    func isFirst() -> Bool {
        count.withLock { count in
            count += 1
            return count == 1
        }
    }
}
