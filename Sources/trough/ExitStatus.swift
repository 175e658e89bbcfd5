import EventLog
import LocalServer
import Postgres
import Projection
import Report

/// How the program ends, as other programs may rely on it.
enum ExitStatus: Sendable, Equatable {
    /// Done.
    case done
    /// Done, but something was refused or fell short.
    case fellShort
    /// Wrong usage: arguments, protocol file, unknown subject.
    case usage
    /// The database cannot be reached, is not a log, or has another schema version.
    case database
    /// Stopped by a signal, after finishing what was under way.
    case signal(Int32)
    /// A defect of the program.
    case defect

    /// The number that the process ends with.
    var code: Int32 {
        switch self {
        case .done: 0
        case .fellShort: 1
        case .usage: 2
        case .database: 3
        case .signal(let number): 128 + number
        case .defect: 70
        }
    }
}

/// A failure that a user can do something about: a sentence and an exit status.
struct Failure: Error, Sendable {
    /// How the program ends.
    var status: ExitStatus
    /// What, where, and what was expected.
    var message: String

    /// A failure from its parts.
    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The failure that an error of the log means to a user.
    init(_ error: LogError) {
        switch error {
        case .unknownStudy, .invalidStudy, .invalidSequence, .rowsShared, .otherEvents:
            self.init(.usage, error.description)
        case .rowsStay:
            self.init(.fellShort, error.description)
        case .database(let inner) where inner.kind == .misuse:
            self.init(.defect, error.description)
        case .database(let inner) where inner.kind == .cancelled:
            self.init(.done, "")
        case .database(let inner) where inner.sqlState == "42501":
            self.init(
                .database,
                inner.sentence + " Writing needs the role trough_writer, reading the role trough_reader.")
        case .database, .noSchema, .schemaVersion, .vocabulary, .undecodable, .damaged, .unsuitableServer, .gaveUp,
            .notOwner,
            .behind, .otherLog, .changed:
            self.init(.database, error.description)
        }
    }

    /// The failure that an error of the private PostgreSQL means to a user.
    init(_ error: LocalServerError) {
        if case .cancelled = error { self.init(.done, "") } else { self.init(.database, error.description) }
    }

    /// The failure that an error of a replay means to a user.
    init(_ error: ReplayError) {
        switch error {
        case .log(let error): self.init(error)
        case .spill(let error): self.init(error)
        }
    }

    /// The failure that outcomes which cannot be put aside or read again mean to a user.
    init(_ error: SpillError) { self.init(.fellShort, error.description) }

    /// The failure that an error of a report means to a user.
    init(_ error: ReportError) {
        if case .spilled(let error) = error { self.init(error) } else { self.init(.usage, error.description) }
    }
}

extension PostgresError {
    /// The description, so ended that another sentence may follow.
    var sentence: String { description.hasSuffix(".") ? description : description + "." }
}
