import ArgumentParser
import AsyncAlgorithms
import EventLog
import Foundation
import Logging
import Postgres
import Report
import Trial

/// `trough append`: reads event lines into the log.
struct AppendCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "append",
        abstract: "Reads event lines from files or standard input into the log.",
        discussion: """
            Commits at least every second and every 10,000 events. Running it again on the same lines, after whatever \
            interruption, ends with the same log. Exits with 1 when lines were refused; the others are stored.

            Where the database goes away meanwhile, no more is read than one commit ahead, and work is tried again until \
            --patience is over. A first signal ends the reading, stores what was read, and says what was stored; it then waits no \
            longer than 5 seconds for a database that is away.

            Example:
              trough append site-a.ndjson --reason "monthly transfer"
              analyser | trough append - -o ndjson --patience 86400
            """)
    static let finishesWhenSignalled = true

    @Argument(help: "Event files; - or none for standard input.")
    var files: [String] = []
    @Option(help: ArgumentHelp("Writes one JSON object for each refused line.", valueName: "file"))
    var rejects: String?
    @Option(help: ArgumentHelp("Who is responsible; the login name without it.", valueName: "name"))
    var author: String?
    @Option(help: ArgumentHelp("Why, kept with every commit.", valueName: "text"))
    var reason: String?
    @Flag(help: "Only validate; nothing is written and no database is needed.")
    var dryRun = false
    @Option(help: ArgumentHelp("How many connections share the study's slices.", valueName: "n"))
    var connections = 2
    @Option(
        help: ArgumentHelp("How many slices a study gets that is made by this command; 64 without it.", valueName: "n"))
    var slices: Int?
    @Option(
        help: ArgumentHelp(
            "For how long work is tried again where the database goes away, 0 to 86400.", valueName: "seconds"))
    var patience = Int(Limits.patience.components.seconds)
    @Option(help: "Show progress, where the input has a size: auto (on a terminal), always or never.")
    var progress = ProgressMode.auto
    @Option(name: .shortAndLong, help: "table, json or ndjson (an object for each commit).")
    var output = OutputFormat.table
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if author == "" { throw ValidationError("--author is empty; expected the name of who is responsible.") }
        if reason == "" { throw ValidationError("--reason is empty; expected why the events are added, or nothing.") }
        try check(connections, isIn: 1...16, "--connections")
        try check(slices, isIn: 1...Limits.greatestSlices, "--slices")
        try check(patience, isIn: 0...86_400, "--patience", "seconds")
        try output.check([.table, .json, .ndjson], for: "append")
        try InputFile.checkReadOnce(files)
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let (inputs, rejectsFile) = try await openFiles(context)
        let appender = dryRun ? nil : try await openAppender(context)
        try await rejectsFile?.begin()
        var ledger = AppendLedger(
            files: inputs.map(\.name), format: output, rejects: rejectsFile, isDryRun: dryRun, began: context.now)
        do {
            try await append(inputs, to: appender, &ledger, context)
        } catch {
            await ledger.tellOfFailure(context)
            throw error
        }
        await appender?.close()
        try await ledger.finish(context)
        return ledger.rejected > 0 ? .fellShort : .done
    }

    /// Opens what is read, and what gets the refused lines.
    private func openFiles(_ context: Context) async throws -> ([InputSource], RejectsFile?) {
        let (names, rejects) = (files.isEmpty ? ["-"] : files, rejects)
        return try await context.untilSignalled {
            try await untilCancelled {
                let inputs = try names.map(InputSource.init)
                return (inputs, try rejects.map { try RejectsFile($0, besides: inputs) })
            }
        }
    }

    /// Reads, commits and reports piece by piece; reading goes no further ahead than the next piece.
    private func append(
        _ inputs: [InputSource], to appender: Appender?, _ ledger: inout AppendLedger, _ context: Context
    ) async throws {
        let channel = AsyncThrowingChannel<ParsedLines, any Error>()
        let bar = bar(inputs, context)
        defer { bar?.clear() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(name: "read lines") {
                await LineReader(context: context, inputs: inputs).run(into: channel)
            }
            group.addTask(name: "hurry after a signal") {
                await context.signals.first()
                if context.signals.received != nil { appender?.hurry(within: Self.timeAfterSignal) }
            }
            for try await piece in channel {
                ledger.take(piece)
                let receipt: AppendReceipt?
                do throws(AppendFailure) { receipt = try await appender?.store(piece.events) } catch {
                    ledger.lose(error)
                    throw error.reason
                }
                // What is said of refused lines is not to stand on the same line.
                bar?.clear()
                try await ledger.record(piece, receipt?.decisions, context)
                bar?.advance(by: piece.bytes)
            }
            group.cancelAll()
        }
    }

    /// How far the input has been stored, where its size is known.
    private func bar(_ inputs: [InputSource], _ context: Context) -> ProgressBar? {
        let sizes = inputs.compactMap(\.size)
        guard sizes.count == inputs.count else { return nil }
        return ProgressBar(
            of: sizes.reduce(0, +), unit: "bytes", isShown: progress.isShown(database.verbosity, context), context)
    }

    /// For how long a database that is away is waited for after a first signal.
    private static let timeAfterSignal = Duration.seconds(5)

    private func openAppender(_ context: Context) async throws -> Appender {
        let (configuration, connection) = try await database.open(context)
        let (name, slices) = (study.study, slices ?? Limits.defaultSlices)
        let opened = try await connection.perform { session throws(LogError) in
            try Studies.openOrCreate(name, slices: slices, session)
        }
        await connection.close()
        let logger = context.logger(database.verbosity)
        if let wanted = self.slices, wanted != opened.slices {
            logger.warning(
                "The study \"\(name)\" has \(counted(opened.slices, "slice")) for good; --slices \(wanted) changes nothing."
            )
        }
        logger.debug("append to study \"\(name)\", \(opened.slices) slices, over \(connections) connections")
        return try await Appender(
            to: opened, at: configuration,
            by: Attribution(author: author ?? context.environment.loginName, reason: reason, client: Version.text),
            lanes: connections, patience: .seconds(patience), logger: logger)
    }
}
