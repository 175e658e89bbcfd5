import Survival

extension SurvivalCurve {
    /// Where everything of a plot stands.
    struct Layout: Sendable {
        /// A labelled month on the axis.
        struct Tick: Sendable, Equatable {
            var month: Int
            /// The column of the plot; month 0 is the axis itself, one column before the plot.
            var column: Int
        }

        /// How many columns a sample of a curve takes in the legend.
        static let swatchWidth = 3
        private static let swatchGap = "   ".count

        /// The groups that are drawn.
        let groups: [GroupSurvival]
        /// Their names as they print.
        let names: [String]
        /// The groups of each line of the legend.
        let legend: [[Int]]
        /// Whether the legend stands beside the title.
        let isLegendBeside: Bool
        /// How many columns stay free on the right, for the last label to reach into.
        let rightMargin: Int
        /// How many columns stand left of the plot, the axis included.
        let margin: Int
        /// How many columns the plot has right of its axis.
        let columns: Int
        /// How many rows the plot has above the row of its axis.
        let rows: Int
        /// How many rows lie between two labels of the axis of percent.
        let rowsPerTick: Int
        /// The labelled months.
        let ticks: [Tick]
        /// The last day on the axis.
        private let lastDay: Double

        init(_ groups: ArraySlice<GroupSurvival>, _ endpoint: EndpointSurvival, _ style: Style, height: Int) {
            self.groups = Array(groups)
            let room = style.width - Self.swatchWidth - 1
            names = groups.map { $0.name.printable(style).cut(to: room, style) }
            let title = endpoint.name.printable(style).displayWidth
            legend = Self.legend(names, width: style.width)
            let legendWidth = Self.width(of: legend.first ?? [], names)
            let widest = groups.map { style.count($0.count).count }.max() ?? 1
            rightMargin = max(3, widest / 2)
            isLegendBeside = legend.count == 1 && title + 2 + legendWidth + rightMargin <= style.width
            margin = max("months |".count, Self.swatchWidth + 2 + widest / 2)
            columns = style.width - margin - rightMargin
            let notDrawn = endpoint.groups.count > groups.count ? 1 : 0
            let others = 1 + (isLegendBeside ? 0 : legend.count) + 3 + groups.count + notDrawn
            let wanted = min(max(height, Limits.plotHeight.lowerBound), Limits.plotHeight.upperBound)
            (rows, rowsPerTick) = Self.rows(atMost: wanted - others)
            lastDay = max(1, groups.compactMap { $0.curve.steps.last?.time }.max() ?? 1)
            ticks = Self.ticks(lastDay: lastDay, columns: columns, labelWidth: widest)
        }

        /// How many columns a legend on one line takes.
        var legendWidth: Int { Self.width(of: legend.first ?? [], names) }

        /// The corners of a curve on a canvas, from the first day on.
        ///
        /// 100 % lies in the middle of the first row and 0 % in the middle of the row of the axis.
        func corners(of curve: KaplanMeier, on canvas: PlotCanvas) -> [(x: Int, y: Int)] {
            let middle = (canvas.dotsDown - 1) / 2
            let across = Double(columns * canvas.dotsAcross - 1)
            let down = Double(rows * canvas.dotsDown)
            var corners = [(x: 0, y: middle)]
            for step in curve.steps {
                let x = Int((step.time / lastDay * across).rounded())
                let y = middle + Int(((1 - step.survival) * down).rounded())
                corners.append((x, y))
            }
            return corners
        }

        /// The number at risk on the day of a month.
        func atRisk(_ group: GroupSurvival, month: Int) -> Int {
            group.curve.estimate(at: Double(GroupSurvival.AtMonth.day(of: month))).atRisk
        }

        /// Texts centred below the ticks; `start` columns of the line are taken already.
        func row(_ texts: [String], from start: Int) -> String {
            var line = ""
            var end = start
            for (tick, text) in zip(ticks, texts) {
                let first = max(end, margin + tick.column - (text.count - 1) / 2)
                line += String(repeating: " ", count: first - end) + text
                end = first + text.count
            }
            return line
        }
    }
}

extension SurvivalCurve.Layout {
    private static func width(of groups: [Int], _ names: [String]) -> Int {
        groups.reduce(0) { $0 + swatchWidth + 1 + names[$1].displayWidth } + max(0, groups.count - 1) * swatchGap
    }

    /// Fills lines with the groups in order.
    private static func legend(_ names: [String], width: Int) -> [[Int]] {
        var lines: [[Int]] = []
        for group in names.indices {
            if let line = lines.last, Self.width(of: line + [group], names) <= width {
                lines[lines.count - 1].append(group)
            } else {
                lines.append([group])
            }
        }
        return lines
    }

    /// The most rows that steps of 25 % or 20 % divide evenly.
    private static func rows(atMost wanted: Int) -> (rows: Int, perTick: Int) {
        for rows in stride(from: wanted, to: 4, by: -1) {
            if rows % 4 == 0 { return (rows, rows / 4) }
            if rows % 5 == 0 { return (rows, rows / 5) }
        }
        return (4, 1)
    }

    /// The closest months that leave room for the numbers below them.
    private static func ticks(lastDay: Double, columns: Int, labelWidth: Int) -> [Tick] {
        let lastMonth = (16 * Int(lastDay) + 15) / 487
        func column(_ month: Int) -> Int {
            guard month > 0 else { return -1 }
            let day = Double(GroupSurvival.AtMonth.day(of: month))
            return Int((day / lastDay * Double(columns - 1)).rounded())
        }
        var step = 1
        for candidate in [1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600] {
            step = candidate
            if lastMonth / step <= 8 && column(step) >= max(labelWidth + 2, 6) { break }
        }
        return stride(from: 0, through: lastMonth, by: step).map { month in
            Tick(month: month, column: column(month))
        }
    }
}
