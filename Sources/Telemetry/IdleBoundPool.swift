import FlyingSocks
import Glibc
import Synchronization

/// The sockets of a server, of which none waits for its client longer than it may, and not too many at a time.
///
/// The server itself lets connections stay open for as long as their clients like. It asks a pool whenever a socket has
/// to wait, which is where this can be bounded.
struct IdleBoundPool<Base: AsyncSocketPool>: AsyncSocketPool {
    private let base: Base
    private let idleWait: Duration
    private let waitingCount = WaitingCount()

    /// Bounds another pool.
    init(_ base: Base, idleWait: Duration) {
        self.base = base
        self.idleWait = idleWait
    }

    func prepare() async throws { try await base.prepare() }

    func run() async throws { try await base.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        // The server opens its sockets so that a program started later would inherit them and keep the port.
        _ = fcntl(socket.file.rawValue, F_SETFD, FD_CLOEXEC)
        if try socket.getValue(for: BoolSocketOption(name: SO_ACCEPTCONN)) {
            return try await base.suspendSocket(socket, untilReadyFor: events)
        }
        guard waitingCount.enter() else { throw SocketError.disconnected }
        defer { waitingCount.leave() }
        let (base, idleWait) = (base, idleWait)
        try await withThrowingTaskGroup { group in
            group.addTask { try await base.suspendSocket(socket, untilReadyFor: events) }
            group.addTask {
                try await Task.sleep(for: idleWait)
                throw SocketError.disconnected
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// How many connections wait for their client.
private final class WaitingCount: Sendable {
    private let count = Mutex(0)

    /// Counts one more, unless there are as many as there may be.
    func enter() -> Bool {
        count.withLock { count in
            guard count < Limits.waitingConnections else { return false }
            count += 1
            return true
        }
    }

    func leave() {
        count.withLock { $0 -= 1 }
    }
}
