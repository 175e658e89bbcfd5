package import Foundation

/// Everything a run of the benchmark found, and how it is shown.
package struct Report: Encodable {
    /// The machine and the programs, a line each.
    package let circumstances: [String]
    /// What is measured with, as a line.
    package let workload: String
    /// The parts of the table.
    package var sections: [Section] = []

    /// A report without sections.
    package init(circumstances: [String], workload: String) {
        self.circumstances = circumstances
        self.workload = workload
    }

    /// A table of 80 columns.
    package var table: String {
        var text = ""
        for line in circumstances + [workload] { text += line + "\n" }
        for section in sections {
            let heading = pad(section.title, 43) + "   median         [min, max]   target"
            text += "\n\(heading)\n"
            for line in section.lines { text += row(line) + "\n" }
        }
        return text
    }

    /// The same as JSON.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    private func row(_ line: Line) -> String {
        let series = line.series
        let range = "[\(shown(series.least, series.unit)), \(shown(series.greatest, series.unit))]"
        var text = pad("  \(series.name)", 43) + lead(shown(series.median, series.unit), 9) + lead(range, 19)
        if let bound = line.bound {
            text += " \(bound.isKept(by: series) ? " " : "!")\(bound.direction.rawValue)"
            text += lead(shown(bound.value, series.unit), 0)
        }
        return text
    }

    /// Rates in thousands or millions, ratios and points with two decimals, memory in megabytes, times in seconds.
    private func shown(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "ratio", "points": String(format: "%.2f", value)
        case "bytes": String(format: "%.1f", value)
        case "MB": String(format: "%.0f MB", value)
        case "s": String(format: "%.1f s", value)
        case "ms": String(format: "%.1f ms", value)
        default:
            switch value {
            case ..<99_950: String(format: "%.1fk", value / 1e3)
            case ..<999_500: String(format: "%.0fk", value / 1e3)
            default: String(format: "%.2fM", value / 1e6)
            }
        }
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func lead(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension Report {
    /// Whether every target was met.
    package var isWithinBounds: Bool {
        sections.allSatisfy { $0.lines.allSatisfy { $0.bound?.isKept(by: $0.series) ?? true } }
    }
}
