import Glibc
import Telemetry
import Testing

@Suite("The bounds of the metrics endpoint", .timeLimit(.minutes(2))) struct EndpointBoundTests {
    @Test("are a loopback address that no other address leads to")
    func loopback() async throws {
        try await withEndpoint { port in
            let listening = OwnSocket.all(port: port).filter(\.isListening)
            #expect(listening.map(\.address) == ["127.0.0.1"])
            await #expect(throws: WebClient.Fault.refused(ECONNREFUSED)) {
                try await WebClient(port: port, address: "127.0.0.2")
            }
        }
    }

    @Test("close a connection that is idle for too long, before a request and within one", arguments: ["", "GET /me"])
    func idle(sent: String) async throws {
        try await withEndpoint(idleWait: .milliseconds(300)) { port in
            let client = try await WebClient(port: port)
            let start = ContinuousClock.now
            #expect(try await client.ask("GET", "/healthz").status == 200)
            try await client.send(sent)
            #expect(try await client.untilClosed().isEmpty)
            #expect(start.duration(to: .now) >= .milliseconds(250))
            #expect(try await WebClient(port: port).ask("GET", "/healthz").status == 200)
        }
    }

    @Test("close a connection that does not take its answer")
    func notTaking() async throws {
        // More than the buffers of both sides hold.
        let metrics = PrometheusMetrics()
        _ = metrics.makeMeter(label: "x", dimensions: [("long", String(repeating: "long ", count: 4_000_000))])
        try await withEndpoint(metrics: metrics, idleWait: .milliseconds(300)) { port in
            let client = try await WebClient(port: port)
            #expect(try await client.ask("GET", "/healthz").status == 200)
            try await client.send("GET /metrics HTTP/1.1\r\n\r\n")
            for _ in 0..<500 where OwnSocket.all(port: port).count > 1 {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(OwnSocket.all(port: port).count == 1)
            #expect(try await client.untilClosed().utf8.count < 20_000_000)
        }
    }

    @Test("close as many waiting connections as are too many, and no other")
    func tooMany() async throws {
        try await withEndpoint { port in
            var clients: [WebClient] = []
            for _ in 0..<Limits.waitingConnections + 8 { clients.append(try await WebClient(port: port)) }
            for _ in 0..<500 where clients.count(where: { $0.isClosed }) < 8 {
                try await Task.sleep(for: .milliseconds(20))
            }
            clients.removeAll { $0.isClosed }
            #expect(clients.count == Limits.waitingConnections)
            for client in clients { #expect(try await client.ask("GET", "/healthz").status == 200) }
            clients.removeLast()
            #expect(try await eventuallyAnswers(port))
        }
    }

    @Test("count a client that is gone until its answer is known", arguments: [false, true])
    func goneAsking(isBroken: Bool) async throws {
        let (answers, known) = AsyncStream.makeStream(of: Never.self)
        let readiness: @Sendable () async -> Readiness = {
            for await _ in answers {}
            return .ready
        }
        try await withEndpoint(readiness: readiness) { port in
            var clients: [WebClient] = []
            for _ in 0..<Limits.waitingConnections {
                clients.append(try await WebClient(port: port))
                try await clients.last?.send("GET /readyz HTTP/1.1\r\n\r\n")
            }
            try await Task.sleep(for: .milliseconds(200))
            if isBroken { for client in clients { client.breakOff() } }
            clients.removeAll()
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await WebClient(port: port).untilClosed().isEmpty)
            known.finish()
            #expect(try await eventuallyAnswers(port))
        }
    }

    /// Whether the port answers within a while: the server has to see first that a client is gone.
    private func eventuallyAnswers(_ port: UInt16) async throws -> Bool {
        for _ in 0..<300 {
            if let answer = try? await WebClient(port: port).ask("GET", "/healthz") { return answer.status == 200 }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    @Test("leave no socket to a program that is started meanwhile")
    func closedOnExecution() async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            #expect(try await client.ask("GET", "/healthz").status == 200)
            // Each becomes so when it first waits.
            var sockets: [OwnSocket] = []
            for _ in 0..<100 {
                sockets = OwnSocket.all(port: port)
                if sockets.allSatisfy({ $0.isClosedOnExecution }) { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(sockets.count == 2 && sockets.count(where: \.isListening) == 1)
            #expect(sockets.allSatisfy { $0.isClosedOnExecution })
            withExtendedLifetime(client) {}
        }
    }
}
