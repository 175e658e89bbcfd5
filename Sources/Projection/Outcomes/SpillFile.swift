import EventLog
import Foundation
import Segments
import SystemPackage

/// How many outcomes stay in memory, and where the rest goes.
package struct SpillSpace: Sendable {
    /// The folder of the temporary files.
    package let folder: String
    /// How many bytes of outcomes stay in memory.
    package let bytes: Int

    /// A space from its parts.
    package init(folder: String, bytes: Int) {
        self.folder = folder
        self.bytes = bytes
    }

    /// What a replay under so many protocols may have.
    package init(folder: String, protocols count: Int) {
        self.init(folder: folder, bytes: Limits.outcomesInMemory * min(count, Limits.protocolsInMemory))
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
/// Each block has its checksum behind it, so that outcomes that the disk changed are not told. Reading and writing wait on a
/// queue of the file's own, off the pool on which others fold.
final class SpillFile: Sendable {
    /// Where a block lies.
    struct Extent: Sendable {
        let offset: Int64
        let count: Int
    }

    private static let checksumBytes = 16

    private let folder: String
    private let handle: FileHandle
    private let queue = DispatchQueue(label: "trough.spill")

    /// A new file in a folder.
    static func make(in folder: String) async throws(SpillError) -> SpillFile {
        let made = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(SpillError) in try SpillFile(in: folder) })
            }
        }
        return try made.get()
    }

    private init(in folder: String) throws(SpillError) {
        self.folder = folder
        let path = FilePath(folder).appending(".trough-\(UUID().uuidString)")
        do {
            let descriptor = try FileDescriptor.open(
                path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
            handle = FileHandle(fileDescriptor: descriptor.rawValue, closeOnDealloc: true)
            try FileManager.default.removeItem(atPath: path.string)
        } catch {
            throw SpillError("no temporary file could be made there", in: folder, "\(error)")
        }
    }

    /// Puts blocks at the end, in one go.
    func append(_ blocks: [[UInt8]]) async throws(SpillError) -> [Extent] {
        let handle = handle
        return try await onQueue("outcomes could not be put aside there") {
            let descriptor = FileDescriptor(rawValue: handle.fileDescriptor)
            let start = try descriptor.seek(offset: 0, from: .end)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(blocks.reduce(0) { $0 + Self.checksumBytes + $1.count })
            let extents = blocks.map { block in
                let offset = start + Int64(bytes.count)
                bytes += block
                bytes += Checksum(of: block).bytes
                return Extent(offset: offset, count: block.count)
            }
            try descriptor.writeAll(bytes)
            return extents
        }
    }

    /// Takes blocks back, and takes them apart where reading waits anyway.
    ///
    /// - Parameter decode: `nil` where a block does not fit together.
    func blocks<Block: Sendable>(
        _ extents: [Extent], _ decode: @escaping @Sendable ([UInt8]) -> Block?
    ) async throws(SpillError) -> [Block] {
        let handle = handle
        let blocks = try await onQueue(Self.unreadable) {
            let descriptor = FileDescriptor(rawValue: handle.fileDescriptor)
            return try extents.map { extent -> Result<Block, Unfitting> in
                var block = try descriptor.bytes(extent.count + Self.checksumBytes, at: extent.offset)
                let checksum = Checksum(kept: [UInt8](block.dropFirst(extent.count)))
                block.removeLast(max(0, block.count - extent.count))
                guard block.count == extent.count, Checksum(of: block) == checksum
                else { return .failure(Unfitting(cause: "they are not what was written")) }
                return decode(block).map(Result.success) ?? .failure(Unfitting(cause: "a block does not fit together"))
            }
        }
        do throws(Unfitting) { return try blocks.map { block throws(Unfitting) in try block.get() } } catch {
            throw SpillError(Self.unreadable, in: folder, error.cause)
        }
    }

    /// That what was read is not what was written.
    private struct Unfitting: Error {
        let cause: String
    }

    private static let unreadable = "outcomes that were put aside there could not be read"

    /// Does something with the file, one after the other.
    private func onQueue<Value: Sendable>(
        _ failure: String, _ body: @escaping @Sendable () throws -> Value
    ) async throws(SpillError) -> Value {
        let result = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: body)) }
        }
        do { return try result.get() } catch { throw SpillError(failure, in: folder, Self.cause(error)) }
    }

    /// What the system said, where it said something.
    private static func cause(_ error: any Error) -> String {
        let cause = error as NSError
        let inner = cause.userInfo[NSUnderlyingErrorKey] as? NSError ?? cause
        return inner.domain == NSPOSIXErrorDomain ? "\(Errno(rawValue: CInt(inner.code)))" : inner.localizedDescription
    }
}
