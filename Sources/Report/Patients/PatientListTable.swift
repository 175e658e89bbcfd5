import Projection
import Trial

extension PatientList {
    /// Appends a table for people: a header, a line for each patient, a legend, and the number of patients by phase.
    ///
    /// - Parameters:
    ///   - width: How many columns a line may take. Long names are cut with `…`; endpoints that find no room are left
    ///     out, and the legend says so.
    ///   - output: Where the lines go, each ended by a line feed.
    package func appendTable(width: Int = 80, to output: inout [UInt8]) {
        if !states.isEmpty {
            let layout = PatientTableLayout(Self.columns(of: states) + endpointColumns, width: width)
            layout.append(to: &output)
            var legend = "trough in ug/mL · abs: drug-sensitive/-tolerant assay · endpoints: failure day"
            if layout.omitted > 0 { legend += " · not shown: \(layout.omitted)" }
            output.append(text: "\n")
            append(legend, width, to: &output)
        }
        append(summary, width, to: &output)
    }

    private func append(_ text: String, _ width: Int, to output: inout [UInt8]) {
        for line in PatientText.wrapped(text, to: width) { output.append(text: line + "\n") }
    }

    /// How many patients there are, and how many of them in each phase.
    private var summary: String {
        let counts = PatientState.Phase.allCases.compactMap { phase in
            let count = states.count { $0.phase == phase }
            return count > 0 ? "\(count) \(phase.rawValue)" : nil
        }
        let all = states.count == total ? "\(total)" : "\(states.count) of \(total)"
        let noun = total == 1 ? " patient" : " patients"
        return all + noun + (counts.isEmpty ? "" : ": ") + counts.joined(separator: ", ")
    }

    private static func columns(of states: [PatientState]) -> [PatientTableColumn] {
        func column(
            _ title: String, least: Int, toTheRight: Bool = false, _ cell: (PatientState) -> String?
        ) -> PatientTableColumn {
            PatientTableColumn(
                title: title, cells: states.map { cell($0) ?? PatientText.missing }, least: least,
                isToTheRight: toTheRight)
        }
        return [
            column("subject", least: 8) { PatientText.shown($0.subject) },
            column("arm", least: 5) { $0.arm.map(PatientText.shown) },
            column("dx", least: 2) { $0.disease?.name },
            column("drug", least: 5) { $0.drug?.name },
            column("phase", least: 8) { $0.phase.rawValue },
            column("day", least: 4, toTheRight: true) { $0.day.map(String.init) },
            column("trough", least: 7, toTheRight: true) { $0.trough.map(PatientEventText.short) },
            column("abs", least: 3) { $0.drug == nil ? nil : signs($0) },
            column("score", least: 7) { $0.score.map { score in shortName(score.instrument) + " \(score.total)" } },
        ]
    }

    private var endpointColumns: [PatientTableColumn] {
        trial.endpoints.enumerated().map { index, endpoint in
            let cells = states.map { state in
                guard state.outcomes.indices.contains(index), state.outcomes[index].isEvent else {
                    return PatientText.missing
                }
                return String(state.outcomes[index].day)
            }
            return PatientTableColumn(
                title: PatientText.shown(endpoint.name.utf8), cells: cells, least: 5, isToTheRight: false,
                mayBeOmitted: true)
        }
    }

    /// One sign for each assay method: positive, negative, measured but not judged, never measured.
    private static func signs(_ state: PatientState) -> String {
        AssayMethod.allCases.map { method in
            guard let antibodies = state.antibodies.first(where: { $0.method == method }) else {
                return PatientText.missing
            }
            return antibodies.isPositive.map { $0 ? "+" : "-" } ?? "?"
        }.joined(separator: "/")
    }

    private static func shortName(_ instrument: Instrument) -> String {
        instrument == .partialMayo ? "pMayo" : instrument.name
    }
}

/// One column of a table.
struct PatientTableColumn {
    var title: String
    var cells: [String]
    /// The width below which the column is not cut.
    var least: Int
    /// Whether its cells end flush, as numbers do.
    var isToTheRight: Bool
    /// Whether the column may be left out where there is no room, the last one first.
    var mayBeOmitted = false

    /// The width at which nothing is cut.
    var natural: Int { cells.reduce(PatientText.columns(title)) { max($0, PatientText.columns($1)) } }
}

/// Columns that were given widths so that a line fits.
struct PatientTableLayout {
    /// The width from which a subject, which stands first, gives way.
    private static let enoughOfSubject = 12

    private var columns: [PatientTableColumn]
    private var widths: [Int]
    private var gap = 2
    private let width: Int
    /// How many columns found no room.
    private(set) var omitted = 0

    init(_ columns: [PatientTableColumn], width: Int) {
        self.columns = columns
        self.width = width
        widths = columns.map(\.natural)
        // Titles of what may be left out give way first, then the space between columns, then the names in cells.
        for index in columns.indices.reversed() where columns[index].mayBeOmitted { shrink(index) }
        if excess > 0 {
            gap = 1
            widenTitles()
        }
        // One long subject is no reason to cut what all patients have: it gives way before the others, and again after them.
        if !columns.isEmpty { shrink(0, to: Self.enoughOfSubject) }
        for index in Array(columns.indices.dropFirst()) + [0] where columns.indices.contains(index) { shrink(index) }
        while excess > 0, let last = self.columns.last, last.mayBeOmitted {
            self.columns.removeLast()
            widths.removeLast()
            omitted += 1
        }
    }

    /// By how much a line is too long.
    private var excess: Int { widths.reduce(0, +) + gap * (widths.count - 1) - width }

    private mutating func shrink(_ index: Int, to narrow: Int? = nil) {
        let least = min(widths[index], narrow ?? columns[index].least)
        widths[index] = max(least, widths[index] - max(0, excess))
    }

    /// Gives room that is left to the titles that gave way, one column of the terminal at a time to each.
    private mutating func widenTitles() {
        while excess < 0 {
            let cut = columns.indices.filter { columns[$0].mayBeOmitted && widths[$0] < columns[$0].natural }
            if cut.isEmpty { return }
            for index in cut where excess < 0 { widths[index] += 1 }
        }
    }

    /// Appends the header and all lines.
    func append(to output: inout [UInt8]) {
        append(columns.map(\.title), to: &output)
        for row in (columns.first?.cells ?? []).indices { append(columns.map { $0.cells[row] }, to: &output) }
    }

    private func append(_ cells: [String], to output: inout [UInt8]) {
        var line = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { line += String(repeating: " ", count: gap) }
            line += PatientText.padded(cell, to: widths[index], toTheRight: columns[index].isToTheRight)
        }
        while line.last == " " { line.removeLast() }
        output.append(text: PatientText.fitted(line, to: width) + "\n")
    }
}
