import ArgumentParser
import Foundation
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

            Example:
              trough report --until 2016-06-30 --months 12,24
            """)

    @Option(help: ArgumentHelp("Only this endpoint.", valueName: "name"))
    var endpoint: String?
    @Option(help: "Compare by arm, disease or drug.")
    var by = Grouping.arm
    @Option(help: ArgumentHelp("The months at which survival is shown.", valueName: "list"))
    var months = Months(values: [6, 12, 18, 24])
    @Option(help: "The scale of confidence intervals: log-log, log or plain.")
    var confType = ConfidenceLimits.Scale.logLog
    @Flag(inversion: .prefixedNo, help: "Draw the curves; without a word, on a terminal only.")
    var curves: Bool?
    @Option(name: .shortAndLong, help: "table, json, ndjson (an object for each endpoint) or csv.")
    var output = OutputFormat.table
    @OptionGroup var cut: CutOptions
    @OptionGroup var replay: ReplayOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    mutating func run(in context: Context) async throws -> ExitStatus {
        let prepared = try await StudyReplay(study, cut, replay, database, context)
        let result = try await prepared.run(replay, database.verbosity, context)
        let report: SurvivalReport
        do throws(ReportError) {
            report = try SurvivalReport(
                result,
                options: SurvivalReport.Options(
                    endpoint: endpoint, grouping: by, months: months.values, limits: ConfidenceLimits(confType)))
        } catch {
            throw Failure(.usage, error.description)
        }
        for warning in report.warnings where !database.verbosity.quiet {
            await context.errors.write("trough: \(warning.printable(context.style))\n")
        }
        await context.output.write(text(of: report, context))
        return .done
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
            usesUnicode: environment.isUTF8 || !output.isTerminal, width: min(output.width, 120))
    }
}

/// Whole months, separated by commas.
struct Months: ExpressibleByArgument, Sendable {
    var values: [Int]

    init(values: [Int]) { self.values = values }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        values = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard values.count == parts.count, !values.isEmpty, values.allSatisfy({ $0 >= 0 }) else { return nil }
    }

    var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}

extension ConfidenceLimits.Scale: ExpressibleByArgument {}
