import ArgumentParser
import Report

/// `trough diff`: one trial under two protocols.
struct DiffCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Lists the patients whose outcome differs between two protocols, and the change in the curves.",
        discussion: """
            A patient differs where status, day, cause or evidence does. Both protocols are folded in one read of the log. \
            Endpoints are compared by their names.

            Example:
              trough diff default mine.yaml --endpoint clinical-failure
            """)

    @Argument(help: "The first protocol file, or default for roblin-2020.")
    var a: String
    @Argument(help: "The second protocol file, or default.")
    var b: String
    @Option(help: ArgumentHelp("Only this endpoint.", valueName: "name"))
    var endpoint: String?
    @Option(help: "Compare the curves by arm, disease or drug.")
    var by = Grouping.arm
    @Option(
        help: ArgumentHelp("The months at which survival is compared; 6,12,18,24 without it.", valueName: "list"),
        transform: Months.init(spelled:))
    var months = Months(values: [6, 12, 18, 24])
    @Option(name: .shortAndLong, help: "table, json, ndjson or csv; the last two have the patients alone.")
    var output = OutputFormat.table
    @OptionGroup var cut: CutOptions
    @OptionGroup var replay: ReplayOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws { try InputFile.checkReadOnce([a, b]) }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let protocols = [try await ProtocolSource.read(a), try await ProtocolSource.read(b)]
        let prepared = try await StudyReplay(protocols, study, cut, replay, database, context)
        let results = try await prepared.run(replay, database.verbosity, context)
        let comparison: OutcomeComparison
        do throws(ReportError) {
            comparison = try await OutcomeComparison(
                results[0], results[1], files: (a, b),
                options: SurvivalReport.Options(endpoint: endpoint, grouping: by, months: months.values))
        } catch {
            throw Failure(error)
        }
        if !database.verbosity.quiet {
            for sentence in comparison.warnings {
                await context.errors.write("trough: \(sentence.printable(context.style))\n")
            }
        }
        switch output {
        case .table: await context.output.write(comparison.table(context.style))
        case .json: await context.output.write(comparison.json())
        case .ndjson: await context.output.write(comparison.ndjson())
        case .csv: await context.output.write(comparison.csv())
        }
        return .done
    }
}
