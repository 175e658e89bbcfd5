import ArgumentParser
import EventLog
import Foundation
import Logging
import Postgres
import Projection
import Report
import Trial

/// How many shards fold, and whether progress is shown.
struct ReplayOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many actors fold side by side; the number of cores without it.", valueName: "n"))
    var shards: Int?
    @Option(help: "Show progress: auto (on a terminal), always or never.")
    var progress = ProgressMode.auto

    func validate() throws {
        if let shards, !(1...1024).contains(shards) { throw ValidationError("--shards takes 1 to 1024.") }
    }
}

/// Everything that a command needs to replay a study.
struct StudyReplay: Sendable {
    let reader: LogReader
    let replay: Replay
    let began: Int64

    /// Opens the study, takes its heads and prepares the protocol.
    init(
        _ study: StudyOption, _ cut: CutOptions, _ options: ReplayOptions, _ database: DatabaseOptions,
        _ context: Context
    ) async throws {
        began = context.now
        let compiled = CompiledProtocol(try cut.trialProtocol())
        let (configuration, connection) = try await database.open(context)
        let (name, asOf) = (study.study, cut.asOf?.microseconds)
        reader = try await connection.perform { session throws(LogError) in
            try LogReader(Studies.open(name, session), asOf: asOf, session)
        }
        await connection.close()
        context.logger(database.verbosity).debug(
            "study \"\(name)\": \(reader.events) events in \(reader.heads.count) slices")
        replay = Replay(
            at: configuration, compiled, until: cut.until?.microseconds,
            shards: options.shards ?? max(1, ProcessInfo.processInfo.activeProcessorCount))
    }

    /// Folds the study, with a progress bar where one is wanted.
    func run(_ options: ReplayOptions, _ verbosity: Verbosity, _ context: Context) async throws -> ReplayResult {
        let bar = ProgressBar(
            of: Int(reader.events), unit: "events", isShown: options.progress.isShown(verbosity, context), context)
        defer { bar.clear() }
        return try await replay.run(reader) { bar.advance(by: $0) }
    }
}

/// `trough replay`: folds the log into outcomes.
struct ReplayCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Folds the log into outcomes, in parallel.",
        discussion: """
            The digest is SHA-256 over the outcome lines: equal digests mean equal outcomes, whatever the number of shards \
            and the order in which events arrived.

            Example:
              trough replay --until 2016-06-30 --outcomes outcomes.ndjson
            """)

    @Option(
        help: ArgumentHelp(
            "Writes one outcome line for each randomised patient; - for standard output.", valueName: "file"))
    var outcomes: String?
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @OptionGroup var cut: CutOptions
    @OptionGroup var replay: ReplayOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        try output.check([.table, .json], for: "replay")
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let prepared = try await StudyReplay(study, cut, replay, database, context)
        let result = try await prepared.run(replay, database.verbosity, context)
        let digest = result.digest()
        let seconds = Double(context.now - prepared.began) / 1e6
        if let outcomes { try await OutcomeFile.write(result, to: outcomes, context) }
        let text =
            output == .json ? Self.object(result, digest, seconds) : Self.table(result, digest, seconds)
        // With the outcomes on standard output, what people read goes to the other stream.
        await (outcomes == "-" && output == .table ? context.errors : context.output).write(text)
        return .done
    }

    private static func object(_ result: ReplayResult, _ digest: String, _ seconds: Double) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("events", result.events)
            writer.member("patients", result.patients)
            writer.member("randomised", result.randomised)
            writer.member("seconds", (seconds * 1e6).rounded() / 1e6)
            writer.member("eventsPerSecond", rate(result, seconds))
            writer.member("shards", result.shards)
            writer.member("digest", digest)
            writer.member("findings", result.findings)
        }
        writer.endLine()
        return writer.text
    }

    private static func table(_ result: ReplayResult, _ digest: String, _ seconds: Double) -> String {
        var text = """
            protocol    \(result.trial.name)
            events      \(result.events)
            patients    \(result.patients), \(result.randomised) randomised
            time        \(String(format: "%.3f", seconds)) s, \(rate(result, seconds)) events/s, \(result.shards) shards
            digest      \(digest)
            findings    \(result.findings)

            """
        for code in Finding.Code.allCases {
            if let count = result.findingCounts[code] { text += "            \(count) × \(code.rawValue)\n" }
        }
        return text
    }

    private static func rate(_ result: ReplayResult, _ seconds: Double) -> Int {
        Int((Double(result.events) / max(seconds, 1e-6)).rounded())
    }
}

/// Writes outcome lines to a file, which appears under its name only when it is complete.
enum OutcomeFile {
    private static let pieceSize = 1 << 20

    static func write(_ result: ReplayResult, to path: String, _ context: Context) async throws {
        var pieces: [[UInt8]] = []
        var piece: [UInt8] = []
        result.eachLine { line in
            piece.append(contentsOf: line)
            piece.append(UInt8(ascii: "\n"))
            if piece.count >= pieceSize {
                pieces.append(piece)
                piece = []
            }
        }
        pieces.append(piece)
        if path == "-" {
            for piece in pieces { await context.output.write(piece) }
        } else {
            try await WholeFile.write(pieces, to: path)
        }
    }
}
