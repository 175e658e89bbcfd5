import ArgumentParser
import EventLog
import Postgres
import Schema

/// `trough schema`: the log's tables.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Creates or upgrades the log's tables, or prints their version.",
        discussion: "Example:\n  trough schema install --database postgresql://localhost/trial",
        subcommands: [Install.self, Status.self])

    /// The command `trough schema install`.
    struct Install: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Creates or upgrades the log's tables, in one transaction; does nothing where they are up to date.",
            discussion: """
                The first time it needs a login that may create roles (CREATEROLE) and has the right CREATE on the \
                database; an upgrade needs a member of the role trough_owner.

                Example:
                  trough schema install --database postgresql://localhost/trial
                """)
        @OptionGroup var database: DatabaseOptions

        mutating func run(in context: Context) async throws -> ExitStatus {
            let connection = try await Connection.open(database.configuration(context))
            let (files, status) = try await Self.install(over: connection)
            await connection.close()
            for file in files { await context.output.write("installed \(file.name)\n") }
            await context.output.write("schema version \(status.installed)\(files.isEmpty ? ", up to date" : "")\n")
            return .done
        }

        private static func install(over connection: Connection) async throws -> ([Schema.File], LogSchema.Status) {
            do throws(LogError) {
                return try await connection.perform { session throws(LogError) in
                    (try LogSchema.install(session), try LogSchema.status(session))
                }
            } catch {
                guard case .database(let inner) = error, inner.sqlState == "42501" else { throw error }
                throw Failure(
                    .database,
                    inner.sentence + " A first installation needs a login with CREATEROLE and with the right CREATE on "
                        + "the database; an upgrade needs a member of the role trough_owner.")
            }
        }
    }

    /// The command `trough schema status`.
    struct Status: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the versions of the tables, the program and the server.",
            discussion: """
                Example:
                  trough schema status -o json
                """)
        @Option(name: .shortAndLong, help: "table or json.")
        var output = OutputFormat.table
        @OptionGroup var database: DatabaseOptions

        func validate() throws { try output.check([.table, .json], for: "schema status") }

        mutating func run(in context: Context) async throws -> ExitStatus {
            let connection = try await Connection.open(database.configuration(context))
            let status = try await connection.perform { session throws(LogError) in try LogSchema.status(session) }
            await connection.close()
            let server = "\(status.serverVersion / 10_000).\(status.serverVersion % 10_000)"
            switch output {
            case .json, .ndjson:
                await context.output.write(
                    "{\"installed\":\(status.installed),\"expected\":\(status.expected),\"server\":\"\(server)\"}\n")
            case .table, .csv:
                await context.output.write(
                    """
                    installed   \(status.installed == 0 ? "none" : String(status.installed))
                    expected    \(status.expected)
                    server      PostgreSQL \(server)

                    """)
            }
            return status.installed == status.expected ? .done : .database
        }
    }
}
