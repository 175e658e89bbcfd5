import Synchronization

/// A sum to which many tasks add.
final class Total: Sendable {
    private let sum = Mutex(0)

    var value: Int { sum.withLock { $0 } }
    func add(_ number: Int) { sum.withLock { $0 += number } }
}
