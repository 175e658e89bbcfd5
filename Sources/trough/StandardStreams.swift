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
    /// What has to be cleared away before the program ends since nobody takes what is written.
    private var clearAway: (@Sendable () async -> Void)?

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
        guard let refusal = await offer(bytes) else { return }
        await clearAway?()
        end(after: refusal)
    }

    /// Writes a text where that is possible, and tells why it is not; for those who have to clear away before they end.
    func offer(_ text: String) async -> Refusal? { await offer(Array(text.utf8)) }

    private func offer(_ bytes: [UInt8]) async -> Refusal? {
        if bytes.isEmpty { return nil }
        return await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: put(bytes)) }
        }
    }

    /// Writes at once, for callers that are not asynchronous: log lines and progress.
    func writeNow(_ text: String) {
        if let refusal = queue.sync(execute: { put(Array(text.utf8)) }) { end(after: refusal) }
    }

    /// The same stream for those who have to clear away when nobody takes what they write, which ends the program.
    func clearingAway(_ body: @escaping @Sendable () async -> Void) -> StandardStreams {
        Self.outliveReaders()
        var stream = self
        stream.clearAway = body
        return stream
    }

    /// Lets writing to a pipe that nobody reads any more fail, instead of ending the program at once; for those who have to
    /// clear away before.
    static func outliveReaders() {
        // What the program starts later does not mind: a server ignores this signal anyway.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Why the system did not take what was written.
    struct Refusal: Sendable {
        fileprivate var number: Int32
    }

    /// Ends the program, as the system's own tools do, where data could not be written.
    ///
    /// Their reader is gone, or the disk is full. Words for people may be lost without harm to the work under way.
    func end(after refusal: Refusal) {
        if descriptor == STDERR_FILENO { return }
        if refusal.number != EPIPE {
            errno = refusal.number
            unsafe perror("trough: writing to standard output")
        }
        _exit(refusal.number == EPIPE ? 128 + SIGPIPE : 1)
    }

    /// Ends the program where the reader of a pipe is gone, for those who may have nothing to write for a long time.
    func endIfUnread() {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        let count = unsafe poll(&state, 1, 0)
        if count > 0, state.revents & Int16(POLLERR) != 0 { end(after: Refusal(number: EPIPE)) }
    }

    private func put(_ bytes: [UInt8]) -> Refusal? {
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
                return Refusal(number: errno)
            }
        }
        return nil
    }
}
