import ArgumentParser
import Foundation
import Projection
import Report
import Survival

extension Grouping: ExpressibleByArgument {}

/// `trough report`: survival statistics by group.
struct ReportCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Replays the log, then reports survival by arm: Kaplan-Meier, log-rank and Cox regression.",
        discussion: """
            Conventions are those of R's package survival. On a terminal the curves are drawn below the figures.

            A sweep varies one number of the protocol, named by endpoint, criterion and condition as in its file, and gives \
            a row for each value. Several sweeps make a grid. All is one read of the log.

            Example:
              trough report --until 2016-06-30 --months 12,24
              trough report --sweep clinical-failure.crohn-activity.calprotectin=150:400:50
            """)

    @Option(
        name: .customLong("endpoint"), parsing: .singleValue,
        help: ArgumentHelp("Only this endpoint.", valueName: "name"))
    var endpoints: [String] = []
    /// The one endpoint that is asked for.
    var endpoint: String? { endpoints.first }
    @Option(help: "Compare by arm, disease or drug.")
    var by = Grouping.arm
    @Option(
        help: ArgumentHelp(
            "The months at which survival is shown; 6,12,18,24 without it, and \(Self.sweepMonth) for a sweep.",
            valueName: "list"), transform: Months.init(spelled:))
    var months: Months?
    @Option(help: "The scale of confidence intervals: log-log, log or plain.")
    var confType = ConfidenceLimits.Scale.logLog
    @Option(
        name: .customLong("sweep"), parsing: .singleValue,
        help: ArgumentHelp(
            "A sensitivity table over a number of the protocol, with at most \(Projection.Limits.protocols) protocols; may be "
                + "given several times.",
            valueName: "path=from:to:step"))
    var sweeps: [String] = []
    @Flag(inversion: .prefixedNo, help: "Draw the curves; without a word, on a terminal only.")
    var curves: Bool?
    @Option(name: .shortAndLong, help: "table, json, ndjson (an object for each endpoint, or value of a sweep) or csv.")
    var output = OutputFormat.table
    @OptionGroup var trial: ProtocolOption
    @OptionGroup var cut: CutOptions
    @OptionGroup var replay: ReplayOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    /// The month that a row of a sweep shows where none is asked for.
    static let sweepMonth = 24

    func validate() throws {
        guard endpoints.count <= 1 else {
            throw ValidationError(
                "--endpoint is given \(endpoints.count) times; a report is of one endpoint, or of all.")
        }
        if curves == true, output != .table {
            throw ValidationError("--curves draws below a table and goes with no other output.")
        }
        if !sweeps.isEmpty, curves == true {
            throw ValidationError("--curves draws the report of one protocol, not the table of a sweep.")
        }
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        if !sweeps.isEmpty { return try await sweep(context) }
        var prepared = try await StudyReplay([await trial.trialProtocol()], study, cut, replay, database, context)
        prepared.replay.spellsLines = false
        let result = try await prepared.run(replay, database.verbosity, context)[0]
        let report: SurvivalReport
        do throws(ReportError) {
            report = try await SurvivalReport(
                result, options: options(endpoint: endpoint, months: months?.values ?? [6, 12, 18, 24]))
        } catch {
            throw Failure(error)
        }
        await warn(report.warnings, context)
        await context.output.write(text(of: report, context))
        return .done
    }

    /// What is reported, and how.
    func options(endpoint: String?, months: [Int]) -> SurvivalReport.Options {
        SurvivalReport.Options(
            endpoint: endpoint, grouping: by, months: months, limits: ConfidenceLimits(confType))
    }

    /// Says what could not be estimated.
    func warn(_ warnings: [String], _ context: Context) async {
        for warning in warnings where !database.verbosity.quiet {
            await context.errors.write("trough: \(warning.printable(context.style))\n")
        }
    }

    private func text(of report: SurvivalReport, _ context: Context) -> String {
        switch output {
        case .json: return report.json()
        case .ndjson: return report.ndjson()
        case .csv: return report.csv()
        case .table:
            let style = context.style
            var text = report.table(style)
            if curves ?? context.output.isTerminal {
                for endpoint in report.endpoints { text += "\n" + SurvivalCurve(endpoint, style).text() }
            }
            return text
        }
    }
}

extension Context {
    /// How text for people looks on this output.
    var style: Style {
        Style(
            usesColor: output.isTerminal && environment.allowsColour,
            usesUnicode: environment.isUTF8 || !output.isTerminal, width: min(output.width(environment), 120))
    }
}

/// Whole months, separated by commas.
struct Months: Sendable {
    var values: [Int]

    init(values: [Int]) { self.values = values }

    /// - Throws: A sentence where the text is no list of months.
    init(spelled text: String) throws {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        values = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard values.count == parts.count, !values.isEmpty, values.allSatisfy({ $0 >= 0 }) else {
            throw ValidationError("Months are whole numbers of at least 0 with commas between them, such as 6,12,24.")
        }
    }
}

extension ConfidenceLimits.Scale: ExpressibleByArgument {}
