import Synchronization

/// A number that many tasks count up.
package final class Count: Sendable {
    private let number = Mutex(0)

    /// A count that begins at 0.
    package init() {}

    /// How far it has come.
    package var value: Int { number.withLock { $0 } }
    /// Counts one more.
    package func add() { number.withLock { $0 += 1 } }
}
