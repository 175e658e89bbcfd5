import Survival

extension SurvivalReport {
    /// The report as text for people, for terminals of the style's width.
    package func table(_ style: Style = Style()) -> String {
        var lines = heading(style).wrapped(to: style.width)
        for endpoint in endpoints {
            lines.append("")
            lines += EndpointTable(endpoint, in: self, style).lines
        }
        if endpoints.contains(where: { !$0.groups.isEmpty }) {
            lines.append("")
            lines += method(style).wrapped(to: style.width).map { style.paint($0, .faint) }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// What was replayed, in one line.
    func heading(_ style: Style) -> String {
        let name = protocolName.printable(style).cut(to: style.width, style)
        return "\(name): \(style.counted(patients, "patient")), \(style.count(randomised)) randomised, "
            + style.counted(events, "event")
    }

    /// How the figures were made.
    func method(_ style: Style) -> String {
        let level = Figure(limits.level * 100).significant(4)
        var text = "\(style.kaplanMeier) estimates with \(level) % limits (\(limits.scale.rawValue))"
        if endpoints.contains(where: { $0.logRank != nil }) { text += "; log-rank test" }
        if endpoints.contains(where: { $0.cox != nil }) { text += "; Cox regression with Efron's ties, Wald's p" }
        return text + ". Month m is day floor(30.4375 m) after randomisation. \(style.absent) means not estimable."
    }
}

/// One endpoint as lines of text.
private struct EndpointTable {
    private let endpoint: EndpointSurvival
    private let grouping: Grouping
    private let level: String
    private let style: Style
    private let names: [String]
    /// The width of the column of names, of which longer names are left out.
    private let nameWidth: Int

    init(_ endpoint: EndpointSurvival, in report: SurvivalReport, _ style: Style) {
        self.endpoint = endpoint
        self.style = style
        grouping = report.grouping
        level = Figure(report.limits.level * 100).significant(4)
        names = endpoint.groups.map { $0.name.printable(style) }
        let widest = style.width * 3 / 10
        nameWidth = (names.map(\.displayWidth).filter { $0 <= widest } + [Self.logRankLabel.count]).max() ?? 0
    }

    private static let logRankLabel = "log-rank"

    var lines: [String] {
        let name = endpoint.name.printable(style).cut(to: style.width, style)
        var lines = [style.paint(name, .heading)]
        guard !endpoint.groups.isEmpty else { return lines + [TextColumns.indent + "no randomised patients"] }
        for section in [survival, medians, comparison] where !section.isEmpty {
            lines.append("")
            lines += section
        }
        return lines
    }

    /// Patients, failures and survival at each month, the limits below it; blocks side by side as the width allows.
    private var survival: [String] {
        var lines = "survival in %, \(level) % confidence interval below"
            .wrapped(to: style.width - TextColumns.indent.count)
            .map { TextColumns.indent + style.paint($0, .faint) }
        var rest = Array(endpoint.groups[0].months.indices)
        repeat {
            let columns = rest.prefix(monthsPerBlock(of: rest))
            if rest.count < endpoint.groups[0].months.count { lines.append("") }
            lines += block(of: Array(columns)).lines(firstWidth: nameWidth, style)
            rest.removeFirst(columns.count)
        } while !rest.isEmpty
        return lines
    }

    private func block(of months: [Int]) -> TextColumns {
        var columns = TextColumns()
        let heads = [grouping.rawValue, "n", "events"] + months.map { "month \(endpoint.groups[0].months[$0].month)" }
        columns.append(heads.map { TextColumns.Cell($0, .faint) })
        for (number, group) in endpoint.groups.enumerated() {
            var row = [TextColumns.Cell(names[number], .group(number))]
            row += [style.count(group.count), style.count(group.events)].map { TextColumns.Cell($0) }
            row += months.map { TextColumns.Cell(style.percent(group.months[$0].estimate.survival)) }
            columns.append(row)
            let intervals = months.map { limits(of: group.months[$0].estimate) }
            if intervals.contains(where: { !$0.isEmpty }) {
                let blank = [TextColumns.Cell](repeating: TextColumns.Cell(""), count: 3)
                columns.append(blank + intervals.map { TextColumns.Cell($0, .faint) })
            }
        }
        return columns
    }

    private func limits(of estimate: KaplanMeier.Estimate) -> String {
        guard estimate.survival != nil else { return "" }
        return style.interval(estimate.lower, estimate.upper) { style.percent($0) } ?? style.absent
    }

    /// How many of the months fit side by side; always one.
    private func monthsPerBlock(of rest: [Int]) -> Int {
        func width(_ texts: [String]) -> Int { (texts.map(\.displayWidth).max() ?? 0) + TextColumns.gap.count }
        var taken = TextColumns.indent.count + nameWidth
        taken += width(["n"] + endpoint.groups.map { style.count($0.count) })
        taken += width(["events"] + endpoint.groups.map { style.count($0.events) })
        var count = 0
        for month in rest {
            let estimates = endpoint.groups.map { $0.months[month].estimate }
            taken += width(
                ["month \(endpoint.groups[0].months[month].month)"] + estimates.map { style.percent($0.survival) }
                    + estimates.map(limits))
            guard taken <= style.width || count == 0 else { break }
            count += 1
        }
        return count
    }

    private var medians: [String] {
        var lines = [TextColumns.indent + style.paint("median time to the event", .faint)]
        for (number, group) in endpoint.groups.enumerated() {
            lines += entry(names[number], .group(number), median(group.median))
        }
        return lines
    }

    private func median(_ median: KaplanMeier.Quantile) -> String {
        let days = style.interval(median.lower, median.upper, style.days)
        let months = style.interval(median.lower, median.upper, inMonths)
        guard let time = median.time else {
            guard let days, let months else { return "not reached" }
            return "not reached (\(days) days, \(months) months)"
        }
        func bracketed(_ limits: String?) -> String { limits.map { " (\($0))" } ?? "" }
        return
            "\(style.days(time)) day\(time == 1 ? "" : "s")\(bracketed(days)), \(inMonths(time)) months\(bracketed(months))"
    }

    private func inMonths(_ days: Double) -> String { Figure(days / 30.4375).fixed(1) }

    private var comparison: [String] {
        guard endpoint.groups.count > 1 else { return [] }
        var test = "not estimable"
        if let logRank = endpoint.logRank {
            let degrees = logRank.degreesOfFreedom
            let statistic = "\(style.chiSquared) = \(Figure(logRank.statistic).fixed(logRank.statistic < 10 ? 2 : 1))"
            let freedom = "\(degrees) degree\(degrees == 1 ? "" : "s") of freedom"
            test = "\(statistic.unbroken) on \(freedom), \(style.pValue(logRank.p).unbroken)"
        }
        var lines = entry(Self.logRankLabel, .faint, test)
        guard let cox = endpoint.cox else { return lines }
        let title = "hazard ratio against \(names[0])".cut(to: style.width - TextColumns.indent.count, style)
        lines += ["", TextColumns.indent + style.paint(title, .faint)]
        for (number, term) in cox.terms.enumerated() {
            lines += entry(names[number + 1], .group(number + 1), hazard(term.estimate))
        }
        return lines
    }

    private func hazard(_ term: CoxRegression.Term?) -> String {
        guard let term else { return "not estimable" }
        let limits = "\(style.ratio(term.lower))\(style.rangeDash)\(style.ratio(term.upper))"
        return "\(style.ratio(term.hazardRatio)) (\(limits)), \(style.pValue(term.p).unbroken)"
    }

    /// A name and what is to be said of it, on one line where it fits.
    private func entry(_ name: String, _ role: Style.Role, _ text: String) -> [String] {
        let room = style.width - TextColumns.indent.count
        let blank = String(repeating: " ", count: nameWidth + TextColumns.gap.count)
        let wrapped = text.wrapped(to: room - blank.count)
        var lines = wrapped.map { TextColumns.indent + blank + $0 }
        let painted = TextColumns.indent + style.paint(name.cut(to: room, style), role)
        if name.displayWidth > nameWidth { return [painted] + lines }
        let padding = String(repeating: " ", count: blank.count - name.displayWidth)
        lines[0] = painted + padding + (wrapped.first ?? "")
        return lines
    }
}
