package import Postgres

extension Study {
    /// An error that was met while the study was worked on; where the study has been removed meanwhile, that.
    ///
    /// Without its study, work fails in many ways, none of which tells a person what has happened.
    package func explained(_ error: LogError, _ session: Session) -> LogError {
        error.mayComeOfRemoval && !isThere(session) ? .unknownStudy(name) : error
    }

    /// The same, asked over a connection of its own.
    package func explained(_ error: LogError, at configuration: ConnectionConfiguration) async -> LogError {
        guard error.mayComeOfRemoval, let connection = try? await Connection.open(configuration) else { return error }
        let explained = await explained(error, over: connection)
        await connection.close()
        return explained
    }

    /// The same, asked over a connection that others use too.
    package func explained(_ error: LogError, over connection: Connection) async -> LogError {
        guard error.mayComeOfRemoval else { return error }
        let asked = try? await connection.perform { session throws(LogError) in explained(error, session) }
        return asked ?? error
    }

    /// Whether the study is still there; so it is held to be where nobody answers.
    package func isThere(_ session: Session) -> Bool {
        let rows = try? session.query(
            "SELECT FROM trough.study WHERE study = $1 AND name = $2 COLLATE \"C\"", [.int32(number), .string(name)])
        return rows?.count != 0
    }
}

extension LogError {
    /// Whether work may fail so since its study is gone.
    ///
    /// What passes by itself says nothing of the study, and there is nobody to ask while the database is away.
    fileprivate var mayComeOfRemoval: Bool {
        switch self {
        case .damaged: true
        case .database(let cause): !cause.isPassing && cause.kind != .cancelled
        default: false
        }
    }
}
