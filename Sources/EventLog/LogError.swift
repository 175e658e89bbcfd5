package import Postgres

/// What can go wrong between a program and the log.
package enum LogError: Error, Sendable, CustomStringConvertible {
    /// PostgreSQL or the connection to it failed.
    case database(PostgresError)
    /// The database holds no log.
    case noSchema
    /// The log's tables have another version than the one this program works with.
    case schemaVersion(found: Int, expected: Int)
    /// The stored vocabulary is not the one this program works with.
    case vocabulary(String)
    /// There is no study of this name.
    case unknownStudy(String)
    /// A new study cannot have this name or this number of slices.
    case invalidStudy(String)
    /// What a stored event says cannot be decoded; its position is missing where it was not found.
    case undecodable(slice: Int, position: Int64?, subject: String, String)
    /// The tables do not hold together, in a way that no appender leaves behind: what does not, and where.
    case damaged(String)
    /// The server or database is not one that the log can live in.
    case unsuitableServer(String)
    /// The server kept failing: for how long since the first failure, how often, and the last error.
    case gaveUp(after: Duration, attempts: Int, PostgresError)
    /// A copy of the log has not come as far as the first one.
    case behind(String)
    /// What should be a copy of a log is none.
    case otherLog(String)
    /// The log is not the one, or not as far, as it was before the connection was lost.
    case changed(String)
    /// The rows of a study cannot be removed, whatever is done.
    case rowsShared(String)
    /// Only the owner of the log may do this.
    case notOwner(String)
    /// The rows of a study stay for now.
    case rowsStay(String)
    /// A slice has events behind or beside which whole histories cannot be put.
    case otherEvents(String)
    /// A `sequence` does not lie in the study.
    case invalidSequence(String)

    /// The failure as a sentence for people.
    package var description: String {
        switch self {
        case .database(let error) where error.isOfMissingLog:
            "The log that was in the database is gone, or not all of it is there: \(error.message). Was the database made "
                + "anew, or is it still being restored? Once the log is back in it, start again."
        case .database(let error): error.description
        case .noSchema:
            "The database is not a Trough log: it has no table \"trough.schema_version\". Run \"trough schema install\" to "
                + "make it one."
        case .schemaVersion(let found, let expected) where found < expected:
            "The log has schema version \(found) and this program needs \(expected). Run \"trough schema install\" to "
                + "upgrade it."
        case .schemaVersion(let found, let expected):
            "The log has schema version \(found) and this program knows only \(expected). Use a newer program."
        case .vocabulary(let word):
            "The log's vocabulary is not the one this program works with: \(word)."
        case .unknownStudy(let name):
            "There is no study \"\(name)\" in this log. \"trough status\" lists the studies; \"trough append\" makes one."
        case .invalidStudy(let reason): reason
        case .undecodable(let slice, let position, let subject, let reason):
            "An event of subject \"\(subject)\" \(position.map { "at position \($0) of" } ?? "in") slice \(slice) cannot be "
                + "decoded: \(reason) \"trough verify\" tells whether it was altered."
        case .damaged(let reason): "The log is damaged: \(reason) \"trough verify\" tells more."
        case .changed(let reason):
            "\(reason) Was the database put back to an earlier state? What was stored or printed since then may not be "
                + "in it."
        case .unsuitableServer(let reason): reason
        case .gaveUp(let duration, let attempts, let error):
            "The log could not be written: it was tried for \(duration.inSeconds), \(attempts) "
                + "time\(attempts == 1 ? "" : "s"). The last error: \(error.description)"
        case .behind(let reason), .otherLog(let reason), .invalidSequence(let reason), .rowsShared(let reason),
            .notOwner(let reason),
            .rowsStay(let reason), .otherEvents(let reason):
            reason
        }
    }
}

extension LogError {
    /// Whether this is only the echo of a cancelled task.
    package var isCancellation: Bool {
        if case .database(let error) = self { error.kind == .cancelled } else { false }
    }

    /// Whether a COMMIT was sent last and got no answer.
    var isOfUnknownCommit: Bool {
        switch self {
        case .database(let error), .gaveUp(_, _, let error): error.kind == .commitUnknown
        default: false
        }
    }
}

/// Translates an error met while reading: what has not the promised shape is damage.
func reading(_ error: PostgresError) -> LogError {
    error.kind == .misuse ? .damaged(error.message) : .database(error)
}

/// Runs a body that talks to PostgreSQL and translates its error at the module's edge.
package func translating<R>(_ body: () throws(PostgresError) -> R) throws(LogError) -> R {
    do throws(PostgresError) { return try body() } catch { throw .database(error) }
}

extension PostgresError {
    /// Whether the database has no log, or not all of one, where there was one before.
    ///
    /// Every command looks for the log's tables before it does anything else. Where one of them, or their schema, is missing
    /// later, somebody has taken it away meanwhile: most likely the database was dropped and made anew under its name, and
    /// whoever waited for it has come back to it before it was restored.
    package var isOfMissingLog: Bool { kind == .server && ["42P01", "3F000"].contains(sqlState) }
}
