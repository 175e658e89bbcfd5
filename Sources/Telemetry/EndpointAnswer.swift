import NIOHTTP1

/// One answer of the endpoint.
struct EndpointAnswer: Sendable {
    /// Whether it is good news.
    var status: HTTPResponseStatus
    /// The type of the body.
    var type: String
    /// What it tells.
    var body: String
    /// Whether only the head of it was asked for.
    var isHead = false

    /// An answer in plain text, unless it has another type.
    init(_ status: HTTPResponseStatus, _ body: String, type: String = "text/plain; charset=utf-8") {
        self.status = status
        self.type = type
        self.body = body
    }

    /// The answer to what is no request that anything could be made of.
    init(to error: HTTPParserError) {
        switch error {
        case .headerOverflow:
            self.init(.requestHeaderFieldsTooLarge, "The head of the request is too long.\n")
        default: self.init(.badRequest, "This is not HTTP as it is spoken here.\n")
        }
    }

    /// The headers, of which the last one tells a client that no answer follows.
    func headers(isLast: Bool) -> HTTPHeaders {
        var headers: HTTPHeaders = ["Content-Type": type, "Content-Length": String(body.utf8.count)]
        if status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
        if isLast { headers.add(name: "Connection", value: "close") }
        return headers
    }
}
