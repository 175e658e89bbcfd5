package import LoadTest
import Trial
import VirtualCohort

extension LoadResult {
    /// The result as text for people, for terminals of the style's width.
    ///
    /// - Parameter conditions: those under which the test counts as failed.
    package func table(_ style: Style = Style(), failIf conditions: [LoadCondition] = []) -> String {
        var lines = heading(style).printable(style).wrapped(to: style.width)
        lines += [""] + LoadTables(style).latencies(of: self)
        lines += [""] + LoadTables(style).seconds(of: self)
        let said = (remarks(style) + verdicts(conditions)).map { $0.printable(style).wrapped(to: style.width) }
        if !said.isEmpty { lines += [""] + said.joined() }
        return lines.map { $0 + "\n" }.joined()
    }

    /// What was asked for, and how much came of it.
    func heading(_ style: Style) -> String {
        let ramp = plan.rampSeconds > 0 ? ", \(style.seconds(plan.rampSeconds)) s of them to get there" : ""
        return "\(style.rate(offeredPerSecond)) events/s offered for \(style.seconds(seconds)) s\(ramp), "
            + "\(style.rate(achievedPerSecond)) reached; "
            + "\(style.count(tally.acknowledged)) events durable, \(style.count(tally.visible)) visible, "
            + "\(style.count(tally.errors)) error\(tally.errors == 1 ? "" : "s"); "
            + "lag of at most \(style.count(tally.maxLag)) events; \(style.count(plan.patients)) patients at a time, "
            + "scenario \(plan.scenario.identifier), seed \(plan.seed)."
    }

    /// What one must know to read the numbers, a sentence or two each.
    func remarks(_ style: Style) -> [String] {
        var remarks: [String] = []
        if isStopped {
            remarks.append("The test was stopped after \(style.seconds(seconds)) of \(style.seconds(plan.seconds)) s.")
        }
        if stalledSeconds >= 0.001 {
            remarks.append(
                "For \(style.seconds(stalledSeconds)) s events were due and waited for room, because as many as may be "
                    + "were in flight or not yet visible. Their latencies count from when they were due.")
        }
        if starvedSeconds >= 0.001 {
            remarks.append(
                "For \(style.seconds(starvedSeconds)) s in all the sender waited for events to be made: the machine is "
                    + "too busy to make patients at this rate.")
        }
        let missing = [
            (tally.notSent, "sent"), (tally.notAcknowledged, "acknowledged"), (tally.notVisible, "visible after that"),
        ].filter { $0.0 > 0 }.map { "\(style.count($0.0)) were not \($0.1)" }
        if !missing.isEmpty {
            remarks.append(
                "When waiting ended, of the events \(missing.joined(separator: ", ")). They count with how long they "
                    + "had waited.")
        }
        return remarks + messages.map { "\(style.count($0.count)) times: \($0.text)" }
    }

    /// What became of the conditions.
    func verdicts(_ conditions: [LoadCondition]) -> [String] {
        conditions.map { $0.holds(for: self) ? "Failed: \($0.text) holds." : "Passed: \($0.text) does not hold." }
    }
}

extension LoadSearch {
    /// The search as text for people: the highest rate that held, and all trials.
    package func table(_ style: Style = Style()) -> String {
        var lines = verdict(style).printable(style).wrapped(to: style.width)
        lines += [""] + LoadTables(style).trials(of: self)
        return lines.map { $0 + "\n" }.joined()
    }

    /// What the search found, in a sentence or two.
    func verdict(_ style: Style) -> String {
        var text = highest.map { "\(style.rate($0)) events/s hold" } ?? "No rate held"
        if let lowestFailed { text += "; \(style.rate(lowestFailed)) do not" }
        if !conditions.isEmpty { text += ", failing if \(conditions.map(\.text).joined(separator: " or "))" }
        return text + "." + (isStopped ? " The search was stopped before it was over." : "")
    }
}

/// The parts of load reports that are tables of numbers.
struct LoadTables {
    private let style: Style
    /// The most rows of the seconds.
    private static let rows = 12

    init(_ style: Style) {
        self.style = style
    }

    /// The percentiles of both stages.
    func latencies(of result: LoadResult) -> [String] {
        var columns = TextColumns()
        let head = ["latency in ms"] + LoadPercentile.all.map(\.name) + ["events"]
        columns.append(head.map { TextColumns.Cell($0, .faint) })
        for (number, stage) in LoadStage.allCases.enumerated() {
            let latencies = result.latencies(stage)
            var row = [TextColumns.Cell(stage.rawValue, .group(number))]
            row += LoadPercentile.all.map { TextColumns.Cell(style.milliseconds(latencies.percentile($0.percent))) }
            row.append(TextColumns.Cell(style.count(latencies.count)))
            columns.append(row)
        }
        return columns.lines(firstWidth: 13, style)
    }

    /// How it went, in a few rows.
    func seconds(of result: LoadResult) -> [String] {
        var columns = TextColumns()
        let head = ["second", "offered/s", "durable/s", "visible/s", "lag", "append p99", "visible p99"]
        columns.append(head.map { TextColumns.Cell($0, .faint) })
        for span in LoadSpan.spans(of: result.perSecond, atMost: Self.rows) {
            let rates = [span.offered, span.acknowledged, span.visible].map(style.rate)
            let row =
                [style.seconds(span.start)] + rates + [style.count(span.lag)]
                + [span.append, span.seen].map { style.milliseconds($0?.p99) }
            columns.append(row.map { TextColumns.Cell($0) })
        }
        return columns.lines(firstWidth: 6, style)
    }

    /// The rates that were tried.
    func trials(of search: LoadSearch) -> [String] {
        var columns = TextColumns()
        let head = ["events/s", "reached", "append p99", "visible p99", "lag", ""]
        columns.append(head.map { TextColumns.Cell($0, .faint) })
        var lines: [(row: Int, text: String)] = []
        for (number, trial) in search.trials.enumerated() {
            let result = trial.result
            let row =
                [style.rate(result.plan.rate), style.rate(result.achievedPerSecond)]
                + LoadStage.allCases.map { style.milliseconds(result.latencies($0).percentile(99)) }
                + [style.count(result.tally.maxLag), Self.verdict(trial)]
            columns.append(row.map { TextColumns.Cell($0) })
            if !trial.held { lines.append((number, trial.reasons.joined(separator: "; "))) }
        }
        var result = columns.lines(firstWidth: 10, style)
        for line in lines.reversed() {
            let indent = TextColumns.indent + TextColumns.indent
            let wrapped = line.text.printable(style).wrapped(to: style.width - indent.count)
            result.insert(contentsOf: wrapped.map { indent + style.paint($0, .faint) }, at: line.row + 2)
        }
        return result
    }

    /// What became of a trial, in a word.
    static func verdict(_ trial: LoadSearch.Trial) -> String {
        if trial.result.isStopped { return "stopped" }
        return trial.held ? "held" : "failed"
    }
}
