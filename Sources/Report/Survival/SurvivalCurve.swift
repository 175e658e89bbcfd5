import Survival

/// A Kaplan-Meier plot of all groups of an endpoint, as text.
///
/// Step curves over months and percent, with the numbers at risk below the months. A curve ends at the last time that
/// was observed in its group.
package struct SurvivalCurve: Sendable {
    private let endpoint: EndpointSurvival
    private let style: Style
    private let layout: Layout

    /// Plans a plot.
    ///
    /// - Parameters:
    ///   - endpoint: the endpoint; its first six groups are drawn.
    ///   - style: colours, characters and width.
    ///   - height: how many lines the plot may have in all; at least 8, and more where the groups need it.
    package init(_ endpoint: EndpointSurvival, _ style: Style = Style(), height: Int = 20) {
        self.endpoint = endpoint
        self.style = style
        layout = Layout(endpoint.groups.prefix(Limits.curves), endpoint, style, height: height)
    }

    /// The plot, lines ended by line feeds.
    package func text() -> String {
        var lines = heading
        guard !endpoint.groups.isEmpty else { return (lines + ["no randomised patients", ""]).joined(separator: "\n") }
        lines += plot
        lines.append(monthRow)
        lines.append(style.paint("at risk", .faint))
        lines += layout.groups.indices.map(atRiskRow)
        let left = endpoint.groups.count - layout.groups.count
        if left > 0 { lines.append("\(left) more group\(left == 1 ? "" : "s") not drawn") }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The name of the endpoint, and the legend beside it where it fits or else below it.
    private var heading: [String] {
        let name = endpoint.name.printable(style).cut(to: style.width, style)
        let title = style.paint(name, .heading)
        guard !layout.legend.isEmpty else { return [title] }
        guard !layout.isLegendBeside else {
            let blank = style.width - layout.rightMargin - name.displayWidth - layout.legendWidth
            return [title + String(repeating: " ", count: blank) + legendLine(layout.legend[0])]
        }
        return [title] + layout.legend.map(legendLine)
    }

    private func legendLine(_ groups: [Int]) -> String {
        groups.map { swatch($0) + " " + layout.names[$0] }.joined(separator: "   ")
    }

    /// A short piece of a group's curve.
    private func swatch(_ group: Int) -> String {
        var canvas = PlotCanvas(columns: Layout.swatchWidth, rows: 1, isBraille: style.usesUnicode)
        let middle = canvas.dotsDown / 2 - (style.usesUnicode ? 1 : 0)
        canvas.draw([(0, middle), (Layout.swatchWidth * canvas.dotsAcross - 1, middle)], PlotCanvas.Pen(group: group))
        let text = (0..<Layout.swatchWidth).map { canvas.cell($0, 0)?.character ?? " " }
        return style.paint(String(text), .group(group))
    }

    /// The curves between their axes.
    private var plot: [String] {
        var canvas = PlotCanvas(columns: layout.columns, rows: layout.rows + 1, isBraille: style.usesUnicode)
        // The first group is drawn last, so that it is whole.
        for (number, group) in layout.groups.enumerated().reversed() {
            canvas.draw(layout.corners(of: group.curve, on: canvas), PlotCanvas.Pen(group: number))
        }
        return (0...layout.rows).map { row in
            let isTick = row % layout.rowsPerTick == 0
            let label = isTick ? "\(100 - 100 * row / layout.rows) %" : ""
            return style.paint(label.alignedRight(layout.margin - 2), .faint) + " "
                + style.paint(axis(row, isTick: isTick), .faint) + cells(of: row, canvas)
        }
    }

    private func axis(_ row: Int, isTick: Bool) -> String {
        if row == layout.rows { return style.usesUnicode ? "┼" : "+" }
        return style.usesUnicode ? (isTick ? "┤" : "│") : (isTick ? "+" : "|")
    }

    /// One row of the canvas, neighbours of one role painted together.
    private func cells(of row: Int, _ canvas: PlotCanvas) -> String {
        var text = ""
        var run = ""
        var role = Style.Role.plain
        for column in 0..<canvas.columns {
            let drawn = canvas.cell(column, row)
            let next = drawn.map { Style.Role.group($0.group) } ?? .faint
            if next != role {
                text += style.paint(run, role)
                run = ""
                role = next
            }
            run.append(drawn?.character ?? ground(column, row))
        }
        if role == .faint {
            while run.last == " " { run.removeLast() }
        }
        return text + style.paint(run, role)
    }

    /// What stands where no curve is: the axis of months, and a hint of the line at one half.
    private func ground(_ column: Int, _ row: Int) -> Character {
        if row == layout.rows {
            let isTick = layout.ticks.contains { $0.column == column }
            return style.usesUnicode ? (isTick ? "┬" : "─") : (isTick ? "+" : "-")
        }
        guard row * 2 == layout.rows, column % 4 == 1 else { return " " }
        return style.usesUnicode ? "·" : "."
    }

    private var monthRow: String {
        let numbers = layout.row(layout.ticks.map { String($0.month) }, from: "months".count)
        return style.paint("months" + numbers, .faint)
    }

    private func atRiskRow(_ number: Int) -> String {
        let counts = layout.ticks.map { style.count(layout.atRisk(layout.groups[number], month: $0.month)) }
        return swatch(number) + layout.row(counts, from: Layout.swatchWidth)
    }
}
