import ArgumentParser
import EventLog
import Foundation
import Logging
import Postgres
import Report
import Trial

/// `trough seal`: packs finished history.
struct SealCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Packs finished history into segments, from which a replay reads many times faster.",
        discussion: """
            A segment is written once its events, read back from it, lead to the digests of the log's chain. The rows stay, \
            unless --drop-rows is given. Appends may go on meanwhile, and events that come later, corrections too, are \
            merged when the history is replayed. A sealing that was interrupted is finished by the same command.

            --drop-rows seals everything, compares all segments of these rows with the chain once more, and then removes the rows whose \
            events they hold: all at once or none, and never back. The log records who did so and why. It takes a login \
            that is a member of the role trough_owner.

            Example:
              trough seal --older-than 30
              trough seal --drop-rows --reason "trial closed, backup of 3 May checked"
            """)

    @Option(
        help: ArgumentHelp("Seal only what was recorded up to then; a day is taken to its end.", valueName: "time"),
        transform: CutTime.init(spelled:))
    var until: CutTime?
    @Option(help: ArgumentHelp("Seal only what was recorded so many days ago or earlier.", valueName: "days"))
    var olderThan: Double?
    @Flag(help: "Remove the rows of what is sealed; needs all of the study to be sealed.")
    var dropRows = false
    @Option(help: ArgumentHelp("Who seals; the login name without it.", valueName: "name"))
    var author: String?
    @Option(help: ArgumentHelp("Why rows are removed, for the log's record.", valueName: "text"))
    var reason: String?
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @OptionGroup var shards: ShardOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    private static let greatestAge = 100_000.0

    func validate() throws {
        if author == "" { throw ValidationError("--author is empty; expected the name of who is responsible.") }
        try output.check([.table, .json], for: "seal")
        if until != nil, olderThan != nil { throw ValidationError("--until and --older-than exclude each other.") }
        if dropRows, until != nil || olderThan != nil {
            throw ValidationError("--drop-rows seals everything, so it excludes --until and --older-than.")
        }
        if reason == "" { throw ValidationError("--reason is empty; expected why the rows go, or nothing.") }
        if reason != nil, !dropRows { throw ValidationError("--reason belongs to --drop-rows.") }
        try check(olderThan, isIn: 0...Self.greatestAge, "--older-than", "days")
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let began = context.now
        let author = author ?? context.environment.loginName
        let limit = until?.microseconds ?? olderThan.map { began - Int64($0 * Double(Instant.day)) }
        let (configuration, connection) = try await database.open(context)
        let (name, reason, dropsRows) = (study.study, reason, dropRows)
        let (study, removal) = try await connection.perform { session throws(LogError) in
            let study = try Studies.open(name, session)
            // Before anything is sealed: that rows cannot be removed should be heard at once.
            let removal =
                dropsRows
                ? try RowRemoval(of: study, by: author, because: reason, at: configuration, session) : nil
            return (study, removal)
        }
        await connection.close()
        var work = Work(study: study, author: author, configuration: configuration, shards: shards.shardCount)
        work.logger = context.logger(database.verbosity)
        work.isShown = shards.progress.isShown(database.verbosity, context)
        let result: Sealing.Result
        let removed: Int64?
        do throws(LogError) {
            var sealed = try await work.seal(until: limit, context)
            removed = if let removal { try await work.remove(removal, &sealed, context) } else { nil }
            result = sealed
            for refusal in result.refusals {
                await context.errors.write("trough: \(refusal.printable(context.style))\n")
            }
        } catch {
            guard case .damaged = error else { throw error }
            // As for verify: the database is a log, and its chain is broken.
            throw Failure(.fellShort, error.description)
        }
        let seconds = Double(context.now - began) / 1e6
        await context.output.write(
            output == .json ? Self.object(result, removed, seconds) : Self.table(result, removed, seconds))
        return result.refusals.isEmpty ? .done : .fellShort
    }

    private static func object(_ result: Sealing.Result, _ removed: Int64?, _ seconds: Double) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("segments", result.segments)
            writer.member("events", result.events)
            writer.member("bytes", result.bytes)
            if let removed { writer.member("rowsRemoved", Int(removed)) }
            writer.member("seconds", (seconds * 1e6).rounded() / 1e6)
        }
        writer.endLine()
        return writer.text
    }

    private static func table(_ result: Sealing.Result, _ removed: Int64?, _ seconds: Double) -> String {
        let each = result.events > 0 ? String(format: "%.1f", Double(result.bytes) / Double(result.events)) : "0"
        let rate = Int((Double(result.events) / max(seconds, 1e-6)).rounded())
        let rows = removed.map { "removed     the rows of \(counted(Int($0), "event"))\n" } ?? ""
        return """
            sealed      \(counted(result.events, "event")) in \(counted(result.segments, "segment"))
            size        \(result.bytes) bytes, \(each) an event
            \(rows)time        \(String(format: "%.3f", seconds)) s, \(rate) events/s

            """
    }
}

/// Sealing and removing, with a bar for each.
private struct Work {
    let study: Study
    let author: String
    let configuration: ConnectionConfiguration
    let shards: Int
    var isShown = false
    var logger = Logger.silent

    /// How often the rest is sealed when events keep coming, before rows are left where they are.
    private static let rounds = 8

    func seal(until limit: Int64?, _ context: Context) async throws(LogError) -> Sealing.Result {
        let (study, author, configuration) = (study, author, configuration)
        let connection: Connection
        do throws(PostgresError) { connection = try await .open(configuration) } catch { throw .database(error) }
        let sealing: Sealing
        do throws(LogError) {
            sealing = try await connection.perform { session throws(LogError) in
                try Sealing(study, until: limit, by: author, at: configuration, session)
            }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
        let bar = ProgressBar(of: sealing.events, unit: "events", isShown: isShown, context)
        defer { bar.clear() }
        return try await sealing.run(shards: shards, logger: logger) { bar.advance(by: $0) }
    }

    /// Removes the rows, and seals again what has come meanwhile.
    func remove(
        _ removal: RowRemoval, _ sealed: inout Sealing.Result, _ context: Context
    ) async throws(LogError) -> Int64 {
        var removal = removal
        if let refusal = sealed.refusals.first {
            throw .rowsStay("The rows of study \"\(study.name)\" stay, since not all can be sealed. \(refusal)")
        }
        for _ in 0..<Self.rounds {
            let bar = ProgressBar(of: 0, unit: "events", isShown: isShown, context)
            defer { bar.clear() }
            let removed = try await removal.attempt(
                shards: shards, logger: logger, comparing: { bar.expect($0) }, progress: { bar.advance(by: $0) })
            if let removed { return removed }
            // The bar of what is sealed takes its place.
            bar.clear()
            let more = try await seal(until: nil, context)
            sealed.add(more)
        }
        throw .rowsStay(
            "The rows of study \"\(study.name)\" stay: events keep coming faster than they are sealed. What was sealed is "
                + "sealed; the same command removes the rows when less is appended.")
    }
}
