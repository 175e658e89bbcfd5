/// What went wrong between Trough and PostgreSQL, in the server's own words where it spoke.
@usableFromInline
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// What a caller can do about the error.
    package enum Kind: Sendable, Hashable {
        /// The connection could not be made, or broke. Nothing was committed by the statement that failed.
        case connection
        /// The server answered with an error; ``PostgresError/sqlState`` is set.
        case server
        /// COMMIT was sent and got no clear answer: the transaction may or may not have happened.
        case commitUnknown
        /// The task was cancelled, and the work was stopped for it.
        case cancelled
        /// A result of unexpected shape, or a parameter that cannot be sent: a defect of the caller.
        case misuse
    }

    /// What a caller can do about the error.
    package var kind: Kind
    /// The five characters of the server's SQLSTATE, when the server answered.
    package var sqlState: String?
    /// The server's primary message, or a sentence of this module.
    package var message: String
    /// The server's detail; it may quote values of the data, so it is not part of ``description``.
    package var detail: String?
    /// The server's hint.
    package var hint: String?
    /// Where in stored code the error arose.
    package var context: String?
    /// The violated constraint.
    package var constraint: String?
    /// The table the error is about.
    package var table: String?
    /// The schema of ``table``.
    package var schema: String?
    /// The column the error is about.
    package var column: String?
    /// The character of the statement, counted from 1, at which the server saw the error.
    package var position: Int?
    /// The SQL that was being run, without the values of its parameters.
    package var statement: String?

    /// Makes an error of a kind with a sentence; the server's other fields are set afterwards.
    package init(_ kind: Kind, _ message: String, sqlState: String? = nil, statement: String? = nil) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
        self.statement = statement
    }

    /// One line for people: what happened, the server's words, SQLSTATE and the hint.
    @usableFromInline
    package var description: String {
        let lead =
            switch kind {
            case .connection: "The connection to PostgreSQL failed: "
            case .server: "PostgreSQL refused the statement: "
            case .commitUnknown: "It is not known whether the transaction was committed: "
            case .cancelled: "The work in PostgreSQL was cancelled: "
            case .misuse: ""
            }
        var text = lead + message
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let hint { text += " Hint: \(hint)" }
        if isOfReadOnlyServer {
            text += " It follows another server or takes no changes; expected the one that is written to."
        }
        return text
    }

    /// Whether the server would not write, whoever asks.
    private var isOfReadOnlyServer: Bool {
        switch sqlState {
        case "25006": true
        // The state stands for all that is not supported.
        case "0A000": message.hasSuffix("during recovery")
        default: false
        }
    }
}

extension PostgresError {
    /// A value that did not have the type or the length the caller asked for.
    static func misuse(_ message: String) -> PostgresError { PostgresError(.misuse, message) }

    /// The error of a session that has no living connection.
    static func notConnected(statement: String? = nil) -> PostgresError {
        PostgresError(
            .connection,
            "there is no open connection; it was closed or broke earlier, and reconnect() makes a new one.",
            statement: statement
        )
    }

    /// The error of work that stops because its task was cancelled.
    static func cancelled(statement: String? = nil) -> PostgresError {
        PostgresError(.cancelled, "the task was cancelled.", statement: statement)
    }
}
