import Foundation
import Trial

/// A folder with the first parts of segments, each a file named by its digest, so that a segment is fetched from the
/// database once.
///
/// A file counts only while its bytes have the digest that its name and the log say; one that was torn or changed is
/// fetched again and replaced. Files are read and not mapped: a mapped file that somebody cuts short ends the program, and
/// copying the bytes takes about as long as hashing them.
package struct SegmentCache: Sendable {
    private let folder: URL

    /// A cache in a folder, which is made where there is none.
    ///
    /// - Throws: CocoaError where the folder cannot be made or written to.
    package init(folder path: String) throws {
        folder = URL(fileURLWithPath: path, isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let probe = folder.appendingPathComponent(".\(UUID().uuidString)")
        try Data().write(to: probe)
        try FileManager.default.removeItem(at: probe)
    }

    /// The bytes with this digest, if they are here and whole.
    func bytes(_ digest: [UInt8], _ isWhole: ([UInt8]) -> Bool) -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: file(digest).path) else { return nil }
        let bytes = [UInt8](data)
        return isWhole(bytes) ? bytes : nil
    }

    /// Keeps bytes under their digest, whole or not at all; where that fails they are fetched again the next time.
    func keep(_ bytes: [UInt8], _ digest: [UInt8]) {
        try? Data(bytes).write(to: file(digest), options: .atomic)
    }

    private func file(_ digest: [UInt8]) -> URL { folder.appendingPathComponent(digest.hexadecimalText + ".segment") }
}
