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

            --follow tells what outcomes become, not that a patient has none any more, as one whose randomisation was \
            voided. Where another set takes the place of the current one, it goes on with later changes of that one.

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
    /// Where the follower stands.
    private struct Stand: Sendable {
        var set: ProjectionSet
        var revisions: [Int64]
    }

    private let study: Study
    private let printer: OutcomePrinter

    init(_ study: Study, _ format: OutputFormat, _ style: Style) {
        self.study = study
        printer = OutcomePrinter(format: format, isOfChanges: true, style)
    }

    /// Prints changes until the task is cancelled; waits for a database that goes away.
    func print(over connection: Connection, to context: Context, _ logger: Logger) async throws -> ExitStatus {
        var stand = try await begin(over: connection)
        // Whoever sees the head misses nothing that comes after it.
        await context.output.write(printer.head)
        var pause = GrowingPause()
        var isLost = false
        while true {
            context.output.endIfUnread()
            do {
                if isLost {
                    try await connection.reconnect()
                    isLost = false
                    logger.notice("The database is back.")
                    pause = GrowingPause()
                }
                try await step(&stand, over: connection, to: context)
            } catch {
                guard let cause = PostgresError(passing: error) else { throw error }
                if !isLost { logger.warning("\(cause.description) Waiting for the database to come back.") }
                isLost = true
                try await Task.sleep(for: pause.next(jitter: .random(in: 0...1)))
            }
        }
    }

    /// Prints what has changed, or waits until something may have.
    private func step(_ stand: inout Stand, over connection: Connection, to context: Context) async throws {
        let (study, before) = (study, stand)
        let (changes, reached) = try await connection.perform { session throws(PostgresError) in
            var revisions = before.revisions
            return (try OutcomeReading.changes(of: before.set, in: study, after: &revisions, session), revisions)
        }
        if !changes.isEmpty { await context.output.write(changes.map(printer.line).joined()) }
        stand.revisions = reached
        let current = try await currentSet(of: study, over: connection)
        if current.number != before.set.number {
            // Another protocol or fold: what it changes is for `outcomes` to show, not for each patient here.
            stand = try await begin(over: connection)
        } else if changes.isEmpty {
            try await connection.perform { session throws(PostgresError) in
                try OutcomeReading.waitForChange(of: before.set, beyond: reached, session)
            }
        }
    }

    private func begin(over connection: Connection) async throws -> Stand {
        let set = try await currentSet(of: study, over: connection)
        let revisions = try await connection.perform { session throws(PostgresError) in
            try OutcomeReading.revisions(of: set, session)
        }
        return Stand(set: set, revisions: revisions)
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
