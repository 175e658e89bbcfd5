import Telemetry
import Testing

@Suite("A client that means harm", .timeLimit(.minutes(2))) struct EndpointFloodTests {
    private enum Ending: CaseIterable {
        case held
        case closed
    }

    @Test("cannot keep the program from its work with lines that never end", arguments: Ending.allCases)
    private func endlessLines(_ ending: Ending) async throws {
        try await withEndpoint { port in
            var clients: [WebClient] = []
            for _ in 0..<2 {
                let client = try await WebClient(port: port)
                try await client.sendUnlessClosed("GET /" + String(repeating: "a", count: 1_000_000))
                if ending == .held { clients.append(client) }
            }
            let start = ContinuousClock.now
            #expect(try await WebClient(port: port).ask("GET", "/healthz").body == "ok\n")
            #expect(start.duration(to: .now) < .seconds(2))
            // As many as there are threads in the smallest pool, and more.
            let asleep = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await Task.sleep(for: .milliseconds(10)) } }
                try await group.waitForAll()
            }
            #expect(asleep.duration(to: .now) < .seconds(1))
            for client in clients { _ = try await client.untilClosed() }
        }
    }

    private enum LongPart: CaseIterable {
        case target
        case headerName
        case headerValue
        case headers
        case trailers

        var request: String {
            let long = String(repeating: "a", count: 20_000)
            let lines = String(repeating: "a: b\r\n", count: 4_000)
            return switch self {
            case .target: "GET /\(long)"
            case .headerName: "GET /healthz HTTP/1.1\r\n\(long)"
            case .headerValue: "GET /healthz HTTP/1.1\r\na: \(long)\r\n\r\n"
            case .headers: "GET /healthz HTTP/1.1\r\n\(lines)\r\n"
            case .trailers: "POST /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\(lines)\r\n"
            }
        }
    }

    @Test("is refused when the head of a request is too long", arguments: LongPart.allCases)
    private func longHead(_ part: LongPart) async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            try await client.sendUnlessClosed(part.request)
            let answer = try await client.answer()
            #expect(answer.status == 431 && answer.headers["connection"] == "close")
            #expect(answer.body == "The head of the request is too long.\n")
            #expect(try await client.untilClosed().isEmpty)
            #expect(try await WebClient(port: port).ask("GET", "/healthz").status == 200)
        }
    }

    @Test("is cut off when nothing of a head can be told from its blanks")
    func blanks() async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            try await client.sendUnlessClosed("GET / HTTP/1.1\r\na:" + String(repeating: " ", count: 1_000_000))
            #expect(try await client.untilClosed().isEmpty)
        }
    }

    @Test("is told apart from one who has much to say")
    func longEnough() async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            let line = "x: " + String(repeating: "y", count: 120) + "\r\n"
            let headers = String(repeating: line, count: 100)
            for _ in 0..<3 {
                #expect(try await client.ask("GET", "/healthz", headers: headers).status == 200)
            }
        }
    }

    @Test("cannot hold a connection with a head that comes a byte at a time")
    func slowHead() async throws {
        try await withEndpoint(idleWait: .milliseconds(500)) { port in
            let client = try await WebClient(port: port)
            let start = ContinuousClock.now
            for byte in "GET /healthz HTTP/1.1\r\na: " + String(repeating: "b", count: 1_000) {
                try await client.sendUnlessClosed(String(byte))
                try await Task.sleep(for: .milliseconds(20))
                if client.isClosed { break }
            }
            #expect(client.isClosed)
            #expect(start.duration(to: .now) < .seconds(5))
            #expect(try await WebClient(port: port).ask("GET", "/healthz").status == 200)
        }
    }

    @Test("cannot hold a connection with a body that comes a byte at a time")
    func slowBody() async throws {
        try await withEndpoint { port in
            let client = try await WebClient(port: port)
            try await client.send("POST /healthz HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
            let start = ContinuousClock.now
            while !client.isClosed, start.duration(to: .now) < .seconds(30) {
                try await client.sendUnlessClosed("a")
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(client.isClosed)
            #expect(start.duration(to: .now) > .seconds(9))
        }
    }

    @Test("gets no more than one answer before it takes the last one")
    func notTakingMany() async throws {
        let metrics = PrometheusMetrics()
        _ = metrics.makeMeter(label: "x", dimensions: [("long", String(repeating: "long ", count: 400_000))])
        try await withEndpoint(metrics: metrics) { port in
            let client = try await WebClient(port: port)
            let before = try OwnMemory.residentBytes()
            try await client.send(String(repeating: "GET /metrics HTTP/1.1\r\n\r\n", count: 100))
            try await Task.sleep(for: .milliseconds(500))
            // A hundred are 200 MB.
            #expect(try OwnMemory.residentBytes() - before < 100_000_000)
            for _ in 0..<100 { #expect(try await client.answer().status == 200) }
        }
    }
}
