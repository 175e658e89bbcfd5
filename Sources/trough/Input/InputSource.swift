import Dispatch
import Foundation

/// A file or standard input, read in chunks on a thread of its own.
struct InputSource: Sendable {
    /// What a wait for input gave.
    enum Chunk: Sendable {
        case bytes([UInt8])
        /// Nothing came within the time.
        case nothing
        case end
    }

    /// The name for messages: the path, or `-`.
    let name: String
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "trough.input")

    /// How much is read at once; several chunks make a commit.
    private static let chunkSize = 256 * 1024

    /// Opens a file, or standard input for `-`.
    init(_ path: String) throws {
        name = path
        guard !path.isEmpty else { throw Failure(.usage, "An event file has an empty name; expected a path, or -.") }
        if path == "-" {
            descriptor = STDIN_FILENO
            return
        }
        // Whoever fills a pipe may come only when the inputs before it are read; until then its end is not seen.
        var information = stat()
        let isPipe = unsafe stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFIFO
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | (isPipe ? O_NONBLOCK : 0))
        guard descriptor >= 0 else {
            throw Failure(.usage, "\(path): the event file cannot be opened: \(Self.reason()).")
        }
        if unsafe fstat(descriptor, &information) == 0,
            information.st_mode & S_IFMT == S_IFDIR
        {
            close(descriptor)
            throw Failure(.usage, "\(path): is a folder; a file with one event a line was expected.")
        }
    }

    /// Which regular file it is, `nil` for a pipe, a terminal or a device.
    var identity: FileIdentity? { FileIdentity(name == "-" ? "/proc/self/fd/0" : name) }

    /// How many bytes a regular file has; `nil` of what has no end that can be known.
    var size: Int? {
        var information = stat()
        guard unsafe fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(information.st_size)
    }

    /// Waits at most so long for input, and reads what there is.
    func read(within milliseconds: Int) async throws -> Chunk {
        let result: Result<Chunk, Failure> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: readNow(within: milliseconds)) }
        }
        return try result.get()
    }

    /// Gives the file back.
    func finish() {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    private func readNow(within milliseconds: Int) -> Result<Chunk, Failure> {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = unsafe poll(&request, 1, Int32(milliseconds))
        if ready == 0 || ready < 0 && errno == EINTR { return .success(.nothing) }
        var failed = false
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.chunkSize) { buffer, count in
            // The buffer is the array's own storage; the system writes no more than its size and says how much.
            let got = unsafe Foundation.read(descriptor, buffer.baseAddress, Self.chunkSize)
            failed = got < 0
            count = max(0, got)
        }
        if failed {
            if errno == EINTR || errno == EAGAIN { return .success(.nothing) }
            return .failure(Failure(.usage, "\(name): reading stopped: \(Self.reason())."))
        }
        return .success(bytes.isEmpty ? .end : .bytes(bytes))
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
