import Simulation
import Survival
import VirtualCohort

extension OperatingCharacteristics {
    /// The characteristics as text for people.
    package func table(_ style: Style = Style()) -> String {
        let count = range.count
        let heading =
            "\(header.scenario.printable(style)), seed \(header.seed): \(style.counted(count, "trial")), "
            + "\(style.counted(patients, "patient")), \(style.counted(events, "event"))"
        var lines = heading.wrapped(to: style.width)
        for endpoint in endpoints {
            lines += ["", style.paint(endpoint.name.printable(style), .heading), ""]
            lines += endpoint.lines(style)
        }
        let level = Figure(Self.significance).significant(2)
        lines += [""]
        lines +=
            "\(style.kaplanMeier) estimates; log-rank test at \(level). \(style.absent) means not reached or not estimable."
            .wrapped(to: style.width).map { style.paint($0, .faint) }
        return lines.map { $0 + "\n" }.joined()
    }
}

extension EndpointCharacteristics {
    /// A row of a block: a name, a distribution, and how its numbers are spelled.
    private struct Row {
        var name: String
        var role: Style.Role
        var distribution: Distribution
        var spell: (Double) -> String
    }

    fileprivate func lines(_ style: Style) -> [String] {
        func row(_ number: Int, _ distribution: Distribution, _ spell: @escaping (Double) -> String) -> Row {
            Row(
                name: arms[number].name.printable(style), role: .group(number), distribution: distribution,
                spell: spell)
        }
        let percent: (Double) -> String = { $0.isFinite ? style.percent($0) : style.absent }
        let months: (Double) -> String = { $0.isFinite ? Figure($0 / 30.4375).fixed(1) : style.absent }
        let p: (Double) -> String = { $0.isFinite ? Figure($0).significant(2) : style.absent }
        return Self.block(
            "survival at 24 months in %",
            arms.indices.map { row($0, arms[$0].survival, percent) }, style)
            + Self.block(
                "median time to the event in months",
                arms.indices.map { row($0, arms[$0].medianDays, months) }, style)
            + Self.block("log-rank", [Row(name: "p", role: .plain, distribution: logRankP, spell: p)], style)
            + sentences(style).flatMap { sentence in
                sentence.wrapped(to: style.width - TextColumns.indent.count).map { TextColumns.indent + $0 }
            }
    }

    private func sentences(_ style: Style) -> [String] {
        let level = Figure(OperatingCharacteristics.significance).significant(2)
        var sentences = ["power at \(level): \(style.percent(power)) %"]
        if logRankP.share < 1 { sentences.append("nothing to test in \(style.percent(1 - logRankP.share)) %") }
        for arm in arms where arm.survival.share < 1 {
            let share = style.percent(1 - arm.survival.share)
            sentences.append(
                "survival of \(arm.name.printable(style)) at 24 months not estimable in \(share) %, and left out")
        }
        for arm in arms where arm.medianDays.finiteShare < 1 {
            let share = style.percent(arm.medianDays.finiteShare)
            sentences.append("median of \(arm.name.printable(style)) reached in \(share) %")
        }
        if let published {
            let points = Figure(published.result.difference * 100).fixed(0)
            let share = style.percent(published.shareAtLeast)
            sentences.append("difference of at least the published \(points) points: \(share) %")
        }
        return sentences
    }

    /// The columns that may be shown: mean, standard deviation and quantiles; of narrow text first the quartiles are left
    /// out, then the deviation, then all but the median.
    private static let columnChoices = [[0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 4, 6], [0, 2, 4, 6], [4]]

    /// A title, rows of figures and an empty line.
    private static func block(_ title: String, _ rows: [Row], _ style: Style) -> [String] {
        let plain = Style(usesUnicode: style.usesUnicode, width: style.width)
        let columns = columnChoices.first { choice in
            table(rows, choice, plain).allSatisfy { $0.displayWidth <= style.width }
        }
        return [TextColumns.indent + style.paint(title, .faint)]
            + table(rows, columns ?? columnChoices[columnChoices.count - 1], style) + [""]
    }

    private static func table(_ rows: [Row], _ columns: [Int], _ style: Style) -> [String] {
        let heads =
            ["mean", "sd"] + Distribution.probabilities.map { "\(Figure($0 * 100).significant(3)) %" }
        var table = TextColumns()
        table.append([TextColumns.Cell("")] + columns.map { TextColumns.Cell(heads[$0], .faint) })
        for row in rows {
            let numbers = [row.distribution.mean, row.distribution.standardDeviation] + row.distribution.quantiles
            table.append(
                [TextColumns.Cell(row.name, row.role)] + columns.map { TextColumns.Cell(row.spell(numbers[$0])) })
        }
        let widest = rows.map(\.name.displayWidth).max() ?? 0
        return table.lines(firstWidth: min(max(widest, 1), style.width / 4), style)
    }
}
