import ArgumentParser
import EventLog
import Foundation
import Postgres
import Report
import Trial

/// `trough seal`: packs finished history.
struct SealCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Packs finished history into segments, from which a replay reads many times faster.",
        discussion: """
            A segment is written once its events, read back from it, lead to the digests of the log's chain. The rows stay. \
            Appends may go on meanwhile, and events that come later, corrections too, are merged when the history is \
            replayed. A sealing that was interrupted is finished by the same command.

            Example:
              trough seal --older-than 30
            """)

    @Option(help: ArgumentHelp("Seal only what was recorded up to then; a day is taken to its end.", valueName: "time"))
    var until: CutTime?
    @Option(help: ArgumentHelp("Seal only what was recorded so many days ago or earlier.", valueName: "days"))
    var olderThan: Double?
    @Option(help: ArgumentHelp("Who seals; the login name without it.", valueName: "name"))
    var author: String?
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @OptionGroup var shards: ShardOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    private static let greatestAge = 100_000.0

    func validate() throws {
        try output.check([.table, .json], for: "seal")
        if until != nil, olderThan != nil { throw ValidationError("--until and --older-than exclude each other.") }
        if let olderThan, !(0...Self.greatestAge).contains(olderThan) {
            throw ValidationError("--older-than takes 0 to 100000 days.")
        }
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let began = context.now
        let author = author ?? context.environment.loginName
        let limit = until?.microseconds ?? olderThan.map { began - Int64($0 * Double(Instant.day)) }
        let (configuration, connection) = try await database.open(context)
        let name = study.study
        let sealing = try await connection.perform { session throws(LogError) in
            try Sealing(Studies.open(name, session), until: limit, by: author, at: configuration, session)
        }
        await connection.close()
        let bar = ProgressBar(
            of: sealing.events, unit: "events", isShown: shards.progress.isShown(database.verbosity, context), context)
        defer { bar.clear() }
        let result: Sealing.Result
        do throws(LogError) {
            result = try await sealing.run(shards: shards.shardCount) { bar.advance(by: $0) }
        } catch {
            guard case .damaged = error else { throw error }
            // As for verify: the database is a log, and its chain is broken.
            throw Failure(.fellShort, error.description)
        }
        bar.clear()
        let seconds = Double(context.now - began) / 1e6
        await context.output.write(output == .json ? Self.object(result, seconds) : Self.table(result, seconds))
        return .done
    }

    private static func object(_ result: Sealing.Result, _ seconds: Double) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("segments", result.segments)
            writer.member("events", result.events)
            writer.member("bytes", result.bytes)
            writer.member("seconds", (seconds * 1e6).rounded() / 1e6)
        }
        writer.endLine()
        return writer.text
    }

    private static func table(_ result: Sealing.Result, _ seconds: Double) -> String {
        let each = result.events > 0 ? String(format: "%.1f", Double(result.bytes) / Double(result.events)) : "0"
        let rate = Int((Double(result.events) / max(seconds, 1e-6)).rounded())
        return """
            sealed      \(counted(result.events, "event")) in \(counted(result.segments, "segment"))
            size        \(result.bytes) bytes, \(each) an event
            time        \(String(format: "%.3f", seconds)) s, \(rate) events/s

            """
    }
}
