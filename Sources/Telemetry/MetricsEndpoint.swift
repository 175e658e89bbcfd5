import Glibc
import NIOCore
import NIOPosix
import ServiceLifecycle
import SystemPackage

/// Serves the metrics, health and readiness of the program over HTTP while it runs.
///
/// - `/metrics`: the text of ``PrometheusMetrics``.
/// - `/healthz`: `ok`, for as long as the program answers at all.
/// - `/readyz`: `ready`, or status 503 and the reason.
///
/// Nothing else is found, and nothing can be written. What a client can cost is bounded: the head of a request in length, all
/// that it does and takes in time, connections in number. Requests are read on a thread of the endpoint's own, so that
/// whatever is sent leaves the program's tasks alone until there is something to answer; the answers are made where all
/// tasks run, since an endpoint that answers while they cannot run would tell a lie.
///
/// Anybody who reaches it can read the metrics, so it belongs on loopback or another network of friends.
package struct MetricsEndpoint: Service {
    private let host: String
    private let port: UInt16
    private let answers: EndpointAnswers
    private let idleWait: Duration
    private let whenListening: @Sendable (UInt16) -> Void

    /// Describes an endpoint; nothing is opened before ``run()``.
    ///
    /// - Parameters:
    ///   - host: the address to listen on.
    ///   - port: the port, or 0 for any that is free.
    ///   - metrics: what `/metrics` tells.
    ///   - idleWait: how long a connection may go without a whole head of a request, or take nothing of an answer.
    ///   - whenListening: is told the port once connections are taken.
    ///   - readiness: is asked for each `/readyz`; it must end when its task is cancelled.
    package init(
        host: String = "127.0.0.1",
        port: UInt16,
        metrics: PrometheusMetrics,
        idleWait: Duration = Limits.idleWait,
        whenListening: @escaping @Sendable (UInt16) -> Void = { _ in },
        readiness: @escaping @Sendable () async -> Readiness
    ) {
        self.host = host
        self.port = port
        self.answers = EndpointAnswers(metrics: metrics, readiness: readiness)
        self.idleWait = idleWait
        self.whenListening = whenListening
    }

    /// Serves until a graceful shutdown or the cancellation of the task, which both end it at once.
    ///
    /// Connections that are open then are closed.
    package func run() async throws(MetricsEndpointError) {
        guard let address = try? SocketAddress(ipAddress: host, port: Int(port)) else { throw .host(host) }
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let failure = await serve(at: address, on: threads)
        // Closes what is open, and cannot fail for a group that is shut down once.
        try? await threads.shutdownGracefully()
        if let failure { throw failure }
    }

    /// Serves until it is told to end, or for as long as it can.
    private func serve(
        at address: SocketAddress,
        on threads: MultiThreadedEventLoopGroup
    ) async -> MetricsEndpointError? {
        // Never more at a time than there are places for connections.
        let (questions, asking) = AsyncStream.makeStream(of: Question.self)
        let listener = EndpointListener(idleWait: idleWait) { asking.yield($0) }
        do {
            let channel = try await listener.listen(at: address, on: threads)
            channel.closeFuture.whenComplete { _ in asking.finish() }
            whenListening(channel.localAddress?.port.flatMap(UInt16.init(exactly:)) ?? port)
        } catch {
            return .port(port, host: host, reason: Self.reason(error))
        }
        let answers = answers
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await question in questions {
                    group.addTask {
                        let answer = await answers.answer(question.request)
                        // Cut short, it would not be true.
                        guard !Task.isCancelled else { return }
                        question.channel.writeAndFlush(answer, promise: nil)
                    }
                }
                group.cancelAll()
            }
        }
        if Task.isCancelled || Task.isShuttingDownGracefully { return nil }
        return .stopped(host: host, reason: "it no longer listens")
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return switch error.errnoCode {
        case EADDRINUSE: "another program listens there already"
        case EACCES: "this user may not open it"
        case EADDRNOTAVAIL: "this machine does not have the address"
        default: "\(Errno(rawValue: error.errnoCode))"
        }
    }
}
