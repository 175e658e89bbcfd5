import Dispatch
import Foundation
import SystemPackage
import Trial

/// The file that gets one JSON object for each refused line.
final class RejectsFile: Sendable {
    private let path: String
    private let descriptor: FileDescriptor
    private let queue = DispatchQueue(label: "trough.rejects")

    /// Opens the file, or makes it; a pipe or a device is written to as it is.
    ///
    /// Blocks for some seconds where a pipe has no reader. What a file holds stays until ``begin()``, so that a run that comes to nothing loses nothing.
    ///
    /// - Parameter inputs: The files that are read, none of which this may be.
    init(_ path: String, besides inputs: [InputSource]) throws {
        self.path = path
        guard !path.isEmpty, path != "-" else {
            throw Failure(
                .usage, "--rejects takes the path of a file, not \"\(path)\"; ./- is a file of the name \"-\".")
        }
        let identity = FileIdentity(path)
        for input in inputs where identity != nil && identity == input.identity {
            throw Failure(.usage, "\(path): refused lines cannot be written to a file that is read.")
        }
        descriptor = try Self.open(path)
    }

    /// How long the reader of a pipe is waited for, who may have been started together with this program.
    private static let timeForReader = Duration.seconds(5)

    private static func open(_ path: String) throws -> FileDescriptor {
        var information = stat()
        let kind = unsafe stat(path, &information) == 0 ? information.st_mode & S_IFMT : S_IFREG
        let deadline = ContinuousClock.now + timeForReader
        while true {
            do {
                // What is no regular file may make its opener wait, without a word and without end.
                let descriptor = try FileDescriptor.open(
                    FilePath(path), .writeOnly,
                    options: kind == S_IFREG ? [.create, .closeOnExec] : [.nonBlocking, .closeOnExec],
                    permissions: [.ownerReadWrite, .groupReadWrite, .otherReadWrite])
                // Only the opening must not wait; writing does.
                _ = fcntl(descriptor.rawValue, F_SETFL, fcntl(descriptor.rawValue, F_GETFL) & ~O_NONBLOCK)
                return descriptor
            } catch Errno.noSuchAddressOrDevice where kind == S_IFIFO {
                guard ContinuousClock.now < deadline else {
                    throw Failure(
                        .usage,
                        "\(path): nobody reads this pipe, so refused lines cannot be written to it; expected a reader within "
                            + "\(timeForReader.components.seconds) seconds, or a file.")
                }
                usleep(20_000)
            } catch {
                throw Failure(.usage, "\(path): the file for refused lines cannot be written: \(error).")
            }
        }
    }

    /// Empties the file, where it is one that can be emptied.
    func begin() async throws {
        // The descriptor is open for writing and its number is our own.
        try await onQueue { [descriptor] in _ = ftruncate(descriptor.rawValue, 0) }
    }

    /// Spells the object of a refused line: `{"file":…,"line":…,"code":…,"message":…,"text":…}` and a line end.
    ///
    /// Bytes that are not UTF-8 are shown as U+FFFD.
    static func append(
        file: String, line: Int, _ refusal: Refusal, text: ArraySlice<UInt8>, to objects: inout [UInt8]
    ) {
        objects.append(text: "{\"file\":")
        CanonicalJSON.append(string: file, to: &objects)
        objects.append(text: ",\"line\":\(line),\"code\":\"\(refusal.code.rawValue)\",\"message\":")
        CanonicalJSON.append(string: refusal.message, to: &objects)
        objects.append(text: ",\"text\":")
        CanonicalJSON.append(string: String(decoding: text, as: UTF8.self), to: &objects)
        objects.append(text: "}\n")
    }

    /// Adds objects at the end and returns when the system has taken them.
    func write(_ objects: [UInt8]) async throws {
        try await onQueue { [descriptor] in _ = try descriptor.writeAll(objects) }
    }

    /// Ends the file.
    func close() async throws { try await onQueue { [descriptor] in try descriptor.close() } }

    private func onQueue(_ body: @escaping @Sendable () throws -> Void) async throws {
        let result: Result<Void, Failure> = await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: Result(catching: body).mapError(failure)) }
        }
        try result.get()
    }

    private func failure(_ error: any Error) -> Failure {
        Failure(.fellShort, "\(path): the file for refused lines cannot be written any further: \(error).")
    }
}

/// Which file a path leads to, links followed.
struct FileIdentity: Equatable {
    private let device: Int
    private let number: Int

    /// The regular file at a path; `nil` where there is none.
    init?(_ path: String) {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: resolved),
            attributes[.type] as? FileAttributeType == .typeRegular,
            let device = attributes[.systemNumber] as? Int, let number = attributes[.systemFileNumber] as? Int
        else { return nil }
        self.device = device
        self.number = number
    }
}
