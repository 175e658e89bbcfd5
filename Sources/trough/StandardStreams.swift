import Dispatch
import Foundation

/// Standard output and standard error.
///
/// Writing waits for the reader on a queue of its own, never on the pool.
struct StandardStreams: Sendable {
    static let output = StandardStreams(descriptor: STDOUT_FILENO)
    static let error = StandardStreams(descriptor: STDERR_FILENO)

    private let descriptor: Int32
    private let queue: DispatchQueue

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        queue = DispatchQueue(label: "trough.stream.\(descriptor)")
    }

    /// Whether a person is looking.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// The width of the terminal in columns, 80 where there is none.
    var width: Int {
        var size = winsize()
        let known = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
        return known && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Writes a text and returns when the system has taken it.
    func write(_ text: String) async { await write(Array(text.utf8)) }

    /// Writes bytes and returns when the system has taken them.
    func write(_ bytes: [UInt8]) async {
        if bytes.isEmpty { return }
        await withCheckedContinuation { continuation in
            queue.async {
                put(bytes)
                continuation.resume()
            }
        }
    }

    /// Writes at once, for callers that are not asynchronous: log lines and progress.
    func writeNow(_ text: String) { queue.sync { put(Array(text.utf8)) } }

    private func put(_ bytes: [UInt8]) {
        var written = 0
        while written < bytes.count {
            // The array outlives the call, which reads no further than its end.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Foundation.write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count > 0 {
                written += count
            } else if errno == EAGAIN {
                usleep(1000)
            } else if errno != EINTR {
                // Words for people may be lost without harm to the work under way; data may not: their reader is gone or
                // the disk is full, and the program ends as the system's own tools do.
                if descriptor == STDERR_FILENO { return }
                if errno != EPIPE { unsafe perror("trough: writing to standard output") }
                _exit(errno == EPIPE ? 128 + SIGPIPE : 1)
            }
        }
    }
}
