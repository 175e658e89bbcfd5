import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// What takes the endpoint's connections and makes questions of what is sent over them, on threads of its own.
struct EndpointListener: Sendable {
    private let idleWait: Duration
    private let places = Places(Limits.waitingConnections)
    private let ask: @Sendable (Question) -> Void

    /// Describes a listener; `ask` must not wait.
    init(idleWait: Duration, ask: @escaping @Sendable (Question) -> Void) {
        self.idleWait = idleWait
        self.ask = ask
    }

    /// Why a connection is closed before anything is read from it.
    private struct NoPlace: Error {}

    /// Begins to listen.
    func listen(at address: SocketAddress, on threads: MultiThreadedEventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: threads)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.closeOnExecution(channel) }
            }
            // A client that ends its side still gets its answers.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // How much is read ahead of what is answered.
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: Limits.readBytes))
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.closeOnExecution(channel)
                    guard let place = places.take() else { throw NoPlace() }
                    try channel.pipeline.syncOperations.addHandlers(handlers(place))
                }
            }
            .bind(to: address).get()
    }

    private func handlers(_ place: Place) -> [any ChannelHandler] {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = Limits.headBytes
        limits.maxHeaderListSize = Limits.headBytes
        limits.maxHeaderFieldCount = Limits.headFields
        let decoder = HTTPRequestDecoder(limitConfiguration: limits)
        return [
            HTTPResponseEncoder(),
            // The decoder counts what is said. Blanks say nothing, but are kept until the end of their line.
            ByteToMessageHandler(decoder, maximumBufferSize: Limits.headBytes),
            HTTPServerPipelineHandler(),
            Conversation(idleWait: idleWait, place: place, ask: ask),
        ]
    }

    /// A program started later would inherit the socket and keep the port.
    private static func closeOnExecution(_ channel: any Channel) throws {
        try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            _ = fcntl($0, F_SETFD, FD_CLOEXEC)
        }
    }
}
