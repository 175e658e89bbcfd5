import NIOHTTP1

/// What the endpoint answers to a request.
struct EndpointAnswers: Sendable {
    let metrics: PrometheusMetrics
    let readiness: @Sendable () async -> Readiness

    /// The answer to a request, whose body does not matter.
    func answer(_ request: HTTPRequestHead) async -> EndpointAnswer {
        let isHead = request.method == .HEAD
        let path = String(request.uri.prefix { $0 != "?" })
        var answer = await answer(path, isReading: isHead || request.method == .GET)
        answer.isHead = isHead
        return answer
    }

    private func answer(_ path: String, isReading: Bool) async -> EndpointAnswer {
        guard ["/metrics", "/healthz", "/readyz"].contains(path) else {
            return EndpointAnswer(.notFound, "There is nothing here: ask for /metrics, /healthz or /readyz.\n")
        }
        guard isReading else {
            return EndpointAnswer(.methodNotAllowed, "\(path) can only be read: use GET or HEAD.\n")
        }
        switch path {
        case "/metrics": return EndpointAnswer(.ok, metrics.text(), type: PrometheusMetrics.contentType)
        case "/readyz":
            switch await askReadiness() {
            case .ready: return EndpointAnswer(.ok, "ready\n")
            case .notReady(let reason): return EndpointAnswer(.serviceUnavailable, reason + "\n")
            }
        default: return EndpointAnswer(.ok, "ok\n")
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
}
