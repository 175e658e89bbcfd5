import FlyingFox
import Foundation

/// What the endpoint answers to a request.
struct EndpointAnswers: HTTPHandler {
    let metrics: PrometheusMetrics
    let readiness: @Sendable () async -> Readiness

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        // What is left of a body would be taken for the next request. Dropped as it comes, it needs no memory.
        if request.bodySequence.count != 0 {
            for try await _ in request.bodySequence {}
        }
        let isHead = request.method == .HEAD
        guard let answer = await answer(request.target.path(), isReading: isHead || request.method == .GET) else {
            return response(
                .notFound, "There is nothing here: ask for /metrics, /healthz or /readyz.\n", isHead: isHead)
        }
        return response(answer.status, answer.body, type: answer.type, isHead: isHead)
    }

    private struct Answer {
        var status = HTTPStatusCode.ok
        var body: String
        var type = Self.plain

        static let plain = "text/plain; charset=utf-8"
    }

    /// The answer of a path, or `nil` where nothing is.
    private func answer(_ path: String, isReading: Bool) async -> Answer? {
        guard ["/metrics", "/healthz", "/readyz"].contains(path) else { return nil }
        guard isReading else {
            return Answer(status: .methodNotAllowed, body: "\(path) can only be read: use GET or HEAD.\n")
        }
        switch path {
        case "/metrics": return Answer(body: metrics.text(), type: PrometheusMetrics.contentType)
        case "/readyz":
            switch await askReadiness() {
            case .ready: return Answer(body: "ready\n")
            case .notReady(let reason): return Answer(status: .serviceUnavailable, body: reason + "\n")
            }
        default: return Answer(body: "ok\n")
        }
    }

    private func askReadiness() async -> Readiness {
        let readiness = readiness
        return await withTaskGroup(of: Readiness?.self) { group in
            group.addTask { await readiness() }
            group.addTask {
                try? await Task.sleep(for: Limits.readinessWait)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next().flatMap(\.self)
                ?? .notReady(
                    reason: "whether it is ready was not known within \(Limits.readinessWait.components.seconds) s")
        }
    }

    private func response(
        _ status: HTTPStatusCode,
        _ body: String,
        type: String = Answer.plain,
        isHead: Bool
    ) -> HTTPResponse {
        let body = Data(body.utf8)
        var headers = HTTPHeaders([.contentType: type, .contentLength: String(body.count)])
        if status == .methodNotAllowed { headers[HTTPHeader("Allow")] = "GET, HEAD" }
        return HTTPResponse(statusCode: status, headers: headers, body: isHead ? Data() : body)
    }
}
