package import EventLog
package import Postgres

/// What keeps a worker from projecting.
package enum LiveProjectionError: Error, Sendable, CustomStringConvertible {
    /// The log failed.
    case log(LogError)
    /// The set of this protocol was superseded by another one.
    case retired(set: Int32, study: String)
    /// The set was removed while the worker made it.
    case dropped(set: Int32)

    /// The failure as a sentence for people.
    package var description: String {
        switch self {
        case .log(let error): error.description
        case .dropped(let set): "Set \(set), which this worker made, was dropped."
        case .retired(let set, let study):
            "Set \(set), which holds the outcomes of study \"\(study)\" under this protocol, was superseded by another "
                + "one. \"trough worker drop \(set)\" removes it, after which a worker makes it anew."
        }
    }
}

extension PostgresError {
    /// Whether one who has all the time in the world goes on trying.
    ///
    /// What passes by itself, a disk that is full until somebody makes room, and a statement that was ended from outside,
    /// by a timeout or by somebody who cancelled it.
    package var isWorthWaiting: Bool {
        isPassing || kind == .server && ["53100", "57014", "25P03", "25P04"].contains(sqlState)
    }
}
