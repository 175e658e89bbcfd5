package import Postgres

/// Why the private PostgreSQL could not be made, started, stopped or removed.
package enum LocalServerError: Error, Sendable, CustomStringConvertible {
    /// No usable PostgreSQL server is installed; `found` lists versions that are too old.
    case noServerInstalled(found: [String])
    /// The data were made by a major version whose server is not installed.
    case versionNotInstalled(data: Int, folder: String, installed: [Int])
    /// The program runs as root, and there is no other user the server could run as.
    case noUnprivilegedUser
    /// A folder or a file could not be made, read or changed.
    case folder(path: String, reason: String)
    /// The folder belongs to someone else.
    case foreignFolder(path: String, owner: UInt32, user: UInt32)
    /// Somebody else's server may run in a folder that the caller may not look into.
    case hidden(path: String, reason: String)
    /// Making the cluster failed; `output` holds the last words of `initdb`.
    case clusterNotMade(output: String)
    /// The server ended while it was starting; `log` holds its last words.
    case startFailed(log: String)
    /// The server did not accept connections in time.
    case startTimedOut(seconds: Int, logFile: String)
    /// The server did not end in time.
    case stopTimedOut(seconds: Int, processID: Int32)
    /// Another process held the lock on the folder all the time.
    case locked(path: String, seconds: Int)
    /// Processes of a server that was killed still use its memory, so that a new one would damage the data.
    case remnantsRunning(folder: String)
    /// A program could not be run.
    case launch(program: String, reason: String)
    /// The server runs, and a statement on it failed.
    case database(PostgresError)
    /// The task was cancelled.
    case cancelled

    /// A sentence that says what happened, where, and what helps.
    package var description: String {
        switch self {
        case .noServerInstalled(let found):
            let older = found.isEmpty ? "" : " (found only \(found.joined(separator: ", ")), which is too old)"
            return "No PostgreSQL server from version 15 on was found\(older); on Debian or Ubuntu, install the "
                + "package postgresql, or use a server that runs already."
        case .versionNotInstalled(let data, let folder, let installed):
            let others = installed.map(String.init).joined(separator: ", ")
            return "The data in \(folder) were made by PostgreSQL \(data), and installed is \(others); on Debian or "
                + "Ubuntu, install the package postgresql-\(data)."
        case .noUnprivilegedUser:
            return "PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody to run it "
                + "as."
        case .folder(let path, let reason):
            return "\(path) cannot be used: \(reason)."
        case .foreignFolder(let path, let owner, let user):
            return "\(path) belongs to user \(owner), and must belong to user \(user)."
        case .hidden(let path, let reason):
            return
                "Whether the private PostgreSQL runs cannot be told: \(path) cannot be read: \(reason); expected the "
                + "user to whom it belongs, or root."
        case .clusterNotMade(let output):
            return "The private database could not be made; initdb said: \(output)"
        case .startFailed(let log):
            return "The private PostgreSQL ended while it was starting; it said: \(log)"
        case .startTimedOut(let seconds, let logFile):
            return "The private PostgreSQL did not accept connections within \(seconds) seconds; see \(logFile)."
        case .stopTimedOut(let seconds, let processID):
            return "The private PostgreSQL (process \(processID)) did not stop within \(seconds) seconds."
        case .locked(let path, let seconds):
            return "Another process has held \(path) for more than \(seconds) seconds, starting or stopping the server."
        case .remnantsRunning(let folder):
            return "Processes of a PostgreSQL server that was killed still use \(folder); end them and try again."
        case .launch(let program, let reason):
            return "\(program) could not be run: \(reason)."
        case .database(let error):
            return error.description
        case .cancelled:
            return "The task was cancelled."
        }
    }
}
