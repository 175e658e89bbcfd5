import Dispatch
import Foundation
import SystemPackage

/// Writes files that are there whole or not at all.
enum WholeFile {
    /// Writes bytes to a temporary neighbour, makes it durable and gives it the name.
    static func write(_ bytes: [UInt8], to path: String) async throws {
        try await write(to: path) { file in try await file.write(bytes) }
    }

    /// The same with whatever `body` writes, before which the file is opened: better to hear at once that it cannot be.
    static func write<Value>(to path: String, _ body: (FileInProgress) async throws -> Value) async throws -> Value {
        let file = try await FileInProgress.begin(path)
        do {
            let value = try await body(file)
            try await file.finish()
            return value
        } catch {
            await file.discard()
            throw error
        }
    }
}

/// A file that is being written under another name, and gets its own when it is complete and durable.
///
/// Where a file has the name, the new one is its owner's as far as the system allows, and nobody may do more with it.
/// Something that is no regular file, such as `/dev/null` or a pipe, is written to directly.
struct FileInProgress: Sendable {
    private static let queue = DispatchQueue(label: "trough.files")

    /// The name as the user gave it.
    private let name: String
    /// Where the name leads: a link stays a link, and the file behind it is the one that is replaced.
    private let path: String
    /// What is written to, `path` itself where that is no regular file.
    private let target: String
    private let descriptor: FileDescriptor
    /// Those of the file that had the name when this one was begun.
    private let rights: FileRights?

    private var isSpecial: Bool { target == path }

    /// Opens a file for writing; whatever has the name stays as it is for now.
    static func begin(_ name: String) async throws -> FileInProgress {
        let (path, isSpecial) = try await onQueue { place(of: name) }
        // A pipe may wait for its reader for ever. Nothing is left behind there where nobody waits for it any more, which
        // cannot be said of a file that is made.
        guard !isSpecial else { return try await untilCancelled { try open(name, path, isSpecial: true).get() } }
        return try await onQueue { open(name, path, isSpecial: false) }
    }

    /// Writes bytes at the end and returns when the system has taken them.
    func write(_ bytes: [UInt8]) async throws {
        try await Self.onQueue { Result { _ = try descriptor.writeAll(bytes) }.mapError(failure) }
    }

    /// Makes the file durable and gives it its name.
    func finish() async throws {
        try await Self.onQueue {
            Result {
                // Those of now, which may have been changed meanwhile.
                if !isSpecial { (FileRights(ofFileAt: path) ?? rights)?.give(to: descriptor, at: target) }
                if !isSpecial, fsync(descriptor.rawValue) != 0 { throw Errno(rawValue: errno) }
                if !isSpecial, unsafe rename(target, path) != 0 { throw Errno(rawValue: errno) }
                // Last, and without a word: what fails before it is answered by `discard`, which closes.
                try? descriptor.close()
            }.mapError(failure)
        }
    }

    /// Gives up: nothing is left behind, and whatever had the name keeps it.
    func discard() async {
        await withCheckedContinuation { continuation in
            Self.queue.async {
                try? descriptor.close()
                if !isSpecial { unsafe unlink(target) }
                continuation.resume()
            }
        }
    }

    private func failure(_ error: any Error) -> Failure {
        Failure(.fellShort, "\(name): the file could not be written whole: \(error).")
    }

    private static func onQueue<Success: Sendable>(
        _ body: @escaping @Sendable () -> Result<Success, Failure>
    ) async throws -> Success {
        try await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: body()) }
        }.get()
    }

    /// Where a name leads, and whether to something that is no regular file.
    private static func place(of name: String) -> Result<(path: String, isSpecial: Bool), Failure> {
        if name.isEmpty { return .failure(Failure(.usage, "A file to be written has an empty name; expected a path.")) }
        if name == "-" {
            return .failure(
                Failure(
                    .usage, "-: this goes to a file and not to standard output; expected a path, such as ./- for \"-\"."
                ))
        }
        let path = URL(fileURLWithPath: name).resolvingSymlinksInPath().path
        var isDirectory: ObjCBool = false
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        if isDirectory.boolValue { return .failure(Failure(.usage, "\(name): is a folder; a file was expected.")) }
        let isSpecial =
            exists
            && (try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType) != .typeRegular
        return .success((path, isSpecial))
    }

    private static func open(_ name: String, _ path: String, isSpecial: Bool) -> Result<FileInProgress, Failure> {
        let target = isSpecial ? path : "\(path).\(getpid()).part"
        let rights = isSpecial ? nil : FileRights(ofFileAt: path)
        do {
            let descriptor =
                isSpecial
                ? try FileDescriptor.open(FilePath(target), .writeOnly, options: .closeOnExec)
                : try make(target, isPrivate: rights != nil)
            return .success(
                FileInProgress(name: name, path: path, target: target, descriptor: descriptor, rights: rights))
        } catch {
            return .failure(Failure(.usage, "\(name): the file cannot be written: \(error).\(advice(on: error))"))
        }
    }

    /// Makes a file that nobody has open yet; a private one is its owner's alone until it gets the rights of the one whose
    /// place it takes.
    private static func make(_ target: String, isPrivate: Bool) throws -> FileDescriptor {
        // One may have stayed behind of a process of the same number, with other rights.
        unsafe unlink(target)
        return try FileDescriptor.open(
            FilePath(target), .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
            permissions: isPrivate ? .ownerReadWrite : [.ownerReadWrite, .groupRead, .otherRead])
    }

    /// What helps where a file that could be written to is refused all the same.
    private static func advice(on error: any Error) -> String {
        switch error as? Errno {
        case .permissionDenied, .readOnlyFileSystem:
            " A file is written beside its place and put there when it is whole; expected a folder that can be written to."
        default: ""
        }
    }
}
