import CoreMetrics
import Synchronization
import Telemetry
import Testing

@Suite("The metrics endpoint", .timeLimit(.minutes(2))) struct EndpointTests {
    @Test("serves the text of the metrics under its type")
    func metrics() async throws {
        let metrics = PrometheusMetrics(help: ["served": "Über alles."])
        Counter(label: "served", dimensions: [("by", "\u{1F98A}")], factory: metrics).increment(by: 3)
        for number in 0..<500 { Timer(label: "t", dimensions: [("n", "\(number)")], factory: metrics).recordSeconds(1) }
        let answer = try await withEndpoint(metrics: metrics) { port in
            try await WebClient(port: port).ask("GET", "/metrics?name=served")
        }
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(answer.body == metrics.text())
        #expect(answer.body.utf8.count > 100_000)
    }

    @Test("tells health and readiness, which may change")
    func readiness() async throws {
        final class State: Sendable { let now = Mutex(Readiness.notReady(reason: "the log is behind")) }
        let state = State()
        try await withEndpoint(readiness: { state.now.withLock { $0 } }) { port in
            let client = try await WebClient(port: port)
            let health = try await client.ask("GET", "/healthz")
            #expect(health.status == 200 && health.body == "ok\n")
            #expect(health.headers["content-type"] == "text/plain; charset=utf-8")
            let before = try await client.ask("GET", "/readyz")
            #expect(before.status == 503 && before.body == "the log is behind\n")
            state.now.withLock { $0 = .ready }
            let after = try await client.ask("GET", "/readyz")
            #expect(after.status == 200 && after.body == "ready\n")
        }
    }

    @Test("is not ready when readiness is not known in time, and answers other questions meanwhile")
    func slowReadiness() async throws {
        let wait: @Sendable () async -> Readiness = {
            try? await Task.sleep(for: .seconds(60))
            return .ready
        }
        try await withEndpoint(readiness: wait) { port in
            let waiting = try await WebClient(port: port)
            try await waiting.send("GET /readyz HTTP/1.1\r\n\r\n")
            #expect(try await WebClient(port: port).ask("GET", "/healthz").status == 200)
            let answer = try await waiting.answer()
            #expect(answer.status == 503 && answer.body == "whether it is ready was not known within 5 s\n")
        }
    }

    @Test("says in a sentence that elsewhere is nothing", arguments: ["/", "/metrics/x", "/Metrics", "/healthz/", "*"])
    func notFound(path: String) async throws {
        let answer = try await withEndpoint { try await WebClient(port: $0).ask("GET", path) }
        #expect(answer.status == 404)
        #expect(answer.body == "There is nothing here: ask for /metrics, /healthz or /readyz.\n")
    }

    @Test(
        "refuses other methods and keeps in step, however long their bodies are", arguments: ["POST", "PUT", "OPTIONS"])
    func otherMethods(method: String) async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            for size in [0, 1, 4_096, 4_097, 3_000_000] {
                for path in ["/metrics", "/healthz", "/readyz"] {
                    let body = String(repeating: "GET /metrics HTTP/1.1\n\n", count: size / 23 + 1).prefix(size)
                    let answer = try await client.ask(method, path, body: String(body))
                    #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD", "\(size)")
                    #expect(answer.body == "\(path) can only be read: use GET or HEAD.\n")
                }
            }
            #expect(try await client.ask("GET", "/healthz").body == "ok\n")
        }
    }

    @Test(
        "refuses what is not a request, such as a method that HTTP does not know, and goes on for others",
        arguments: ["BREW /metrics HTTP/1.1\r\n\r\n", "GET\r\n", "\u{0}\u{1}\n", "GET /metrics HTTP/3.0\r\n\r\n"]
    )
    func notRequest(text: String) async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            try await client.send(text)
            let answer = try await client.answer()
            #expect(answer.status == 400 && answer.headers["connection"] == "close")
            #expect(answer.body == "This is not HTTP as it is spoken here.\n")
            #expect(try await client.untilClosed().isEmpty)
            #expect(try await WebClient(port: port).ask("GET", "/healthz").body == "ok\n")
        }
    }

    @Test(
        "closes after the answer to a client that may not go on in HTTP",
        arguments: [
            "GET /healthz HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n",
            "GET /healthz HTTP/1.0\r\n\r\n", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "CONNECT example.org:443 HTTP/1.1\r\n\r\n",
        ]
    )
    func lastAnswer(request: String) async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            try await client.send(request + "what may follow")
            let answer = try await client.answer()
            #expect(answer.status == (request.hasPrefix("GET") ? 200 : 404))
            #expect(answer.headers["connection"] == "close")
            #expect(try await client.untilClosed().isEmpty)
        }
    }

    @Test("answers HEAD as GET without a body", arguments: ["/metrics", "/healthz", "/readyz", "/nowhere"])
    func head(path: String) async throws {
        let metrics = PrometheusMetrics()
        Meter(label: "x", factory: metrics).set(1)
        try await withEndpoint(metrics: metrics) { port in
            let client = try await WebClient(port: port)
            let full = try await client.ask("GET", path)
            let head = try await client.ask("HEAD", path)
            #expect(head.status == full.status && head.headers == full.headers && head.body.isEmpty)
            #expect(!full.body.isEmpty)
            #expect(try await client.ask("GET", path) == full)
        }
    }

    @Test("closes a connection that asks for it")
    func closing() async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            #expect(try await client.ask("GET", "/healthz", headers: "Connection: close\r\n").body == "ok\n")
            #expect(try await client.untilClosed().isEmpty)
        }
    }

    @Test("answers a client that sends nothing more", arguments: ["/healthz", "/readyz", "/metrics"])
    func halfClosed(path: String) async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            try await client.send("GET \(path) HTTP/1.1\r\n\r\nGET \(path) HTTP/1.1\r\n\r\n")
            client.endSending()
            for _ in 0..<2 { #expect(try await client.answer().status == 200) }
            #expect(try await client.untilClosed().isEmpty)
        }
    }

    @Test("answers requests that come at once in their order")
    func pipelining() async throws {
        let slow: @Sendable () async -> Readiness = {
            try? await Task.sleep(for: .milliseconds(200))
            return .notReady(reason: "slow")
        }
        try await withEndpoint(readiness: slow) { port in
            let client = try await WebClient(port: port)
            let paths = ["readyz", "healthz", "nowhere", "readyz", "healthz"]
            try await client.send(paths.map { "GET /\($0) HTTP/1.1\r\n\r\n" }.joined())
            var statuses: [Int] = []
            for _ in paths { statuses.append(try await client.answer().status) }
            #expect(statuses == [503, 200, 404, 503, 200])
        }
    }

    @Test(
        "survives what is not HTTP", arguments: ["\r\n\r\n", "nonsense\n", "GET\r\n", "\u{0}\u{1}\n", "GET /metrics"])
    func nonsense(text: String) async throws {
        try await withEndpoint { port in
            do {
                let client = try await WebClient(port: port)
                try await client.send(text)
            }
            #expect(try await WebClient(port: port).ask("GET", "/healthz").body == "ok\n")
        }
    }

    @Test("serves many scrapes at once while the metrics change")
    func manyScrapes() async throws {
        let metrics = PrometheusMetrics()
        try await withEndpoint(metrics: metrics) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<24 {
                    group.addTask {
                        let connection = try await WebClient(port: port)
                        for round in 0..<10 {
                            Counter(label: "c", dimensions: [("n", "\(client)")], factory: metrics).increment()
                            Timer(label: "t", factory: metrics).recordMilliseconds(round)
                            let answer = try await connection.ask("GET", "/metrics")
                            let text = try ParsedExposition(answer.body)
                            #expect(text.value("c_total", ["n": "\(client)"]) == Double(round + 1))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(try ParsedExposition(metrics.text()).value("t_count") == 240)
    }
}
