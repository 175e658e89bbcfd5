import Telemetry

/// Runs an endpoint on a free port for as long as a body takes, and cancels it then.
func withEndpoint<Value: Sendable>(
    metrics: PrometheusMetrics = PrometheusMetrics(),
    idleWait: Duration = Limits.idleWait,
    readiness: @escaping @Sendable () async -> Readiness = { .ready },
    _ body: @escaping @Sendable (UInt16) async throws -> Value
) async throws -> Value {
    let (ports, port) = AsyncStream.makeStream(of: UInt16.self)
    let endpoint = MetricsEndpoint(
        port: 0,
        metrics: metrics,
        idleWait: idleWait,
        whenListening: { port.yield($0) },
        readiness: readiness
    )
    return try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask {
            try await endpoint.run()
            return nil
        }
        group.addTask {
            for await port in ports { return try await body(port) }
            throw CancellationError()
        }
        defer { group.cancelAll() }
        guard let value = try await group.next().flatMap(\.self) else { throw CancellationError() }
        return value
    }
}
