extension Report {
    /// The report as Markdown, with headings of the third level, so that it can stand within another page.
    package var markdown: String {
        var text = ""
        for line in circumstances + workloads { text += "- \(Self.escaped(line))\n" }
        if !comparisons.isEmpty {
            text += "\n### Against the limit\n\n"
            text += "| row | ours | held against | limit | ratio | [min, max] | peak memory |\n"
            text += "|---|--:|---|--:|--:|--:|--:|\n"
            for comparison in comparisons {
                let ratio = comparison.ratio
                text += Self.row([
                    comparison.name, Self.withUnit(comparison.ours), comparison.against,
                    Self.withUnit(comparison.limit), Figure.spelled(ratio.median, ratio.unit), Figure.range(ratio),
                    comparison.peakMegabytes.map { Figure.spelled($0, "MB") } ?? "",
                ])
            }
        }
        for section in sections {
            text += "\n### \(Self.escaped(section.title.prefix(1).uppercased() + section.title.dropFirst()))\n\n"
            text += "| row | median | [min, max] | target | kept |\n|---|--:|--:|--:|---|\n"
            for line in section.lines {
                text += Self.row([
                    line.series.name, Self.withUnit(line.series), Figure.range(line.series),
                    line.bound.map { "\($0.direction.sign) \(Figure.spelled($0.value, line.series.unit))" } ?? "",
                    line.bound.map { $0.isKept(by: line.series) ? "yes" : "no" } ?? "",
                ])
            }
        }
        return text
    }

    /// The median; of rates with what is counted.
    private static func withUnit(_ series: Series) -> String {
        let figure = Figure.spelled(series.median, series.unit)
        return Figure.isRate(series.unit) ? "\(figure) \(series.unit)" : figure
    }

    private static func row(_ cells: [String]) -> String {
        "| " + cells.map(escaped).joined(separator: " | ") + " |\n"
    }

    /// What would end a cell or begin markup, taken as text.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if #"\`*_|<"#.contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }
}
