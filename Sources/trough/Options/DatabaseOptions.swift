import ArgumentParser
import EventLog
import Foundation
import LocalServer
import Logging
import Postgres

/// How much is said on standard error.
struct Verbosity: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Say nothing on standard error but errors.")
    var quiet = false
    @Flag(name: .shortAndLong, help: "Say more on standard error.")
    var verbose = false

    /// The same for another command.
    var arguments: [String] { (quiet ? ["--quiet"] : []) + (verbose ? ["--verbose"] : []) }
}

/// Which database is used.
struct DatabaseOptions: ParsableArguments {
    @Option(
        name: .customLong("database"), parsing: .singleValue,
        help: ArgumentHelp(
            "The PostgreSQL database, as a libpq URL or key=value pairs; given several times to replay, report, diff and "
                + "patients, which then share the reading among copies of one log.",
            discussion:
                "Without it: DATABASE_URL, else libpq's variables when PGHOST or PGSERVICE is set, else a private "
                + "PostgreSQL, started on demand.",
            valueName: "url"))
    var databases: [String] = []
    /// The first that is named.
    var database: String? { databases.first }

    @OptionGroup var verbosity: Verbosity

    /// Connects to the first database, and tells where the further ones are; only commands that replay have a use for them.
    func openFirst(
        _ context: Context
    ) async throws -> (
        configuration: ConnectionConfiguration, connection: Connection, further: [ConnectionConfiguration]
    ) {
        let (configuration, connection) = try await context.untilSignalled {
            try await open(first(context), context)
        }
        return (configuration, connection, try databases.dropFirst().map { try place($0, "--database", context) })
    }

    /// Where the database is; starts the private one where nothing else is named.
    ///
    /// - Throws: where several are named.
    func configuration(_ context: Context) async throws -> ConnectionConfiguration {
        guard databases.count <= 1 else {
            throw Failure(
                .usage,
                "--database is given \(databases.count) times; only replay, report, diff and patients take several.")
        }
        return try await first(context)
    }

    private func first(_ context: Context) async throws -> ConnectionConfiguration {
        if let database {
            return try place(database, "--database", context)
        } else if let url = context.environment["DATABASE_URL"] {
            return try place(url, "DATABASE_URL", context)
        } else if context.environment["PGHOST"] != nil || context.environment["PGSERVICE"] != nil {
            return place("", context)
        }
        return try await startLocal(context)
    }

    /// Refuses what libpq would take for the name of a database on a server that nobody named.
    private func place(_ url: String, _ origin: String, _ context: Context) throws -> ConnectionConfiguration {
        let scheme = url.contains("://") ? url.prefix { $0 != ":" } : "postgresql"
        guard !url.isEmpty, ["postgresql", "postgres"].contains(scheme) else {
            let shown = url.isEmpty ? "empty" : "of the scheme \"\(scheme)\""
            throw Failure(
                .database,
                "\(origin) is \(shown); expected postgresql://USER@HOST/NAME or KEY=VALUE pairs, as libpq has them.")
        }
        return place(url, context)
    }

    private func place(_ url: String, _ context: Context) -> ConnectionConfiguration {
        var configuration = ConnectionConfiguration(url: url)
        // Who set it meant it, as for every other program of PostgreSQL.
        if context.environment["PGCONNECT_TIMEOUT"] != nil { configuration.connectTimeoutSeconds = nil }
        return configuration
    }

    /// Connects to the log, which must have this program's schema; the private one is given it.
    func open(_ context: Context) async throws -> (configuration: ConnectionConfiguration, connection: Connection) {
        try await context.untilSignalled { try await open(configuration(context), context) }
    }

    private func open(
        _ configuration: ConnectionConfiguration, _ context: Context
    ) async throws -> (configuration: ConnectionConfiguration, connection: Connection) {
        let isPrivate = usesLocal(context)
        let connection = try await Connection.open(configuration)
        try await connection.perform { session throws(LogError) in
            if isPrivate { _ = try LogSchema.install(session) }
            try LogSchema.check(session)
        }
        let logger = context.logger(verbosity)
        if logger.logLevel <= .debug {
            let words = try await Self.words(about: connection)
            logger.debug("\(words)")
        }
        return (configuration, connection)
    }

    /// Which database it is, for people: what the server says, since an address may leave most of it to others.
    private static func words(about connection: Connection) async throws(LogError) -> String {
        try await connection.perform { session throws(LogError) in
            let status = try LogSchema.status(session)
            return try translating { () throws(PostgresError) in
                let row = try session.query(
                    """
                    SELECT current_database(), session_user, current_setting('server_version'),
                        coalesce(host(inet_server_addr()) || ' port ' || inet_server_port(), 'a local socket'),
                        pg_is_in_recovery()
                    """)
                let (database, login, version) = (try row.string(0, 0), try row.string(0, 1), try row.string(0, 2))
                let (place, isStandby) = (try row.string(0, 3), try row.bool(0, 4))
                return "database \"\(database)\" at \(place) as \"\(login)\", PostgreSQL \(version)"
                    + "\(isStandby ? " (a standby)" : ""), schema version \(status.installed)"
            }
        }
    }

    /// Whether the private PostgreSQL is the one that is used.
    func usesLocal(_ context: Context) -> Bool {
        database == nil && context.environment["DATABASE_URL"] == nil && context.environment["PGHOST"] == nil
            && context.environment["PGSERVICE"] == nil
    }

    private func startLocal(_ context: Context) async throws -> ConnectionConfiguration {
        do throws(LocalServerError) { return try await context.localServer(verbosity).start() } catch {
            throw Failure(error)
        }
    }
}

extension Context {
    /// The private PostgreSQL of the user.
    func localServer(_ verbosity: Verbosity) -> LocalServer {
        LocalServer(home: environment.troughHome, environmentPath: environment.path, logger: logger(verbosity))
    }
}

/// Which study is read or written.
struct StudyOption: ParsableArguments {
    @Option(help: ArgumentHelp("The study.", valueName: "name"))
    var study = "main"
}

/// In which form a command prints its data.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case ndjson
    case csv

    /// None, since each command prints its own ones and names them in its help.
    static var allValueStrings: [String] { [] }
    static var defaultCompletionKind: CompletionKind { .list(allCases.map(\.rawValue)) }

    /// Refuses a form that a command does not print.
    func check(_ allowed: Set<OutputFormat>, for command: String) throws {
        guard !allowed.contains(self) else { return }
        let words = Self.allCases.filter(allowed.contains).map(\.rawValue)
        let all = words.dropLast().joined(separator: ", ")
        throw ValidationError(
            "\(command) prints \(all)\(all.isEmpty ? "" : " or ")\(words.last ?? ""), not \(rawValue).")
    }
}
