import Logging
import ServiceLifecycle
import Telemetry
import Testing

@Suite("The life of the metrics endpoint", .timeLimit(.minutes(2))) struct EndpointLifeTests {
    private enum Ending: CaseIterable {
        case graceful
        case cancelled
    }

    private enum Connection: String, CaseIterable {
        case none
        case idle
        case withinRequest
        case asking
    }

    private struct Group {
        let endpoint: MetricsEndpoint
        let ports: AsyncStream<UInt16>

        init(port: UInt16 = 0) {
            let (ports, told) = AsyncStream.makeStream(of: UInt16.self)
            self.ports = ports
            endpoint = MetricsEndpoint(port: port, metrics: PrometheusMetrics(), whenListening: { told.yield($0) }) {
                try? await Task.sleep(for: .seconds(60))
                return .ready
            }
        }
    }

    @Test(
        "ends at once, whatever connections are open, and its port is free then",
        arguments: Ending.allCases,
        Connection.allCases
    )
    private func ending(_ ending: Ending, _ connection: Connection) async throws {
        let first = Group()
        let services = ServiceGroup(services: [first.endpoint], logger: Logger(label: "test"))
        let port = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let port = try #require(await first.ports.first { _ in true })
            let client = connection == .none ? nil : try await WebClient(port: port)
            if let client { #expect(try await client.ask("GET", "/healthz").body == "ok\n") }
            if connection == .withinRequest { try await client?.send("GET /metr") }
            if connection == .asking {
                try await client?.send("GET /readyz HTTP/1.1\r\n\r\n")
                try await Task.sleep(for: .milliseconds(100))
            }
            let start = ContinuousClock.now
            switch ending {
            case .graceful: await services.triggerGracefulShutdown()
            case .cancelled: group.cancelAll()
            }
            try await group.waitForAll()
            // Without an end of its own a connection stays for ninety seconds.
            #expect(start.duration(to: .now) < .seconds(30))
            if connection == .idle || connection == .withinRequest {
                #expect(try await client?.untilClosed() == "")
            } else if let client {
                _ = try await client.untilClosed()
            }
            #expect(try await Self.isFreed(port))
            return port
        }

        let second = Group(port: port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await second.endpoint.run() }
            #expect(await second.ports.first { _ in true } == port)
            #expect(try await WebClient(port: port).ask("GET", "/healthz").status == 200)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Whether nobody listens on a port any more.
    ///
    /// A process that another test is starting has copies of all open files until it has become another program, so that
    /// a closed port may be held for a moment; nobody answers there.
    private static func isFreed(_ port: UInt16) async throws -> Bool {
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(10) {
            do {
                _ = try await WebClient(port: port)
            } catch is WebClient.Fault {
                return true
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test("ends when it is cancelled before it began")
    func cancelledBefore() async throws {
        let group = Group()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.cancelAll()
            tasks.addTask { try await group.endpoint.run() }
            try await tasks.waitForAll()
        }
    }

    @Test("is refused in a sentence where the port is taken")
    func takenPort() async throws {
        try await withEndpoint { port in
            let second = MetricsEndpoint(port: port, metrics: PrometheusMetrics()) { .ready }
            let error = await #expect(throws: MetricsEndpointError.self) { try await second.run() }
            #expect(
                error?.description
                    == "The metrics port \(port) on 127.0.0.1 cannot be opened: another program listens there already."
            )
            let answer = try await WebClient(port: port).ask("GET", "/healthz")
            #expect(answer.status == 200)
        }
    }

    @Test("ends a group of services where the port is taken")
    func takenPortInGroup() async throws {
        try await withEndpoint { port in
            let second = MetricsEndpoint(port: port, metrics: PrometheusMetrics()) { .ready }
            let services = ServiceGroup(services: [second], logger: Logger(label: "test"))
            await #expect(throws: MetricsEndpointError.self) { try await services.run() }
        }
    }

    @Test(
        "is refused in a sentence where the address is no address, or another machine's",
        arguments: [
            (
                "prometheus",
                "The metrics host \"prometheus\" is not an address: expected one of IPv4 or IPv6, such as 127.0.0.1 or "
                    + "::1."
            ),
            (
                "192.0.2.1",
                "The metrics port 9464 on 192.0.2.1 cannot be opened: this machine does not have the address."
            ),
            ("2001:db8::1", "The metrics port 9464 on 2001:db8::1 cannot be opened"),
        ]
    )
    func badAddress(host: String, sentence: String) async {
        let endpoint = MetricsEndpoint(host: host, port: 9464, metrics: PrometheusMetrics()) { .ready }
        let error = await #expect(throws: MetricsEndpointError.self) { try await endpoint.run() }
        #expect(error?.description.hasPrefix(sentence) == true, "\(String(describing: error))")
    }
}
