import FlyingFox
import FlyingSocks
import Foundation
import Glibc
import ServiceLifecycle

/// Serves the metrics, health and readiness of the program over HTTP while it runs.
///
/// - `/metrics`: the text of ``PrometheusMetrics``.
/// - `/healthz`: `ok`, for as long as the program answers at all.
/// - `/readyz`: `ready`, or status 503 and the reason.
///
/// Nothing else is found, and nothing can be written. Two things are as the server beneath has them: a method that HTTP
/// does not know finds nothing either, and the head of a request may be as long as its client sends it without a pause.
/// So the endpoint belongs on loopback or another network of friends.
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
    ///   - idleWait: how long a connection may send and take nothing before it is closed.
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

    /// How a part of a run ended.
    private enum End: Sendable {
        case listening
        case told
        case asked
        case failed(String)
    }

    /// Serves until a graceful shutdown or the cancellation of the task, which both end it at once.
    ///
    /// Connections that are open then are closed.
    package func run() async throws(MetricsEndpointError) {
        let server = HTTPServer(config: try configuration(), handler: answers)
        let whenListening = whenListening
        let (failure, wasListening) = await withTaskGroup(of: End.self) { group in
            group.addTask {
                do {
                    try await server.run()
                    return .asked
                } catch {
                    return Task.isCancelled ? .asked : .failed(Self.reason(error))
                }
            }
            group.addTask {
                try? await server.waitUntilListening(timeout: Limits.listeningSeconds)
                guard let port = await server.listeningAddress?.port else { return .told }
                whenListening(port)
                return .listening
            }
            group.addTask {
                try? await gracefulShutdown()
                return .asked
            }
            defer { group.cancelAll() }
            var wasListening = false
            for await end in group {
                switch end {
                case .listening: wasListening = true
                case .told: continue
                case .asked: return (nil as String?, wasListening)
                case .failed(let reason): return (reason, wasListening)
                }
            }
            return (nil, wasListening)
        }
        guard let failure else { return }
        throw wasListening ? .stopped(host: host, reason: failure) : .port(port, host: host, reason: failure)
    }

    private func configuration() throws(MetricsEndpointError) -> HTTPServer.Configuration {
        let address: any SocketAddress
        if let four = try? sockaddr_in.inet(ip4: host, port: port) {
            address = four
        } else if let six = try? sockaddr_in6.inet6(ip6: host, port: port) {
            address = six
        } else {
            throw .host(host)
        }
        return HTTPServer.Configuration(
            address: address,
            timeout: Limits.answerSeconds,
            sharedRequestBufferSize: Limits.requestBodyBytes,
            sharedRequestReplaySize: Limits.requestBodyBytes,
            pool: IdleBoundPool(.ePoll(), idleWait: idleWait),
            logger: .disabled
        )
    }

    private static func reason(_ error: any Error) -> String {
        guard case SocketError.failed(_, let errno, let message) = error else { return error.localizedDescription }
        return switch errno {
        case EADDRINUSE: "another program listens there already"
        case EACCES: "this user may not open it"
        case EADDRNOTAVAIL: "this machine does not have the address"
        default: message
        }
    }
}

extension Socket.Address {
    /// The port, where the address has one.
    fileprivate var port: UInt16? {
        switch self {
        case .ip4(_, let port), .ip6(_, let port): port
        case .unix: nil
        }
    }
}
