package import EventLog

/// What keeps a worker from projecting.
package enum LiveProjectionError: Error, Sendable, CustomStringConvertible {
    /// The log failed.
    case log(LogError)
    /// The set of this protocol had been superseded by another one before the worker began.
    case retired(set: Int32, study: String)
    /// The set was superseded by another one while the worker made it.
    case superseded(set: Int32, study: String)
    /// The set was removed while the worker made it.
    case dropped(set: Int32)

    /// The failure as a sentence for people.
    package var description: String {
        switch self {
        case .log(let error): error.description
        case .dropped(let set): "Set \(set), which this worker made, was dropped."
        case .retired(let set, let study), .superseded(let set, let study):
            "Set \(set), which holds the outcomes of study \"\(study)\" under this protocol, was superseded by another "
                + "one. \"trough worker drop \(set)\" removes it, after which a worker makes it anew."
        }
    }
}
