/// One connection to PostgreSQL, as an actor on a thread of its own.
///
/// libpq blocks, so nothing of it runs on Swift's cooperative pool: the actor has its own serial executor, and work is
/// handed over as a synchronous body. Since a body cannot suspend, nothing else gets in between its statements.
package actor Connection {
    private let executor: ConnectionExecutor
    private let configuration: ConnectionConfiguration
    private let gate: CancellationGate
    private let session: Session

    /// The connection's own thread, on which everything of it runs.
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// A connection that is still closed; ``reconnect()`` opens it.
    package init(closed configuration: ConnectionConfiguration) {
        self.configuration = configuration
        executor = ConnectionExecutor(label: "trough.postgres.connection")
        gate = CancellationGate()
        session = Session(gate: gate)
    }

    isolated deinit {
        // Closing writes to the socket, so it too belongs on the connection's own thread.
        session.disconnect()
    }

    /// Connects.
    ///
    /// - Throws: kind `connection` when the server cannot be reached or refuses; kind `server` when it does not take
    ///   one of the configuration's options.
    package static func open(_ configuration: ConnectionConfiguration) async throws(PostgresError) -> Connection {
        let connection = Connection(closed: configuration)
        try await connection.reconnect()
        return connection
    }

    /// Runs `body` on the connection's own thread, and returns or throws what it does.
    ///
    /// When the task is cancelled meanwhile, the statement under way is asked to stop, and it and every later statement
    /// of this body throw kind `cancelled`; a COMMIT or ROLLBACK that has been sent is let through.
    package func perform<R: Sendable, E: Error>(
        _ body: @Sendable (Session) throws(E) -> R
    ) async throws(E) -> R {
        let gate = gate
        let call = gate.begin()
        defer { gate.end() }
        let outcome: Result<R, E> = await withTaskCancellationHandler {
            do throws(E) {
                return .success(try body(session))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            gate.request(call)
        }
        return try outcome.get()
    }

    /// Whether the connection is lost or closed, so that only ``reconnect()`` helps.
    package var isBroken: Bool { session.isBroken }

    /// Closes the connection, which loses an open transaction; ``reconnect()`` opens it again.
    package func close() async {
        session.disconnect()
    }

    /// Closes what there is and connects anew, with the same configuration.
    package func reconnect() async throws(PostgresError) {
        try session.connect(configuration)
    }
}
