import Dispatch
import Foundation
import Synchronization

/// Standard output and standard error.
///
/// Writing waits for the reader on a queue of its own, never on the pool.
struct StandardStreams: Sendable {
    static let output = StandardStreams(descriptor: STDOUT_FILENO)
    static let error = StandardStreams(descriptor: STDERR_FILENO, besides: output)

    private let descriptor: Int32
    private let queue: DispatchQueue
    private let backlog = Backlog()
    /// What has to be cleared away before the program ends since nobody takes what is written.
    private var clearAway: (@Sendable () async -> Void)?

    /// - Parameter other: A stream that may lead to the same place, such as a terminal; what goes there is then written in
    ///   the order in which it came, by whichever of the two.
    init(descriptor: Int32, besides other: StandardStreams? = nil) {
        self.descriptor = descriptor
        if let other, Self.leadSame(descriptor, other.descriptor) {
            queue = other.queue
        } else {
            queue = DispatchQueue(label: "trough.stream.\(descriptor)")
        }
    }

    private static func leadSame(_ one: Int32, _ other: Int32) -> Bool {
        var (a, b) = (stat(), stat())
        guard unsafe fstat(one, &a) == 0, unsafe fstat(other, &b) == 0 else { return false }
        return a.st_dev == b.st_dev && a.st_ino == b.st_ino
    }

    /// Whether a person is looking.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// The width of the terminal in columns; where there is none, what the environment says, 80 without it.
    func width(_ environment: Environment) -> Int {
        var size = winsize()
        let known = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
        return known && size.ws_col > 0 ? Int(size.ws_col) : environment.columns ?? 80
    }

    /// Writes a text and returns when the system has taken it.
    func write(_ text: String) async { await write(Array(text.utf8)) }

    /// Writes bytes and returns when the system has taken them.
    func write(_ bytes: [UInt8]) async {
        guard let refusal = await offer(bytes) else { return }
        await clearAway?()
        await end(after: refusal)
    }

    /// Writes a text where that is possible, and tells why it is not; for those who have to clear away before they end.
    func offer(_ text: String) async -> Refusal? { await offer(Array(text.utf8)) }

    private func offer(_ bytes: [UInt8]) async -> Refusal? {
        if bytes.isEmpty { return nil }
        return await withCheckedContinuation { continuation in
            backlog.state.withLock { backlog in
                let loss = backlog.takeLoss()
                queue.async { continuation.resume(returning: put(loss.isEmpty ? bytes : loss + bytes)) }
            }
        }
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
    func end(after refusal: Refusal) async {
        if descriptor == STDERR_FILENO { return }
        guard refusal.number != EPIPE else {
            await Self.error.flush(within: Self.moment)
            _exit(128 + SIGPIPE)
        }
        let reason = unsafe String(cString: strerror(refusal.number))
        await Self.error.write("trough: writing to standard output: \(reason)\n")
        _exit(1)
    }

    /// Ends the program where the reader of a pipe is gone, for those who may have nothing to write for a long time.
    ///
    /// Returns also then: the end comes when all is written that was said to people before, or a moment later.
    func endIfUnread() {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        let count = unsafe poll(&state, 1, 0)
        guard count > 0, state.revents & Int16(POLLERR) != 0 else { return }
        Self.error.queue.async { _exit(128 + SIGPIPE) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 1) { _exit(128 + SIGPIPE) }
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

extension StandardStreams {
    /// How long words for people may take to be written where the program is to end without delay.
    static let moment = Duration.seconds(1)

    /// Says a line to people, such as one of the log, and returns at once.
    ///
    /// It waits in line where the reader is slow. Lines for which there is no room are counted, and how many they are is
    /// said in their place.
    func say(_ text: String) { enqueue(text, room: Backlog.room, isCounted: true) }

    /// The same for what may be left out where the reader is slow, such as how far the work has come.
    func show(_ text: String) { enqueue(text, room: Backlog.room / 64, isCounted: false) }

    /// The same for a picture that the next one replaces, which is left out where anything still waits: it would be out of
    /// date when it is seen.
    func draw(_ text: String) { enqueue(text, room: 0, isCounted: false) }

    private func enqueue(_ text: String, room: Int, isCounted: Bool) {
        backlog.state.withLock { state in
            guard let bytes = state.admit(text, room: room, isCounted: isCounted) else { return }
            queue.async {
                // Words for people that cannot be written are nobody's loss but theirs.
                _ = put(bytes)
                _ = put(backlog.state.withLock { $0.finish(bytes.count) })
            }
        }
    }

    /// Waits until all is written that was said before; a cancelled task waits no longer.
    func flush() async {
        let written = FirstAnswer<Void>()
        await withTaskCancellationHandler {
            queue.async { written.give(()) }
            await written.value()
        } onCancel: {
            written.give(())
        }
    }

    /// The same, but no longer than a time.
    func flush(within limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await flush() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
