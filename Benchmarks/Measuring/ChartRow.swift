/// One bar of the chart, as shares of the width that bars have.
struct ChartRow {
    /// What the bar says.
    enum Kind: String {
        /// A rate, on a scale that its neighbours share, from nothing to the greatest.
        case rate
        /// A ratio, or something else with a target: over its target, or over 1 where it has none.
        case relative
    }

    let kind: Kind
    let label: String
    /// Where the bar ends, 0 to 1.
    let end: Double
    /// Where the least and the greatest lie, 0 to 1.
    let range: ClosedRange<Double>
    /// Where the target lies, or the limit; `nil` where there is neither.
    let mark: Double?
    let isMissed: Bool
    /// Whether the bar is longer than there is room for.
    let isCut: Bool
    /// The median, and beside it the target.
    let value: String
    let note: String

    /// A rate on a scale.
    init(rate line: Line, scale: Double) {
        let series = line.series
        kind = .rate
        label = series.name
        end = series.median / scale
        range = series.least / scale...series.greatest / scale
        mark = line.bound.map { $0.value / scale }
        isMissed = !(line.bound?.isKept(by: series) ?? true)
        isCut = false
        value = Figure.spelled(series.median, series.unit) + "/s"
        note = Self.note(line)
    }

    /// A value over its target, or over 1; the target lies in the middle.
    init(relative line: Line) {
        let series = line.series
        let middle = 2 * (line.bound?.value ?? 1)
        kind = .relative
        label = series.name
        end = min(1, series.median / middle)
        range = min(1, series.least / middle)...min(1, series.greatest / middle)
        mark = 0.5
        isMissed = !(line.bound?.isKept(by: series) ?? true)
        isCut = series.median > middle
        value = Figure.spelled(series.median, series.unit)
        note = Self.note(line)
    }

    /// A measurement of ours over its limit, which lies in the middle.
    init(_ comparison: Comparison) {
        let ratio = comparison.ratio
        kind = .relative
        label = "\(comparison.name) / \(comparison.against)"
        end = min(1, ratio.median / 2)
        range = min(1, ratio.least / 2)...min(1, ratio.greatest / 2)
        mark = 0.5
        isMissed = false
        isCut = ratio.median > 2
        value = Figure.spelled(ratio.median, ratio.unit)
        let unit = Figure.isRate(comparison.ours.unit) ? " \(comparison.ours.unit)" : ""
        note = Figure.spelled(comparison.ours.median, comparison.ours.unit) + unit
    }

    private static func note(_ line: Line) -> String {
        guard let bound = line.bound else { return "" }
        return "\(bound.direction.sign) \(Figure.spelled(bound.value, line.series.unit))"
    }

    /// The rows of a section that can be drawn, rates first, each unit on a scale of its own.
    static func rows(of section: Section) -> [ChartRow] {
        var rows: [ChartRow] = []
        for line in section.lines where Figure.isRate(line.series.unit) {
            let others = section.lines.filter { $0.series.unit == line.series.unit }
            let scale = others.flatMap { [$0.series.greatest, $0.bound?.value ?? 0] }.max() ?? 0
            if scale > 0 { rows.append(ChartRow(rate: line, scale: scale)) }
        }
        for line in section.lines where line.series.unit == "ratio" || line.bound != nil {
            if !Figure.isRate(line.series.unit), !line.series.samples.isEmpty { rows.append(ChartRow(relative: line)) }
        }
        return rows
    }
}
