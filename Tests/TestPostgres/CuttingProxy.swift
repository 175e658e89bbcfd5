import Foundation
import Glibc
import Synchronization

/// Stands in front of a server's socket and passes bytes on, unchanged, until it is told to cut, delay or hold them.
///
/// Each connection has two threads, one for each direction, which block; so nothing of it runs on Swift's pool.
package final class CuttingProxy: Sendable {
    /// Which way bytes go.
    package enum Direction: String, Sendable, CaseIterable {
        case towardsServer = "towards the server"
        case towardsClient = "towards the client"
    }

    /// What happens to a connection that reaches a certain place.
    package enum Deed: Sendable, Equatable {
        /// After so many further bytes of this direction, the connection is closed at both ends; what follows is lost.
        case cut(Direction, after: Int)
        /// When these bytes have been passed to the server, the client's end is closed before any answer comes.
        case loseAnswer(to: [UInt8])
        /// Before these bytes are passed to the server, the connection is held until ``Order/release(_:)``.
        case hold(before: [UInt8])
        /// The client's end is closed when it has sent these bytes, which are on their way until
        /// ``Order/release(_:)``.
        case late([UInt8])

        fileprivate var direction: Direction {
            if case .cut(let direction, _) = self { direction } else { .towardsServer }
        }
    }

    /// A deed that waits for the first connection to which it applies, and what came of it.
    package final class Order: Sendable {
        /// How a held connection goes on.
        package enum Release: Sendable {
            case pass
            case cut
        }

        /// A connection that met the order.
        package struct Hit: Sendable, Equatable {
            /// The client's process.
            package var process: Int32
            /// How many bytes of the direction had been passed since the order, on this connection.
            package var passed: Int
            /// How many bytes that had come already were not passed.
            package var dropped: Int
        }

        fileprivate let deed: Deed
        fileprivate let applies: @Sendable (Int32) -> Bool
        private let state = Mutex<(hit: Hit?, release: Release?)>((nil, nil))

        fileprivate init(_ deed: Deed, _ applies: @escaping @Sendable (Int32) -> Bool) {
            self.deed = deed
            self.applies = applies
        }

        /// The connection that met the order, once there is one.
        package var hit: Hit? { state.withLock { $0.hit } }
        /// Lets a held connection go on.
        package func release(_ way: Release) { state.withLock { $0.release = $0.release ?? way } }

        fileprivate var released: Release? { state.withLock { $0.release } }
        fileprivate func meet(_ hit: Hit) { state.withLock { $0.hit = hit } }
    }

    private struct State {
        var isClosed = false
        var orders: [Order] = []
        var passed: [Direction: Int] = [:]
        var stalledUntil = ContinuousClock.now
        var delayed = 0
        var connections: [ObjectIdentifier: ProxiedConnection] = [:]
        var accepted = 0
    }

    /// The folder of the socket, which libpq takes for a host.
    package let folder: String
    private let target: String
    private let listener: Int32
    private let state = Mutex(State())

    /// A proxy that listens in a folder, in front of the server whose socket lies in another one.
    package init(in folder: String, before server: String) throws {
        self.folder = folder
        target = server + "/.s.PGSQL.5432"
        listener = try UnixSocket.listening(at: folder + "/.s.PGSQL.5432")
        Thread.detachNewThread { [self] in accept() }
    }

    /// Closes all connections and takes no more.
    package func close() {
        let connections = state.withLock { state in
            state.isClosed = true
            return Array(state.connections.values)
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections { connection.shut() }
    }

    /// Gives an order, for the clients whose process it applies to.
    package func order(_ deed: Deed, for applies: @escaping @Sendable (Int32) -> Bool = { _ in true }) -> Order {
        let order = Order(deed, applies)
        state.withLock { $0.orders.append(order) }
        return order
    }

    /// Takes an order back; lets go what it holds.
    package func withdraw(_ order: Order) {
        state.withLock { state in state.orders.removeAll { $0 === order } }
        order.release(.pass)
    }

    /// Passes nothing on for a while.
    package func stall(for duration: Duration) {
        let end = ContinuousClock.now.advanced(by: duration)
        state.withLock { $0.stalledUntil = max($0.stalledUntil, end) }
    }

    /// How many bytes have been passed.
    package func passed(_ direction: Direction) -> Int { state.withLock { $0.passed[direction] ?? 0 } }
    /// How many times bytes had to wait for the end of a stall.
    package var delayed: Int { state.withLock { $0.delayed } }
    /// How many connections there have been.
    package var accepted: Int { state.withLock { $0.accepted } }

    // MARK: - Connections

    private func accept() {
        while let client = UnixSocket.accepted(by: listener) {
            guard let server = UnixSocket.connected(to: target) else {
                Glibc.close(client)
                continue
            }
            let connection = ProxiedConnection(client: client, server: server)
            let isOpen = state.withLock { state in
                if state.isClosed { return false }
                state.connections[ObjectIdentifier(connection)] = connection
                state.accepted += 1
                return true
            }
            if !isOpen { connection.shut() }
            for direction in Direction.allCases {
                Thread.detachNewThread { [self] in
                    pump(connection, direction)
                    connection.shut()
                    if connection.threadEnded() {
                        state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
                    }
                }
            }
        }
        Glibc.close(listener)
    }

    /// Passes bytes of one direction on until the connection ends.
    private func pump(_ connection: ProxiedConnection, _ direction: Direction) {
        let isOutward = direction == .towardsServer
        let (from, to) = isOutward ? (connection.client, connection.server) : (connection.server, connection.client)
        var seen: [ObjectIdentifier: Int] = [:]
        while let chunk = UnixSocket.read(from) {
            waitForStall()
            let met = meet(chunk, connection, direction, &seen)
            var end = chunk.count
            var isCut = false
            if let met {
                switch met.deed {
                case .cut:
                    end = chunk.count - (met.hit?.dropped ?? 0)
                    isCut = true
                case .loseAnswer:
                    // The server gets all, and the end of the connection behind it; the client is cut off at once.
                    shutdown(connection.client, Int32(SHUT_RDWR))
                    isCut = true
                case .hold:
                    if !isLetGo(met) { end = 0 }
                    isCut = end == 0
                case .late:
                    shutdown(connection.client, Int32(SHUT_RDWR))
                    if !isLetGo(met) { end = 0 }
                    isCut = true
                }
            }
            // Counted first, so that whoever has got the bytes finds them counted.
            state.withLock { $0.passed[direction, default: 0] += end }
            guard UnixSocket.write(chunk[..<end], to: to) else { return }
            if isCut { return }
        }
    }

    /// Waits until it is said how a held connection goes on; whether it does.
    private func isLetGo(_ order: Order) -> Bool {
        while order.released == nil, !isClosed { usleep(1000) }
        return order.released == .pass
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func waitForStall() {
        var isCounted = false
        while true {
            let rest = state.withLock { state in
                let rest = state.isClosed ? .zero : ContinuousClock.now.duration(to: state.stalledUntil)
                if rest > .zero, !isCounted { state.delayed += 1 }
                return rest
            }
            if rest <= .zero { return }
            isCounted = true
            usleep(useconds_t(max(1, min(20_000, rest / .microseconds(1)))))
        }
    }

    /// The order that a chunk meets, if any; counts the chunk for those that are not reached yet.
    private func meet(
        _ chunk: [UInt8], _ connection: ProxiedConnection, _ direction: Direction, _ seen: inout [ObjectIdentifier: Int]
    ) -> Order? {
        state.withLock { state in
            for (index, order) in state.orders.enumerated()
            where order.deed.direction == direction && order.applies(connection.process) {
                let before = seen[ObjectIdentifier(order)] ?? 0
                let kept: Int
                switch order.deed {
                case .cut(_, let limit):
                    seen[ObjectIdentifier(order)] = before + chunk.count
                    guard before + chunk.count >= limit else { continue }
                    kept = limit - before
                case .loseAnswer(let pattern), .hold(let pattern), .late(let pattern):
                    seen[ObjectIdentifier(order)] = before + chunk.count
                    guard Self.holds(chunk, pattern) else { continue }
                    kept = chunk.count
                }
                state.orders.remove(at: index)
                order.meet(
                    .init(process: connection.process, passed: before + kept, dropped: chunk.count - kept))
                return order
            }
            return nil
        }
    }

    /// Whether a pattern lies in a chunk; libpq sends a message with one call, so that it comes in one piece.
    private static func holds(_ chunk: [UInt8], _ pattern: [UInt8]) -> Bool {
        guard let first = pattern.first, chunk.count >= pattern.count else { return false }
        var start = 0
        while let place = chunk[start...].firstIndex(of: first), place + pattern.count <= chunk.count {
            if chunk[place..<(place + pattern.count)].elementsEqual(pattern) { return true }
            start = place + 1
        }
        return false
    }
}

/// The two ends of a connection that goes through a proxy.
private final class ProxiedConnection: Sendable {
    let client: Int32
    let server: Int32
    let process: Int32
    private let threads = Mutex(2)

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
        process = UnixSocket.process(behind: client)
    }

    /// Ends the connection in both directions, which wakes both threads.
    func shut() {
        threads.withLock { threads in
            // Once both threads have ended, the numbers may belong to other files.
            guard threads > 0 else { return }
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
        }
    }

    /// Notes that a thread has ended, and closes both ends after the second; tells whether it was the second.
    func threadEnded() -> Bool {
        threads.withLock { threads in
            threads -= 1
            guard threads == 0 else { return false }
            Glibc.close(client)
            Glibc.close(server)
            return true
        }
    }
}
