import ArgumentParser
import EventLog
import LiveProjection
import Logging
import Postgres
import Report
import Trial

/// `trough outcomes`: what the workers have made of the log.
struct OutcomesCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcomes",
        abstract: "Prints the outcomes that workers keep up to date, or their changes as they come.",
        discussion: """
            With -o ndjson the lines are those that "trough replay --outcomes" writes, byte for byte, once the workers \
            have caught up. Patients who are parked have no line, and the exit status is then 1.

            --follow tells what outcomes become, and with the status none that a patient has none any more, whose \
            randomisation was voided or who is parked. Where another set takes the place of the current one, it goes on \
            with that one: with what became of patients by events that were not told of yet. What another protocol makes \
            of known events is no change. In a log that was put back to an earlier state it ends.

            Example:
              trough outcomes --follow
            """)

    @Flag(help: "Print each change from now on, with the delay since its event was recorded.")
    var follow = false
    @Option(name: .shortAndLong, help: "table, ndjson or csv.")
    var output = OutputFormat.table
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws { try output.check([.table, .ndjson, .csv], for: "outcomes") }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let (configuration, opened) = try await openStudy(study.study, database, context)
        let connection = try await Connection.open(configuration)
        let set = try await currentSet(of: opened, over: connection)
        if follow {
            return try await OutcomeChanges(opened, output, context.style).print(
                over: connection, to: context, context.logger(database.verbosity))
        }
        var printer = OutcomePrinter(format: output, isOfChanges: false, context.style)
        if output == .table {
            // They are read twice: a column is as wide as its widest cell, and memory may not hold all of them.
            try await OutcomeReading.eachOutcome(of: set, over: connection) { printer.widen(for: $0) }
            printer.narrow()
        }
        await context.output.write(printer.head)
        if output == .ndjson {
            try await OutcomeReading.eachLine(of: set, over: connection) { lines in
                await context.output.write(lines.flatMap { $0 + [UInt8(ascii: "\n")] })
            }
        } else {
            try await OutcomeReading.eachOutcome(of: set, over: connection) { outcomes in
                await context.output.write(outcomes.map(printer.line).joined())
            }
        }
        let parked = try await connection.perform { session throws(PostgresError) in
            try OutcomeReading.parked(in: set, onlyRetried: false, session)
        }
        await connection.close()
        if parked == 0 { return .done }
        throw Failure(
            .fellShort,
            counted(parked, "patient") + (parked == 1 ? " is parked and has" : " are parked and have")
                + " no outcome here; \"trough status\" shows why.")
    }
}

/// Follows the changes of a study's outcomes.
private struct OutcomeChanges {
    private let study: Study
    private let printer: OutcomePrinter

    init(_ study: Study, _ format: OutputFormat, _ style: Style) {
        self.study = study
        printer = OutcomePrinter(format: format, isOfChanges: true, style)
    }

    /// Prints changes until the task is cancelled; waits for a database that goes away.
    func print(over connection: Connection, to context: Context, _ logger: Logger) async throws -> ExitStatus {
        let (beginning, mark) = try await begin(over: connection)
        var cursor = beginning
        // Whoever sees the head misses nothing that comes after it.
        await context.output.write(printer.head)
        var pause = GrowingPause()
        var isLost = false
        while true {
            context.output.endIfUnread()
            do {
                if isLost {
                    if let change = try await connection.reconnect(to: mark) { throw change }
                    isLost = false
                    logger.notice("The database is back.")
                    pause = GrowingPause()
                }
                try await step(&cursor, over: connection, to: context)
            } catch {
                guard let cause = PostgresError(passing: error) else { throw error }
                if !isLost { logger.warning("\(cause.description) Waiting for the database to come back.") }
                isLost = true
                try await Task.sleep(for: pause.next(jitter: .random(in: 0...1)))
            }
        }
    }

    /// Prints what has changed, or waits until something may have.
    private func step(_ cursor: inout OutcomeCursor, over connection: Connection, to context: Context) async throws {
        let before = cursor
        let (moved, changes) = try await connection.perform { session throws(LogError) in
            var cursor = before
            let changes = try cursor.next(session)
            return (cursor, changes)
        }
        if !changes.isEmpty { await context.output.write(changes.map(printer.line).joined()) }
        cursor = moved
        if !changes.isEmpty { return }
        try await connection.perform { session throws(PostgresError) in try moved.wait(session) }
    }

    private func begin(over connection: Connection) async throws -> (OutcomeCursor, LogMark) {
        let set = try await currentSet(of: study, over: connection)
        let study = study
        return try await connection.perform { session throws(LogError) in
            let mark = try LogMark(study, session)
            return try translating { () throws(PostgresError) in
                (try OutcomeCursor(behind: set, of: study, session), mark)
            }
        }
    }
}

extension PostgresError {
    /// The failure of the database behind an error, where it is one that is waited for.
    init?(passing error: any Error) {
        var cause = error as? PostgresError
        if case .database(let inner)? = error as? LogError { cause = inner }
        guard let cause, cause.isWorthWaiting else { return nil }
        self = cause
    }
}
