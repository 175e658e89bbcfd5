import Crypto
import Foundation
import Synchronization
import SystemPackage

/// How much of a replay's outcomes stays in memory, and where the rest goes.
package struct SpillSpace: Sendable {
    /// The folder of the temporary files.
    package let folder: String
    /// How many bytes of outcomes stay in memory, of all shards together.
    package let bytes: Int

    /// A space from its parts.
    package init(folder: String, bytes: Int = Limits.outcomesInMemory) {
        self.folder = folder
        self.bytes = bytes
    }
}

/// Why outcomes could not be put aside, or not be taken back.
package struct SpillError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What failed, where, and what was expected.
    package let description: String

    init(_ what: String, in folder: String, _ cause: String) {
        description =
            "\(folder): \(what): \(cause). Expected a folder with room for some hundred bytes a patient and protocol; "
            + "TMPDIR may name another one."
    }
}

/// A temporary file of blocks, which is gone with whoever uses it: it has no name from the moment it is open.
///
/// Each block has its SHA-256 with it, so that outcomes that the disk changed are not told.
final class SpillFile: Sendable {
    /// Where a block lies.
    struct Extent: Sendable {
        let offset: UInt64
        let count: Int
    }

    private struct State {
        let handle: FileHandle
        var end: UInt64 = 0
    }

    private let folder: String
    private let state: Mutex<State>

    /// A new file in a folder.
    init(in folder: String) throws(SpillError) {
        self.folder = folder
        let path = FilePath(folder).appending(".trough-\(UUID().uuidString)")
        do {
            let descriptor = try FileDescriptor.open(
                path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
            state = Mutex(State(handle: FileHandle(fileDescriptor: descriptor.rawValue, closeOnDealloc: true)))
            try FileManager.default.removeItem(atPath: path.string)
        } catch {
            throw SpillError("no temporary file could be made there", in: folder, "\(error)")
        }
    }

    /// Puts a block at the end.
    func append(_ block: [UInt8]) throws(SpillError) -> Extent {
        do {
            return try state.withLock { state in
                let start = state.end
                try state.handle.seek(toOffset: start)
                try state.handle.write(contentsOf: Data(SHA256.hash(data: block)) + block)
                state.end += UInt64(SHA256.byteCount + block.count)
                return Extent(offset: start, count: block.count)
            }
        } catch {
            throw SpillError("outcomes could not be put aside there", in: folder, Self.cause(error))
        }
    }

    /// Takes a block back.
    func block(_ extent: Extent) throws(SpillError) -> [UInt8] {
        let data: Data
        do {
            data = try state.withLock { state in
                try state.handle.seek(toOffset: extent.offset)
                return try state.handle.read(upToCount: SHA256.byteCount + extent.count) ?? Data()
            }
        } catch {
            throw unreadable(Self.cause(error))
        }
        let block = [UInt8](data.dropFirst(SHA256.byteCount))
        guard block.count == extent.count, SHA256.hash(data: block).elementsEqual(data.prefix(SHA256.byteCount))
        else { throw unreadable("they are not what was written") }
        return block
    }

    /// That a block cannot be taken back.
    func unreadable(_ cause: String) -> SpillError {
        SpillError("outcomes that were put aside there could not be read", in: folder, cause)
    }

    /// What the system said, where it said something.
    private static func cause(_ error: any Error) -> String {
        let cause = error as NSError
        let inner = cause.userInfo[NSUnderlyingErrorKey] as? NSError ?? cause
        return inner.domain == NSPOSIXErrorDomain ? "\(Errno(rawValue: CInt(inner.code)))" : inner.localizedDescription
    }
}
