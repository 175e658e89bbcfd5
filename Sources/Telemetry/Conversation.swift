import NIOCore
import NIOHTTP1

/// What is said over one connection: a request, its answer, the next request.
///
/// It lives on the event loop. A client that sends requests at once is heard one by one: `HTTPServerPipelineHandler` before
/// it holds back the next one until an answer has ended, which it has once the client has taken it all. So a client that
/// takes nothing has no more than one answer in memory.
final class Conversation: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = EndpointAnswer
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Nothing is asked; the head of a request may be on its way.
        case waiting
        /// There is a head, and its body is dropped as it comes.
        case reading(HTTPRequestHead)
        /// The program has been asked.
        case asking(isLast: Bool)
        /// The client takes the answer.
        case telling(isLast: Bool)
        /// The last answer has been taken. What still comes is dropped, since closing at once would make the system
        /// tell the client so before it has read the answer.
        case leaving
    }

    private let idleWait: Duration
    private let place: Place
    private let ask: (Question) -> Void
    private var state = State.waiting
    private var deadline: Scheduled<Void>?

    /// Begins with a client that has said nothing.
    ///
    /// - Parameters:
    ///   - idleWait: how long it may take until a head is complete, or until the client takes some more of an answer.
    ///   - place: is kept for as long as the connection is open.
    ///   - ask: is told each request; its answer is written into the channel.
    init(idleWait: Duration, place: Place, ask: @escaping (Question) -> Void) {
        self.idleWait = idleWait
        self.place = place
        self.ask = ask
    }

    // MARK: - What the client does

    func channelActive(context: ChannelHandlerContext) {
        expect(within: idleWait, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.waiting, .head(let head)):
            state = .reading(head)
            expect(within: Limits.answerWait, context)
        case (.reading(let head), .end):
            state = .asking(isLast: Self.isLast(head))
            ask(Question(request: head, channel: context.channel, place: place))
        case (_, .body), (.leaving, _): break
        case (_, .head), (_, .end): preconditionFailure("a request came before the answer to the one before it")
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        switch state {
        case .waiting, .reading, .leaving: context.close(promise: nil)
        case .asking: state = .asking(isLast: true)
        case .telling: state = .telling(isLast: true)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state {
        case .waiting, .reading:
            guard let error = error as? HTTPParserError else { break }
            return tell(EndpointAnswer(to: error), isLast: true, context)
        case .telling(isLast: true), .leaving:
            // Whatever comes after a request that was refused is an error once more.
            if error is ByteToMessageDecoderError || error is HTTPParserError { return }
        case .asking, .telling: break
        }
        context.close(promise: nil)
    }

    /// Whether nothing more is heard after a request.
    ///
    /// After one that wants to go on in another protocol the parser stops. HTTP/1.0 has no connections that stay, unless
    /// both sides say so.
    private static func isLast(_ head: HTTPRequestHead) -> Bool {
        !head.isKeepAlive || head.version.minor == 0 || head.method == .CONNECT
            || head.headers.contains(name: "Upgrade")
    }

    // MARK: - What the client is told

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .asking(let isLast) = state else { preconditionFailure("an answer came that nobody waits for") }
        tell(unwrapOutboundIn(data), isLast: isLast, context)
        promise?.succeed()
    }

    private func tell(_ answer: EndpointAnswer, isLast: Bool, _ context: ChannelHandlerContext) {
        // Nobody is left to tell, and nothing may be expected of them.
        guard context.channel.isActive else { return }
        state = .telling(isLast: isLast)
        expect(within: idleWait, context)
        let head = HTTPResponseHead(
            version: .http1_1, status: answer.status, headers: answer.headers(isLast: isLast))
        var taken = context.write(wrapOutboundOut(.head(head)))
        var body = answer.isHead ? ByteBuffer() : ByteBuffer(string: answer.body)
        while body.readableBytes > 0,
            let part = body.readSlice(length: min(body.readableBytes, Limits.answerPartBytes))
        {
            taken = context.write(wrapOutboundOut(.body(.byteBuffer(part))))
            taken.assumeIsolated().whenSuccess { self.expect(within: self.idleWait, context) }
        }
        taken.assumeIsolated().whenSuccess { self.end(context) }
        context.flush()
    }

    private func end(_ context: ChannelHandlerContext) {
        guard case .telling(let isLast) = state else { preconditionFailure("an answer ended that nobody was told") }
        state = isLast ? .leaving : .waiting
        expect(within: isLast ? Limits.leavingWait : idleWait, context)
        // The next request may come within this call.
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if isLast { context.close(mode: .output, promise: nil) }
    }

    /// Closes the connection unless something else is expected before that.
    private func expect(within wait: Duration, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(wait)) {
            context.close(promise: nil)
        }
    }
}
