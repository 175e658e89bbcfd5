import ArgumentParser
import Foundation
import LocalServer
import Report

/// `trough local`: the private PostgreSQL.
struct LocalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "local",
        abstract: "The private PostgreSQL: started on demand, reached through a unix socket only.",
        discussion: """
            Its data are in $TROUGH_HOME, else $XDG_DATA_HOME/trough, else ~/.local/share/trough.

            Example:
              trough local status
            """,
        subcommands: [Start.self, Stop.self, Status.self, Destroy.self, Psql.self, URL.self])

    /// The command `trough local start`.
    struct Start: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Starts the server, and makes its data folder on first use.",
            discussion: "Example:\n  trough local start")
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            try await context.withLocalServer(verbosity) { server throws(LocalServerError) in
                _ = try await server.start()
            }
            await context.output.write(context.localServer(verbosity).url + "\n")
            return .done
        }
    }

    /// The command `trough local stop`.
    struct Stop: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stops the server cleanly; does nothing where it is not running.",
            discussion: "Example:\n  trough local stop")
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            try await context.withLocalServer(verbosity) { server throws(LocalServerError) in try await server.stop() }
            return .done
        }
    }

    /// The command `trough local status`.
    struct Status: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells whether the server runs, where its data are, and how large they are.",
            discussion: "Example:\n  trough local status -o json")
        @Option(name: .shortAndLong, help: "table or json.")
        var output = OutputFormat.table
        @OptionGroup var verbosity: Verbosity

        func validate() throws { try output.check([.table, .json], for: "local status") }

        mutating func run(in context: Context) async throws -> ExitStatus {
            let status = try await context.withLocalServer(verbosity) { server throws(LocalServerError) in
                try await server.status()
            }
            let version = status.serverVersion.map { "\($0 / 10_000).\($0 % 10_000)" }
            switch output {
            case .json, .ndjson:
                var writer = JSONWriter()
                writer.object { writer in
                    writer.member("running", status.isRunning)
                    if let process = status.processID { writer.member("pid", Int(process)) } else { writer.null("pid") }
                    writer.member("version", optional: version)
                    writer.member("data", status.dataFolder)
                    writer.member("socket", status.socketFolder)
                    writer.member("log", status.logFile)
                    writer.member("bytes", Int(status.sizeBytes))
                }
                writer.endLine()
                await context.output.write(writer.bytes)
            case .table, .csv:
                await context.output.write(
                    """
                    running     \(status.processID.map { "yes, process \($0)" } ?? "no")
                    version     \(version.map { "PostgreSQL \($0)" } ?? "-")
                    data        \(status.dataFolder)
                    size        \(ByteCountFormatter.string(fromByteCount: status.sizeBytes, countStyle: .binary))
                    socket      \(status.socketFolder)
                    log         \(status.logFile)

                    """)
            }
            return .done
        }
    }

    /// The command `trough local destroy`.
    struct Destroy: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stops the server and deletes its data, the log included.",
            discussion: "Example:\n  trough local destroy --yes")
        @Flag(help: "Really delete.")
        var yes = false
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            guard yes else {
                throw Failure(
                    .usage,
                    "\(context.environment.troughHome) and every log in it would be deleted; say --yes to do it.")
            }
            try await context.withLocalServer(verbosity) { server throws(LocalServerError) in try await server.destroy()
            }
            return .done
        }
    }

    /// The command `trough local psql`.
    struct Psql: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Opens psql on the private log.",
            discussion: "Example:\n  trough local psql -- -c 'SELECT * FROM trough.assay LIMIT 5'")
        @Argument(parsing: .postTerminator, help: "Arguments for psql, after --.")
        var arguments: [String] = []
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            try await context.withLocalServer(verbosity) { server throws(LocalServerError) in
                _ = try await server.start()
            }
            throw Failure(.usage, Executable.replaceProcess("psql", [context.localServer(verbosity).url] + arguments))
        }
    }

    /// The command `trough local url`.
    struct URL: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the URL under which other programs reach the private PostgreSQL.",
            discussion: "Example:\n  psql \"$(trough local url)\"")
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            await context.output.write(context.localServer(verbosity).url + "\n")
            return .done
        }
    }
}

extension Context {
    /// Does something with the private PostgreSQL, whose failures mean exit status 3.
    func withLocalServer<R: Sendable>(
        _ verbosity: Verbosity, _ body: (LocalServer) async throws(LocalServerError) -> R
    ) async throws -> R {
        do throws(LocalServerError) {
            return try await body(localServer(verbosity))
        } catch {
            throw Failure(error)
        }
    }
}
