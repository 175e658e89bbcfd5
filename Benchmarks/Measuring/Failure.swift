import Dispatch

/// Why a measurement cannot be made, or is not to be trusted.
package struct Failure: Error, CustomStringConvertible {
    /// What went wrong, as a sentence.
    package let description: String

    /// A failure with its sentence.
    package init(_ description: String) { self.description = description }
}

/// Runs work that blocks on a thread of its own, away from the cooperative pool.
package func onThread<R: Sendable>(_ label: String, _ work: @escaping @Sendable () throws -> R) async throws -> R {
    let queue = DispatchQueue(label: "trough.benchmark.\(label)")
    return try await withCheckedThrowingContinuation { continuation in
        queue.async { continuation.resume(with: Result(catching: work)) }
    }
}

/// How long work takes, in seconds.
package func elapsedSeconds(_ work: () async throws -> Void) async rethrows -> Double {
    let clock = ContinuousClock()
    let duration = try await clock.measure { try await work() }
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}
