/// Who writes to the log, and why; kept with every commit.
package struct Attribution: Sendable, Equatable {
    /// The person or system that is responsible.
    package var author: String
    /// Why, where it was said.
    package var reason: String?
    /// The program that wrote, with its version.
    package var client: String

    /// An attribution from its parts.
    package init(author: String, reason: String? = nil, client: String) {
        self.author = author
        // No reason and an empty one are the same, also in the chain.
        self.reason = reason?.isEmpty == true ? nil : reason
        self.client = client
    }
}

/// What the log decided about one event.
package enum Decision: UInt8, Sendable {
    /// It is stored, durably.
    case stored
    /// The same event was stored before; nothing was written.
    case duplicate
    /// Another event was stored before under the same subject, source and id; nothing was written.
    case conflict
}
