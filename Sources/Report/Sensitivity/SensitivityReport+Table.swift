import Survival

extension SensitivityReport {
    /// The analysis as text for people: for each endpoint a row for each value.
    package func table(_ style: Style = Style()) -> String {
        let report = rows[0].report
        var lines = report.heading(style).wrapped(to: style.width)
        for number in numbers {
            let own = Figure(number.ownValue).significant(15)
            let path = number.path.printable(style)
            let text = path == number.label ? path : "\(number.label.printable(style)): \(path)"
            lines += "\(text), \(own) in the protocol".wrapped(to: style.width)
        }
        for (number, endpoint) in report.endpoints.enumerated() {
            lines.append("")
            lines.append(style.paint(endpoint.name.printable(style).cut(to: style.width, style), .heading))
            lines.append("")
            if endpoint.groups.isEmpty {
                lines.append(TextColumns.indent + "no randomised patients")
            } else {
                lines += SensitivityTable(endpoint: number, of: self, style).lines
            }
        }
        lines.append("")
        var note = "Survival in %. " + report.method(style)
        if rows.contains(where: \.isOwn) { note = "* as in the protocol. " + note }
        lines += note.wrapped(to: style.width).map { style.paint($0, .faint) }
        return lines.map { $0 + "\n" }.joined()
    }
}

/// The rows of one endpoint as lines of text.
private struct SensitivityTable {
    private typealias Column = ColumnBlocks.Column

    private static let longestGroup = 20

    private let analysis: SensitivityReport
    private let endpoints: [EndpointSurvival]
    private let style: Style

    init(endpoint: Int, of analysis: SensitivityReport, _ style: Style) {
        self.analysis = analysis
        self.style = style
        endpoints = analysis.rows.map { $0.report.endpoints[endpoint] }
    }

    var lines: [String] { ColumnBlocks(first: values, columns: columns).lines(style) }

    /// The values of all numbers side by side, with a mark at those of the protocol.
    private var values: Column {
        let numbers = analysis.numbers.enumerated().map { number, varied in
            Column(heads: ("", varied.label.printable(style)), cells: analysis.rows.map { $0.texts[number] })
        }
        var values = Column.joined(numbers)
        values.cells = zip(values.cells, analysis.rows).map { $0 + ($1.isOwn ? " *" : "  ") }
        return values
    }

    private var columns: [Column] {
        let groups = endpoints[0].groups.indices
        let columns = groups.flatMap(survival)
        guard groups.count > 1 else { return columns }
        let test = endpoints.map { endpoint in endpoint.logRank.map { p($0.p) } ?? style.absent }
        return columns + groups.dropFirst().map(hazard) + [Column(heads: ("log-rank", "p"), cells: test)]
    }

    private func name(of group: Int) -> String {
        endpoints[0].groups[group].name.printable(style).cut(to: Self.longestGroup, style)
    }

    /// Failures of a group and its survival at each month, under its name; several columns where one would be too wide.
    private func survival(of group: Int) -> [Column] {
        let groups = endpoints.map { $0.groups[group] }
        let room = style.width - TextColumns.indent.count - values.width
        var columns = [[Column(heads: ("", "events"), cells: groups.map { style.count($0.events) })]]
        for month in groups[0].months.indices {
            let next = Column(
                heads: ("", "month \(groups[0].months[month].month)"),
                cells: groups.map { style.percent($0.months[month].estimate.survival) })
            let taken = (columns[columns.count - 1] + [next]).reduce(0) { $0 + TextColumns.gap.count + $1.width }
            if taken <= room { columns[columns.count - 1].append(next) } else { columns.append([next]) }
        }
        return columns.map { .joined($0, under: name(of: group), role: .group(group)) }
    }

    private func hazard(of group: Int) -> Column {
        let cells = endpoints.map { endpoint in
            guard let term = endpoint.cox?.terms[group - 1].estimate else { return style.absent }
            let limits = "\(style.ratio(term.lower))\(style.rangeDash)\(style.ratio(term.upper))"
            return "\(style.ratio(term.hazardRatio)) (\(limits))"
        }
        return Column(heads: (name(of: group), "hazard ratio"), cells: cells, role: .group(group))
    }

    /// A p value without the letter.
    private func p(_ value: Double) -> String {
        let text = style.pValue(value)
        return String(text.dropFirst(text.hasPrefix("p = ") ? 4 : 2))
    }
}
