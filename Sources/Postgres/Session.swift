import CLibPQ

/// The living end of a ``Connection``: what a body given to ``Connection/perform(_:)`` works with.
///
/// Not Sendable, and so confined to that body. All methods block the connection's own thread, never the cooperative
/// pool. When the task is cancelled, the statement under way is stopped and every later one throws kind `cancelled`.
package final class Session {
    /// The connection to the server; `nil` once closed.
    private(set) var link: ServerLink?
    let gate: CancellationGate
    var statements = StatementCache()
    /// Set when the connection works but its state is not known, so that it must not be used again.
    private var isAbandoned = false
    /// Made by the first COPY to the server, then kept.
    private(set) lazy var copyBuffer = CopyBuffer(capacity: Limits.copyBufferBytes)

    init(gate: CancellationGate) {
        self.gate = gate
    }

    /// The server's version as one number: 150018 is 15.18.
    package var serverVersion: Int { link?.serverVersion ?? 0 }

    /// The process of the server that serves this session; 0 without a connection.
    package var backendProcessID: Int32 { link?.backendProcessID ?? 0 }

    /// Whether a transaction is open, also one that has failed.
    package var isInTransaction: Bool {
        guard let status = link?.transactionStatus else { return false }
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE
    }

    /// Whether the connection is lost; ``Connection/reconnect()`` makes a new one.
    package var isBroken: Bool { isAbandoned || link?.isLost ?? true }

    /// The latest notices of the server, oldest first, at most 32; they are handed out once.
    package func takeNotices() -> [Notice] { link?.takeNotices() ?? [] }

    /// Runs one or several statements by the simple protocol, without parameters and results.
    ///
    /// Several statements in one text are one transaction, unless they say otherwise.
    package func execute(_ sql: String) throws(PostgresError) {
        let link = try ready(sql)
        let result = link.execute(sql)
        try finish(result, of: sql)
    }

    /// Runs one statement with binary parameters (`$1`, `$2`, …) and returns its rows.
    ///
    /// From its second run on, a statement is kept prepared on the server.
    @discardableResult
    package func query(_ sql: String, _ parameters: [Parameter] = []) throws(PostgresError) -> Rows {
        let link = try ready(sql)
        let encoded = try EncodedParameters(parameters)
        let key = StatementCache.Key(sql: sql, types: encoded.types)
        switch statements.use(key) {
        case .direct:
            return Rows(try finish(link.run(.execute(sql, encoded)), of: sql))
        case .prepare(let name, let evicted):
            if let evicted { try finish(link.execute("DEALLOCATE \(evicted)"), of: sql) }
            try finish(link.run(.prepare(name, sql, encoded.types)), of: sql)
            statements.didPrepare(key, name)
            return Rows(try finish(link.run(.executePrepared(name, encoded)), of: sql))
        case .prepared(let name):
            do throws(PostgresError) {
                return Rows(try finish(link.run(.executePrepared(name, encoded)), of: sql))
            } catch {
                guard statements.recover(key, from: error.sqlState), !isInTransaction else { throw error }
                // The server refused the plan before it ran any of it, so the statement may be sent again.
                return Rows(try finish(link.run(.execute(sql, encoded)), of: sql))
            }
        }
    }
}

// MARK: - The connection

extension Session {
    /// What every session sets, whatever the role or the database says: warnings tell what became of a COMMIT.
    private static let settings = ["client_min_messages": "notice"]

    /// Opens a connection, or replaces the one there was.
    func connect(_ configuration: ConnectionConfiguration) throws(PostgresError) {
        disconnect()
        let link = try ServerLink(configuration)
        gate.replaceHandle(link.makeCancelHandle())
        self.link = link
        isAbandoned = false
        do throws(PostgresError) {
            let settings = Self.settings.merging(configuration.options) { _, chosen in chosen }
            for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
                try query("SELECT set_config($1, $2, false)", [.string(name), .string(value)])
            }
        } catch {
            disconnect()
            throw error
        }
    }

    /// Closes the connection; fine when there is none.
    func disconnect() {
        gate.replaceHandle(nil)
        statements = StatementCache()
        link = nil
    }

    /// Gives up a connection whose state is not known.
    func abandon() {
        isAbandoned = true
    }

    /// The connection, if a statement may be sent on it now.
    func ready(_ sql: String) throws(PostgresError) -> ServerLink {
        guard let link, !isBroken else { throw .notConnected(statement: sql) }
        guard !sql.utf8.contains(0) else { throw .misuse("A statement may not hold a NUL character.") }
        guard !gate.isRequested else { throw .cancelled(statement: sql) }
        return link
    }

    /// Turns an answer into a result or an error, and leaves the connection ready for the next statement.
    @discardableResult
    func finish(_ result: ServerResult?, of sql: String) throws(PostgresError) -> ServerResult {
        guard let result else { throw failure(nil, of: sql) }
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            return result
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            leaveCopy(result.status)
            throw PostgresError(.misuse, "A COPY is run by copyIn or copyOut only.", statement: sql)
        default:
            throw failure(result, of: sql)
        }
    }

    /// Describes a failed answer, or the lack of one.
    func failure(_ result: ServerResult?, of sql: String) -> PostgresError {
        let isLost = link?.isLost ?? true
        guard let result, let sqlState = result.field(troughDiagSQLState) else {
            // No answer of the server itself: whatever was sent, the connection cannot be trusted any more.
            abandon()
            let words = result.map { $0.message.trimmingTrailingNewlines } ?? link?.message ?? ""
            let message = words.isEmpty ? "the server gave no answer." : words
            return PostgresError(.connection, message, statement: sql)
        }
        let severity = result.field(troughDiagSeverity) ?? ""
        let isFatal = isLost || severity == "FATAL" || severity == "PANIC"
        if isFatal { abandon() }
        let isOurs = sqlState == "57014" && gate.isRequested
        var error = PostgresError(
            isFatal ? .connection : isOurs ? .cancelled : .server,
            result.field(troughDiagMessage) ?? result.message.trimmingTrailingNewlines,
            sqlState: sqlState,
            statement: sql
        )
        error.detail = result.field(troughDiagDetail)
        error.hint = result.field(troughDiagHint)
        error.context = result.field(troughDiagContext)
        error.constraint = result.field(troughDiagConstraint)
        error.table = result.field(troughDiagTable)
        error.schema = result.field(troughDiagSchema)
        error.column = result.field(troughDiagColumn)
        error.position = result.field(troughDiagPosition).flatMap { Int($0) }
        return error
    }
}
