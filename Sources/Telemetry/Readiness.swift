/// Whether the program can do its work just now.
package enum Readiness: Sendable, Equatable {
    /// It can.
    case ready
    /// It cannot, for a reason that an operator understands.
    case notReady(reason: String)
}
