import ArgumentParser
import EventLog
import LiveProjection
import Logging
import Postgres
import Trial

/// `trough status`: what the log holds, and how far it is projected.
struct StatusCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tells which studies the log holds, how far their slices and outcomes have come, and who is parked.",
        discussion: """
            Example:
              trough status --slices
              trough status --study main --watch
            """)

    @Option(help: ArgumentHelp("Only this study.", valueName: "name"))
    var study: String?
    @Flag(help: "A line for each slice: head, checkpoint, lag, owner, epoch, and the end of its chain.")
    var slices = false
    @Flag(help: "Look again each second until stopped.")
    var watch = false
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @OptionGroup var database: DatabaseOptions

    func validate() throws { try output.check([.table, .json], for: "status") }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let (_, connection) = try await database.open(context)
        if watch { return try await watch(over: connection, context) }
        await show(try await look(over: connection), context)
        await connection.close()
        return .done
    }

    /// Looks until the task is cancelled; waits for a database that goes away.
    private func watch(over connection: Connection, _ context: Context) async throws -> ExitStatus {
        let logger = context.logger(database.verbosity)
        var isLost = false
        while true {
            do {
                if isLost { try await connection.reconnect() }
                let report = try await look(over: connection)
                if isLost { logger.notice("The database is back.") }
                isLost = false
                await show(report, context)
            } catch {
                guard let cause = PostgresError(passing: error) else { throw error }
                if !isLost { logger.warning("\(cause.description) Waiting for the database to come back.") }
                isLost = true
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func show(_ report: StatusReport, _ context: Context) async {
        if output == .json { return await context.output.write(report.json) }
        // On a terminal each look takes the place of the one before.
        let clearing = watch && context.output.isTerminal ? "\u{1B}[H\u{1B}[J" : ""
        await context.output.write(clearing + report.table(withSlices: slices, context.style))
    }

    /// Reads everything as of one moment: a study that is removed meanwhile is there whole or not at all.
    private func look(over connection: Connection) async throws -> StatusReport {
        let name = study
        return try await connection.perform { session in
            try session.transaction(.repeatableReadReadOnly) {
                let studies = if let name { [try Studies.open(name, session)] } else { try Studies.all(session) }
                var report = StatusReport()
                for study in studies {
                    report.studies.append(
                        .init(
                            log: try StudyState(study, session), sets: try ProjectionStatus.all(of: study, session)))
                }
                return report
            }
        }
    }
}
