/// Why a batch could not be appended as a whole, and what became of it nevertheless.
package struct AppendFailure: Error, Sendable {
    /// What went wrong.
    package let reason: LogError
    /// For each record of the batch, in its order, what was decided and is durable; `nil` where nothing was.
    ///
    /// Lanes commit their shares each for itself, so that one may have succeeded.
    package let decisions: [Decision?]
    /// Whether the records without a decision are known not to be stored; a COMMIT without an answer may have stored them.
    package let isCertain: Bool
}

/// Why a lane could not append what it was given.
struct LaneFailure: Error {
    /// What went wrong.
    var reason: LogError
    /// Whether a transaction that got no answer may have stored all of it, or may still do so.
    var mayBeStored = false
}
