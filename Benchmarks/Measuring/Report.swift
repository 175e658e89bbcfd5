package import Foundation

/// Everything a run of the benchmarks found.
package struct Report: Codable {
    /// The machine and the programs, a line each.
    package private(set) var circumstances: [String]
    /// What is measured with, a line for each program that measured.
    package private(set) var workloads: [String]
    /// What stands beside its limit: the table that sums up the run.
    package var comparisons: [Comparison] = []
    /// The parts of the long table.
    package var sections: [Section] = []

    /// A report without sections.
    package init(circumstances: [String], workload: String) {
        self.circumstances = circumstances
        workloads = [workload]
    }

    /// The reports of several programs as one, in their order.
    ///
    /// The load is that before the first; the later ones only saw what the earlier left.
    package init(_ reports: [Report]) {
        circumstances = []
        workloads = []
        for report in reports {
            circumstances += report.circumstances.filter { line in
                !circumstances.contains(line)
                    && (circumstances.isEmpty || !line.hasPrefix(Circumstances.loadBefore))
            }
            workloads += report.workloads
            comparisons += report.comparisons
            sections += report.sections
        }
    }

    /// Adds a part of the long table, and what of it stands beside its limit.
    package mutating func add(_ section: Section, _ comparisons: Comparison...) {
        sections.append(section)
        self.comparisons += comparisons
    }

    /// Whether every target was met.
    package var isWithinBounds: Bool {
        sections.allSatisfy { $0.lines.allSatisfy { $0.bound?.isKept(by: $0.series) ?? true } }
    }

    /// The report as JSON.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}

extension Report {
    /// All of it, 80 columns wide: circumstances, the long table, and the table that sums up.
    package var table: String {
        var text = ""
        for line in circumstances + workloads { text += line + "\n" }
        for section in sections {
            text += "\n" + Figure.pad(section.title, 43) + "   median         [min, max]   target\n"
            for line in section.lines { text += row(line) + "\n" }
        }
        if !comparisons.isEmpty { text += "\n" + overview }
        return text
    }

    /// What stands beside its limit, a line each, 80 columns wide.
    package var overview: String {
        var text = Figure.pad("against the limit", 24) + "     ours  held against                  ratio     peak\n"
        for comparison in comparisons {
            text += Figure.pad("  " + comparison.name, 24)
            text += Figure.lead(Figure.spelled(comparison.ours.median, comparison.ours.unit), 9)
            text += Figure.pad("  " + comparison.against, 22)
            text += Figure.lead(Figure.spelled(comparison.limit.median, comparison.limit.unit), 9)
            text += Figure.lead(Figure.spelled(comparison.ratio.median, "ratio"), 7)
            text += Figure.lead(comparison.peakMegabytes.map { Figure.spelled($0, "MB") } ?? "", 9) + "\n"
        }
        return text
    }

    private func row(_ line: Line) -> String {
        let series = line.series
        var text = Figure.pad("  \(series.name)", 43)
        text += Figure.lead(Figure.spelled(series.median, series.unit), 9) + Figure.lead(Figure.range(series), 19)
        if let bound = line.bound {
            text += " \(bound.isKept(by: series) ? " " : "!")\(bound.direction.rawValue)"
            text += Figure.spelled(bound.value, series.unit)
        }
        return text
    }
}
