import Projection
import Survival
import Trial

extension OutcomeComparison {
    /// The comparison as text for people: for each endpoint the change in each group, then the patients whose outcome
    /// differs.
    package func table(_ style: Style = Style()) -> String {
        var lines: [String] = []
        for (letter, side) in [("a", a), ("b", b)] {
            let name = side.file == side.name ? side.name : "\(side.file) (\(side.name))"
            lines.append("\(letter)  \(name)".printable(style).cut(to: style.width, style))
        }
        let counts =
            "\(style.counted(patients, "patient")), \(style.count(randomised)) randomised, "
            + style.counted(events, "event")
        lines += counts.wrapped(to: style.width)
        for endpoint in endpoints {
            lines.append("")
            lines += ComparisonTable(endpoint, of: self, style).lines
        }
        if endpoints.contains(where: { !$0.groups.isEmpty }) {
            lines.append("")
            let note =
                "Gained: events under b alone; lost: under a alone; changed: under both or neither, on another day or "
                + "for other reasons. \(style.kaplanMeier) estimates; the median is in days. \(style.absent) means not "
                + "estimable."
            lines += note.wrapped(to: style.width).map { style.paint($0, .faint) }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}

/// One endpoint under both protocols as lines of text.
private struct ComparisonTable {
    private typealias Column = ColumnBlocks.Column

    private static let longestGroup = 20

    private let comparison: OutcomeComparison
    private let endpoint: OutcomeComparison.Comparison
    private let style: Style

    init(_ endpoint: OutcomeComparison.Comparison, of comparison: OutcomeComparison, _ style: Style) {
        self.comparison = comparison
        self.endpoint = endpoint
        self.style = style
    }

    var lines: [String] {
        let name = endpoint.name.printable(style).cut(to: style.width, style)
        let heading = style.paint(name, .heading)
        guard !endpoint.groups.isEmpty else { return [heading, TextColumns.indent + "no randomised patients"] }
        let count = endpoint.differences.count
        let all = style.counted(comparison.randomised, "patient")
        var lines = [
            heading, TextColumns.indent + "\(style.count(count)) of \(all) \(count == 1 ? "differs" : "differ")",
        ]
        for section in [events, survival, patients] where !section.isEmpty {
            lines.append("")
            lines += section
        }
        return lines
    }

    private var names: [String] { endpoint.groups.map { $0.name.printable(style).cut(to: Self.longestGroup, style) } }

    private var events: [String] {
        let groups = endpoint.groups
        let name = leftAligned([comparison.grouping.rawValue] + names)
        return ColumnBlocks(
            first: Column(heads: ("", name[0]), cells: Array(name.dropFirst())),
            columns: [
                Column(heads: ("", "n"), cells: groups.map { style.count($0.count) }),
                Column(heads: ("", "events a"), cells: groups.map { style.count($0.a.events) }),
                Column(heads: ("", "events b"), cells: groups.map { style.count($0.b.events) }),
                Column(heads: ("", "gained"), cells: groups.map { style.count($0.gained) }),
                Column(heads: ("", "lost"), cells: groups.map { style.count($0.lost) }),
                Column(heads: ("", "changed"), cells: groups.map { style.count($0.changed) }),
            ]
        ).lines(style)
    }

    /// Survival and median, for each group under a, under b, and the difference.
    private var survival: [String] {
        let sides = ["a", "b", style.usesUnicode ? "b − a" : "b - a"]
        let name = leftAligned(["survival in %"] + names.flatMap { [$0, "", ""] })
        let side = leftAligned([""] + names.flatMap { _ in sides })
        let first = zip(name, side).map { $0 + TextColumns.gap + $1 }
        var columns: [Column] = []
        for month in endpoint.groups[0].a.months.indices {
            columns.append(
                Column(
                    heads: ("", "month \(endpoint.groups[0].a.months[month].month)"),
                    cells: endpoint.groups.flatMap { group in
                        [
                            style.percent(group.a.months[month].estimate.survival),
                            style.percent(group.b.months[month].estimate.survival),
                            signed(group.survivalDifference(month).map { Figure($0 * 100).fixed(1) }),
                        ]
                    }))
        }
        columns.append(
            Column(
                heads: ("", "median"),
                cells: endpoint.groups.flatMap { group in
                    [
                        group.a.median.time.map(style.days) ?? style.absent,
                        group.b.median.time.map(style.days) ?? style.absent,
                        signed(group.medianDifference.map(style.days)),
                    ]
                }))
        return ColumnBlocks(
            first: Column(heads: ("", first[0]), cells: Array(first.dropFirst())), columns: columns
        ).lines(style)
    }

    /// A difference with its sign, unless it is none.
    private func signed(_ figure: String?) -> String {
        guard let figure else { return style.absent }
        return figure.hasPrefix("-") || figure.allSatisfy({ $0 == "0" || $0 == "." }) ? figure : "+" + figure
    }

    /// For each patient who the patient is, and below the outcome with its evidence under a and under b.
    private var patients: [String] {
        endpoint.differences.flatMap { difference in
            let who = [difference.subject, difference.arm, difference.disease?.name, difference.drug.name]
            let name = who.compactMap(\.self).joined(separator: ", ").printable(style)
            return [TextColumns.indent + name.cut(to: style.width - TextColumns.indent.count, style)]
                + outcome(difference.a, "a") + outcome(difference.b, "b")
        }
    }

    private func outcome(_ outcome: SpelledOutcome, _ letter: String) -> [String] {
        let indent = TextColumns.indent + TextColumns.indent
        var text = outcome.isEvent ? "event" : "censored"
        text += " on day \(outcome.day), \(String(decoding: outcome.cause, as: UTF8.self))"
        let evidence = outcome.evidence.map {
            "\(String(decoding: $0.source, as: UTF8.self)) \(String(decoding: $0.id, as: UTF8.self))"
        }
        if !evidence.isEmpty { text += ": " + evidence.joined(separator: "; ") }
        let lines = text.printable(style).wrapped(to: style.width - indent.count - 3)
        return lines.enumerated().map { indent + ($0 == 0 ? letter : " ") + TextColumns.gap + $1 }
    }

    private func leftAligned(_ texts: [String]) -> [String] {
        let width = texts.map(\.displayWidth).max() ?? 0
        return texts.map { $0.alignedLeft(width) }
    }
}
