import Foundation
import Glibc
import Synchronization
import TestData
import TestPostgres
import Testing

/// The proxy in front of a server that answers each message of a client with the same bytes.
@Suite("The proxy of the fault tests", .timeLimit(.minutes(2)))
struct CuttingProxyTests {
    @Test("Bytes go through unchanged in both directions, over several connections at once")
    func unchanged() async throws {
        try await withEcho { proxy, echo in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        var random = SeededRandom(seed: UInt64(number))
                        let bytes = (0..<Int.random(in: 1...300_000, using: &random)).map { _ in
                            UInt8(truncatingIfNeeded: random.next())
                        }
                        let client = try #require(UnixSocket.connected(to: proxy.folder + "/.s.PGSQL.5432"))
                        let back = await exchange(bytes, over: client)
                        #expect(back == bytes)
                        return bytes.count
                    }
                }
                let sent = try await group.reduce(0, +)
                #expect(proxy.passed(.towardsServer) == sent)
                #expect(proxy.passed(.towardsClient) == sent)
                #expect(echo.received.count == sent)
                #expect(proxy.accepted == 4)
            }
        }
    }

    @Test("A connection is cut after exactly as many bytes as told", arguments: [0, 1, 7, 16_384, 16_385, 70_000])
    func cutAfter(_ count: Int) async throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await withEcho { proxy, echo in
            let order = proxy.order(.cut(.towardsServer, after: count))
            let client = try #require(UnixSocket.connected(to: proxy.folder + "/.s.PGSQL.5432"))
            let back = await exchange(bytes, over: client)
            #expect(try #require(order.hit).passed == count)
            #expect(order.hit?.process == getpid())
            #expect(proxy.passed(.towardsServer) == count)
            #expect(bytes.starts(with: back))
            try await untilEnded(echo)
            #expect(echo.received == Array(bytes[..<count]))
        }
        try await withEcho { proxy, _ in
            let order = proxy.order(.cut(.towardsClient, after: count))
            let client = try #require(UnixSocket.connected(to: proxy.folder + "/.s.PGSQL.5432"))
            let back = await exchange(bytes, over: client)
            #expect(try #require(order.hit).passed == count)
            // What was on its way when the connection was closed may be lost too, but nothing else comes.
            #expect(back.count <= count && bytes.starts(with: back))
            #expect(proxy.passed(.towardsClient) == count)
        }
    }

    @Test("A lost answer: the server has got the message, the client gets nothing")
    func loseAnswer() async throws {
        try await withEcho { proxy, echo in
            let order = proxy.order(.loseAnswer(to: Array("COMMIT\0".utf8)))
            let client = try #require(UnixSocket.connected(to: proxy.folder + "/.s.PGSQL.5432"))
            let back = await exchange(Array("Q...COMMIT\0".utf8), over: client)
            #expect(back.isEmpty)
            #expect(order.hit?.process == getpid())
            try await untilEnded(echo)
            #expect(echo.received == Array("Q...COMMIT\0".utf8))
        }
    }

    @Test("A held connection goes on when it is released, or ends without its message")
    func hold() async throws {
        for way in [CuttingProxy.Order.Release.pass, .cut] {
            try await withEcho { proxy, echo in
                let order = proxy.order(.hold(before: Array("COMMIT".utf8))) { $0 == getpid() }
                let client = try #require(UnixSocket.connected(to: proxy.folder + "/.s.PGSQL.5432"))
                async let back = exchange(Array("COMMIT".utf8), over: client)
                while order.hit == nil { try await Task.sleep(for: .milliseconds(1)) }
                try await Task.sleep(for: .milliseconds(50))
                #expect(echo.received.isEmpty)
                order.release(way)
                let expected = way == .pass ? "COMMIT" : ""
                #expect(await back == Array(expected.utf8))
                #expect(echo.received == Array(expected.utf8))
            }
        }
    }

    @Test("A stall delays, and orders for other processes change nothing")
    func stall() async throws {
        try await withEcho { proxy, _ in
            let order = proxy.order(.cut(.towardsServer, after: 0)) { $0 != getpid() }
            proxy.stall(for: .milliseconds(300))
            let began = ContinuousClock.now
            let client = try #require(UnixSocket.connected(to: proxy.folder + "/.s.PGSQL.5432"))
            #expect(await exchange([1, 2, 3], over: client) == [1, 2, 3])
            #expect(began.duration(to: .now) > .milliseconds(250))
            #expect(proxy.delayed > 0)
            #expect(order.hit == nil)
        }
    }

    private func withEcho(_ body: (CuttingProxy, EchoServer) async throws -> Void) async throws {
        let (front, back) = (try TestFolder(), try TestFolder())
        let echo = try EchoServer(at: back.path + "/.s.PGSQL.5432")
        let proxy = try CuttingProxy(in: front.path, before: back.path)
        defer {
            proxy.close()
            echo.close()
        }
        try await body(proxy, echo)
    }

    /// Waits until the server has seen the end of a connection.
    private func untilEnded(_ echo: EchoServer) async throws {
        while echo.ended == 0 { try await Task.sleep(for: .milliseconds(1)) }
    }
}

/// Sends all bytes, and gathers what comes back until as much has come or the connection ends.
private func exchange(_ bytes: [UInt8], over socket: Int32) async -> [UInt8] {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { _ = UnixSocket.write(bytes[...], to: socket) }
        Thread.detachNewThread {
            var back: [UInt8] = []
            while back.count < bytes.count, let more = UnixSocket.read(socket) { back += more }
            shutdown(socket, Int32(SHUT_RDWR))
            continuation.resume(returning: back)
        }
    }
}

/// Sends everything back that it gets.
private final class EchoServer: Sendable {
    private let listener: Int32
    private let state = Mutex<(received: [UInt8], ended: Int)>(([], 0))

    init(at path: String) throws {
        listener = try UnixSocket.listening(at: path)
        Thread.detachNewThread { [self] in
            while let client = UnixSocket.accepted(by: listener) {
                Thread.detachNewThread { [self] in
                    while let bytes = UnixSocket.read(client) {
                        state.withLock { $0.received += bytes }
                        _ = UnixSocket.write(bytes[...], to: client)
                    }
                    state.withLock { $0.ended += 1 }
                    Glibc.close(client)
                }
            }
        }
    }

    var received: [UInt8] { state.withLock { $0.received } }
    var ended: Int { state.withLock { $0.ended } }
    func close() { shutdown(listener, Int32(SHUT_RDWR)) }
}
