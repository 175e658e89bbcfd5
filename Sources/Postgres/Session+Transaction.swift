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

    /// Runs a transaction (READ COMMITTED) in two round trips: BEGIN goes out together with the first statements, COMMIT
    /// together with the last ones.
    ///
    /// The body gets the rows of the first statements, may run further ones, and gives the last. What it gives is
    /// committed only if the server ran all of it; see ``pipeline(_:)`` for what may be sent so. A cancellation no longer
    /// reaches the last statements once they are sent.
    ///
    /// - Throws: As a transaction does whose body runs all statements.
    package func transaction<R>(
        startingWith first: [Statement],
        _ body: ([Rows]) throws(PostgresError) -> (value: R, last: [Statement])
    ) throws(PostgresError) -> R {
        try requireNoTransaction()
        let value: R
        let last: [Statement]
        do throws(PostgresError) {
            let rows = try pipeline([Statement(TransactionMode.readWrite.begin)] + first)
            (value, last) = try body(Array(rows.dropFirst()))
        } catch {
            rollback()
            throw error
        }
        try commit(after: last)
        return value
    }

    /// Runs a transaction (READ COMMITTED) in a single round trip: BEGIN, its statements and COMMIT go out together.
    ///
    /// It is committed only if the server ran all of it; see ``pipeline(_:)`` for what may be sent so. No cancellation
    /// reaches it once it is sent, so a statement that may wait for others should bound its wait.
    ///
    /// - Parameter next: A statement that is sent along as a transaction of its own behind COMMIT, and that the server
    ///   looks at only if it committed.
    /// - Returns: The rows of the statements, and why the one behind COMMIT failed, if it did.
    /// - Throws: As a transaction does whose body runs all statements.
    package func transaction(
        _ statements: [Statement], followedBy next: Statement? = nil
    ) throws(PostgresError) -> (rows: [Rows], failureOfNext: PostgresError?) {
        try requireNoTransaction()
        let inner = [Statement(TransactionMode.readWrite.begin)] + statements
        let outer = next.map { [$0] } ?? []
        let link = try ready(Self.commitStatement.sql)
        for statement in inner + outer { _ = try ready(statement.sql) }
        let (work, commit, rest) = (try steps(of: inner), try steps(of: [Self.commitStatement]), try steps(of: outer))
        _ = link.takeNotices()
        let results = gate.shielded { exchange(work + commit + rest, link) }
        let end = work.count + commit.count
        let rows: [Rows]
        do throws(PostgresError) {
            rows = try finish(beforeCommit: work + commit.dropLast(), Array(results[..<(end - 1)]))
            try conclude(results[end - 1], link)
        } catch {
            rollback()
            throw error
        }
        var failureOfNext: PostgresError?
        do throws(PostgresError) { _ = try finish(rest, Array(results[end...])) } catch { failureOfNext = error }
        return (Array(rows.dropFirst()), failureOfNext)
    }

    private static let commitStatement = Statement("COMMIT")

    private func begin(_ mode: TransactionMode) throws(PostgresError) {
        try requireNoTransaction()
        try execute(mode.begin)
    }

    private func requireNoTransaction() throws(PostgresError) {
        guard !isInTransaction else {
            throw .misuse("A transaction is open already; transactions do not nest.")
        }
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
    ///
    /// - Parameter last: Statements that are sent together with COMMIT. Where the server refuses one of them, it does not
    ///   even look at the COMMIT; where there is no answer to one of them, the COMMIT may have happened all the same.
    private func commit(after last: [Statement] = []) throws(PostgresError) {
        let sql = Self.commitStatement.sql
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
        let result: ServerResult?
        do throws(PostgresError) {
            result = try sendCommit(after: last, link)
        } catch {
            rollback()
            throw error
        }
        try conclude(result, link)
    }

    /// Draws the conclusion from the answer to COMMIT: only a clear yes or a clear no counts.
    private func conclude(_ result: ServerResult?, _ link: ServerLink) throws(PostgresError) {
        if result?.status == PGRES_COMMAND_OK, !link.isLost {
            return try judge(result?.commandTag ?? "", link.takeNotices())
        }
        var error = failure(result, of: Self.commitStatement.sql)
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

    /// Sends COMMIT, where no cancellation reaches it, and returns the answer to it.
    ///
    /// - Throws: The error of a statement before it, as ``finish(beforeCommit:_:)`` tells it.
    private func sendCommit(after last: [Statement], _ link: ServerLink) throws(PostgresError) -> ServerResult? {
        guard !last.isEmpty else { return gate.shielded { link.execute(Self.commitStatement.sql) } }
        for statement in last { _ = try ready(statement.sql) }
        let steps = try steps(of: last + [Self.commitStatement])
        let results = gate.shielded { exchange(steps, link) }
        _ = try finish(beforeCommit: Array(steps.dropLast()), Array(results.dropLast()))
        return results[steps.count - 1]
    }

    /// Turns the answers to what was sent before COMMIT, and together with it, into rows.
    ///
    /// - Throws: The error of a statement, which the server told: COMMIT was not run then. Kind `commitUnknown` when the
    ///   answer to one of them is missing.
    private func finish(
        beforeCommit steps: [PipelineStep], _ results: [ServerResult?]
    ) throws(PostgresError) -> [Rows] {
        do throws(PostgresError) {
            return try finish(steps, results)
        } catch {
            var error = error
            if error.kind == .connection { error.kind = .commitUnknown }
            throw error
        }
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
        // 25P01: one of the statements sent with COMMIT had ended the transaction before.
        guard !notices.contains(where: { $0.severity == "WARNING" && $0.sqlState == "25P01" }) else {
            throw PostgresError(
                .misuse, "The transaction was ended by a statement before COMMIT.", statement: "COMMIT")
        }
        // An administrator ended the wait for a synchronous standby: visible here, and lost if the standby takes over.
        if let notice = notices.first(where: { $0.severity == "WARNING" && $0.function == "SyncRepWaitForLSN" }) {
            throw PostgresError(.commitUnknown, notice.message, sqlState: notice.sqlState, statement: "COMMIT")
        }
    }
}
