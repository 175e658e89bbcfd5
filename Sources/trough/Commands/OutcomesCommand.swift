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
            return try await OutcomeChanges(opened, output).print(
                over: connection, to: context, context.logger(database.verbosity))
        }
        let printer = OutcomePrinter(format: output, withDelay: false)
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
            parked == 1
                ? "1 patient is parked and has no outcome here; \"trough status\" shows why."
                : "\(parked) patients are parked and have no outcome here; \"trough status\" shows why.")
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

    init(_ study: Study, _ format: OutputFormat) {
        self.study = study
        printer = OutcomePrinter(format: format, withDelay: true)
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
    /// The failure of the database behind an error, where it is one that passes by itself.
    init?(passing error: any Error) {
        var cause = error as? PostgresError
        if case .database(let inner)? = error as? LogError { cause = inner }
        guard let cause, cause.isPassing else { return nil }
        self = cause
    }
}

/// Spells outcomes one a line.
struct OutcomePrinter: Sendable {
    let format: OutputFormat
    /// Whether the delay from recording to projection is shown.
    let withDelay: Bool

    /// What stands above all lines; empty in NDJSON.
    var head: String {
        let names =
            ["subject", "arm", "endpoint", "status", "day", "cause", "evidence"] + (withDelay ? ["delay_ms"] : [])
        return switch format {
        case .csv: Self.record(names.map(CSVText.Field.text))
        case .table: Self.row("subject", "endpoint", "status", "day", "cause", withDelay ? "delay" : "arm")
        default: ""
        }
    }

    /// One outcome.
    func line(_ outcome: OutcomeReading.Outcome) -> String {
        let status = outcome.isEvent ? "event" : "censored"
        let delay = (outcome.delayMilliseconds * 10).rounded() / 10
        switch format {
        case .csv:
            var fields: [CSVText.Field] = [
                .text(outcome.subject), .text(outcome.arm), .text(outcome.endpoint), .text(status),
                .whole(outcome.day), .text(outcome.cause), .text(outcome.evidence),
            ]
            if withDelay { fields.append(.number(delay)) }
            return Self.record(fields)
        case .table:
            return Self.row(
                outcome.subject, outcome.endpoint, status, String(outcome.day), outcome.cause,
                withDelay ? "\(delay) ms" : outcome.arm)
        default:
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("subject", outcome.subject)
                writer.member("endpoint", outcome.endpoint)
                writer.member("status", status)
                writer.member("day", outcome.day)
                writer.member("cause", outcome.cause)
                writer.member("evidence", json: outcome.evidence)
                writer.member("delayMilliseconds", delay)
            }
            writer.endLine()
            return writer.text
        }
    }

    private static func row(
        _ subject: String, _ endpoint: String, _ status: String, _ day: String, _ cause: String, _ last: String
    ) -> String {
        // With the arms and endpoints of the default protocol a row has 80 columns.
        let first = subject.padded(to: 10) + " " + endpoint.padded(to: 23) + " " + status.padded(to: 8)
        return first + day.padded(to: -5) + "  " + cause.padded(to: 18) + " " + last + "\n"
    }

    private static func record(_ fields: [CSVText.Field]) -> String {
        var table = CSVText()
        table.append(fields)
        return String(decoding: table.bytes, as: UTF8.self)
    }
}
