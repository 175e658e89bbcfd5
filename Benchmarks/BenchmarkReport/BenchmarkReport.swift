import ArgumentParser
import Foundation
import Measuring

/// Puts what several benchmark programs found into one report.
@main
struct BenchmarkReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts the results of several benchmark programs into one table, one Markdown and one chart.",
        discussion: "Prints what stands beside its limit. Reads what the programs wrote with --json.")

    @Argument(help: "The results, in the order of the report.")
    var results: [String]
    @OptionGroup var files: OutputFiles

    func run() throws {
        let report = Report(
            try results.map { try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: $0))) })
        print(report.overview, terminator: "")
        try files.write(report)
    }
}
