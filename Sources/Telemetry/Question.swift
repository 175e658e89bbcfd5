import NIOCore
import NIOHTTP1

/// A request whose client waits for an answer.
struct Question: Sendable {
    /// What is asked.
    let request: HTTPRequestHead
    /// Where the answer goes; once it is closed, nowhere.
    let channel: any Channel
    /// What the client and this question hold together.
    let place: Place
}
