import CLibPQ

/// What a transaction may do and see.
package enum TransactionMode: Sendable, Hashable {
    /// Reads and writes; each statement sees what was committed before it (READ COMMITTED).
    case readWrite
    /// Reads and writes; all statements see the same snapshot (REPEATABLE READ).
    case repeatableRead
    /// Only reads; all statements see the same snapshot (REPEATABLE READ READ ONLY).
    case repeatableReadReadOnly

    fileprivate var begin: String {
        switch self {
        case .readWrite: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
        case .repeatableReadReadOnly: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        }
    }
}

extension Session {
    /// Runs `body` in a transaction: commits when it returns, rolls back when it throws.
    ///
    /// For a body annotated `{ () throws(PostgresError) in … }`.
    ///
    /// - Throws: what `body` throws; kind `commitUnknown` when COMMIT was sent and got no clear answer; kind `server`
    ///   when the server refused the COMMIT, so that nothing was changed.
    package func transaction<R>(
        _ mode: TransactionMode = .readWrite,
        _ body: () throws(PostgresError) -> R
    ) throws(PostgresError) -> R {
        try begin(mode)
        let value: R
        do throws(PostgresError) {
            value = try body()
        } catch {
            rollback()
            throw error
        }
        try commit()
        return value
    }

    /// Runs `body`, which may throw errors of any type, in a transaction.
    @_disfavoredOverload
    package func transaction<R>(_ mode: TransactionMode = .readWrite, _ body: () throws -> R) throws -> R {
        try begin(mode)
        let value: R
        do {
            value = try body()
        } catch {
            rollback()
            throw error
        }
        try commit()
        return value
    }

    private func begin(_ mode: TransactionMode) throws(PostgresError) {
        guard !isInTransaction else {
            throw .misuse("A transaction is open already; transactions do not nest.")
        }
        try execute(mode.begin)
    }

    /// Ends the transaction without its changes; a connection on which even that fails is given up.
    private func rollback() {
        guard let link, !isBroken, isInTransaction else { return }
        _ = gate.shielded { link.execute("ROLLBACK") }
        if link.transactionStatus != PQTRANS_IDLE { abandon() }
    }

    /// Sends COMMIT and reads the answer with care: only a clear yes or a clear no counts.
    ///
    /// The server flushes the commit record before it answers, so a connection that breaks in between says nothing
    /// about what happened.
    private func commit() throws(PostgresError) {
        let sql = "COMMIT"
        guard let link, !isBroken else { throw .notConnected(statement: sql) }
        guard !gate.isRequested else {
            rollback()
            throw .cancelled(statement: sql)
        }
        guard link.transactionStatus == PQTRANS_INTRANS else {
            rollback()
            throw PostgresError(
                .misuse,
                "The transaction was ended by its body, or failed there without the body saying so.",
                statement: sql
            )
        }
        _ = link.takeNotices()
        let result = gate.shielded { link.execute(sql) }
        if result?.status == PGRES_COMMAND_OK, !link.isLost {
            return try judge(result?.commandTag ?? "", link.takeNotices())
        }
        var error = failure(result, of: sql)
        // 08007 and 40003 are the server's own ways to say that it does not know.
        let isRefused = error.kind != .connection && error.sqlState != "08007" && error.sqlState != "40003"
        if isRefused {
            // A refused COMMIT ends the transaction; should it not have, the connection is of no use.
            rollback()
            throw error
        }
        abandon()
        error.kind = .commitUnknown
        throw error
    }

    /// Looks behind a COMMIT that the server answered without an error.
    private func judge(_ commandTag: String, _ notices: [Notice]) throws(PostgresError) {
        guard commandTag == "COMMIT" else {
            throw PostgresError(
                .misuse,
                "The transaction had failed before COMMIT, and the server rolled it back.",
                statement: "COMMIT"
            )
        }
        // An administrator ended the wait for a synchronous standby: visible here, and lost if the standby takes over.
        if let notice = notices.first(where: { $0.severity == "WARNING" && $0.function == "SyncRepWaitForLSN" }) {
            throw PostgresError(.commitUnknown, notice.message, sqlState: notice.sqlState, statement: "COMMIT")
        }
    }
}
