import Dispatch
import Foundation

/// Writes files that are there whole or not at all.
enum WholeFile {
    private static let queue = DispatchQueue(label: "trough.files")

    /// Writes pieces to a temporary neighbour, makes it durable and gives it the name.
    ///
    /// Something that is no regular file, such as `/dev/null` or a pipe, is written to directly.
    static func write(_ pieces: [[UInt8]], to path: String) async throws {
        let result: Result<Void, Failure> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: writeNow(pieces, to: path)) }
        }
        try result.get()
    }

    private static func writeNow(_ pieces: [[UInt8]], to named: String) -> Result<Void, Failure> {
        // A link stays a link; the file that it leads to is the one that is replaced.
        let path = URL(fileURLWithPath: named).resolvingSymlinksInPath().path
        var isDirectory: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if isDirectory.boolValue { return .failure(Failure(.usage, "\(named): is a folder; a file was expected.")) }
        let isSpecial =
            exists
            && (try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType) != .typeRegular
        let target = isSpecial ? path : "\(path).\(getpid()).part"
        if !isSpecial, !FileManager.default.createFile(atPath: target, contents: nil) {
            return .failure(
                Failure(.usage, "\(named): the file cannot be written: \(unsafe String(cString: strerror(errno)))."))
        }
        do {
            guard let handle = FileHandle(forWritingAtPath: target) else {
                return .failure(Failure(.usage, "\(named): the file cannot be opened for writing."))
            }
            for piece in pieces { try handle.write(contentsOf: Data(piece)) }
            if !isSpecial { try handle.synchronize() }
            try handle.close()
            if !isSpecial, unsafe rename(target, path) != 0 {
                throw CocoaError(.fileWriteUnknown)
            }
            return .success(())
        } catch {
            if !isSpecial { unsafe unlink(target) }
            return .failure(
                Failure(.fellShort, "\(named): the file could not be written whole: \(error.localizedDescription)"))
        }
    }
}
