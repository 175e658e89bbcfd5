package import ArgumentParser
import Foundation

/// The files that a report is written to besides the terminal.
package struct OutputFiles: ParsableArguments {
    @Option(help: ArgumentHelp("Writes the results as JSON.", valueName: "file"))
    package var json: String?
    @Option(help: ArgumentHelp("Writes the results as Markdown.", valueName: "file"))
    package var markdown: String?
    @Option(help: ArgumentHelp("Draws the results as a bar chart, which is SVG.", valueName: "file"))
    package var svg: String?

    /// No files unless they are asked for.
    package init() {}

    /// Writes the files that were asked for.
    package func write(_ report: Report) throws {
        if let json { try report.json().write(to: URL(fileURLWithPath: json)) }
        if let markdown { try Data(report.markdown.utf8).write(to: URL(fileURLWithPath: markdown)) }
        if let svg { try Data(BarChart(report).svg.utf8).write(to: URL(fileURLWithPath: svg)) }
    }
}
