package import LoadTest
import Trial

/// The result of a load test as a web page that needs nothing but itself: no script, no other file.
package struct LoadPage {
    private let result: LoadResult
    private let conditions: [LoadCondition]
    private let search: LoadSearch?
    private let style = Style()

    /// The most points of a curve over time, and rows of the table of seconds.
    private static let (points, rows) = (600, 120)

    /// A page about one test.
    package init(_ result: LoadResult, failIf conditions: [LoadCondition] = []) {
        self.result = result
        self.conditions = conditions
        search = nil
    }

    /// A page about a search: its trials, and the test at the highest rate that held, or else the last one.
    ///
    /// `nil` where nothing was tried.
    package init?(_ search: LoadSearch) {
        guard let trial = search.best ?? search.trials.last else { return nil }
        result = trial.result
        conditions = search.conditions
        self.search = search
    }

    /// The page in UTF-8; well-formed as XML too.
    package var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <title>\(title)</title>
        <style>
        \(Self.styles)
        </style>
        </head>
        <body>
        <main>
        <h1>\(title)</h1>
        <p>\(Instant.text(result.startedAt))</p>
        \(searched)\(Markup.paragraphs([result.heading(style)] + result.verdicts(conditions) + result.remarks(style)))
        <h2>Latency</h2>
        <p>Every latency counts from the time at which the event was to be sent, whether or not it could be.</p>
        \(latencyTable)
        \(figure(latencyOverTime, "latency"))
        \(figure(distribution, "distribution"))
        <h2>Lag</h2>
        \(figure(lag, "lag"))
        <h2>Throughput</h2>
        \(figure(throughput, "throughput"))
        <h2>Numbers</h2>
        \(distributionTable)
        \(timeTable)
        </main>
        </body>
        </html>

        """
    }

    private var title: String { search == nil ? "Load test" : "Search for the highest rate" }

    private var searched: String {
        guard let search else { return "" }
        let rows = search.trials.map { trial in
            let found = trial.result
            return [style.rate(found.plan.rate), style.rate(found.achievedPerSecond)]
                + LoadStage.allCases.map { style.milliseconds(found.latencies($0).percentile(99)) }
                + [style.count(found.tally.maxLag), LoadTables.verdict(trial), trial.reasons.joined(separator: "; ")]
        }
        let head = [
            "events/s", "reached", "append p99, ms", "visible p99, ms", "greatest lag", "verdict", "because",
        ]
        let shown = "What follows is the test at \(style.rate(result.plan.rate)) events/s."
        return Markup.paragraphs([search.verdict(style)]) + Markup.table("Trials", head, rows)
            + Markup.paragraphs([shown])
    }

    private func figure(_ chart: LoadChart, _ name: String) -> String {
        "<figure>\n\(chart.svg(name: name))<figcaption>\(Markup.escaped(chart.title))</figcaption>\n</figure>"
    }

    private var spans: [LoadSpan] { LoadSpan.spans(of: result.perSecond, atMost: Self.points) }

    private var time: ChartScale {
        .linear(upTo: spans.last.map { $0.start + $0.length } ?? 1) { style.seconds($0) }
    }

    private var latencyOverTime: LoadChart {
        let kinds: [(String, String, (LoadSpan) -> Int?)] = [
            ("append p50", "first thin", { $0.append?.p50 }), ("append p99", "first", { $0.append?.p99 }),
            ("visible p50", "second thin", { $0.seen?.p50 }), ("visible p99", "second", { $0.seen?.p99 }),
        ]
        let curves = kinds.map { name, style, value in
            LoadChart.Curve(
                name: name, style: style, points: over(spans) { value($0).map { Double($0) / 1_000 } })
        }
        return LoadChart(
            title: "Latency over time", description: percentilesInWords, xLabel: "seconds after the start",
            yLabel: "ms", x: time, y: .logarithmic(curves.flatMap { $0.points.compactMap(\.y) }, plain), curves: curves)
    }

    private var distribution: LoadChart {
        let curves = LoadStage.allCases.enumerated().map { number, stage in
            LoadChart.Curve(
                name: stage.rawValue, style: number == 0 ? "first" : "second",
                points: result.latencies(stage).distribution.map {
                    (ChartScale.nines(of: $0.percent), Double($0.microseconds) / 1_000)
                })
        }
        let nines = curves.flatMap(\.points).map(\.x).filter { $0 < 8 }.max() ?? 1
        return LoadChart(
            title: "Latency by percentile", description: percentilesInWords,
            xLabel: "share of the events that were no slower", yLabel: "ms", x: .percentages(nines: nines),
            y: .logarithmic(curves.flatMap { $0.points.compactMap(\.y) }, plain), curves: curves)
    }

    private var lag: LoadChart {
        LoadChart(
            title: "Lag: events durable and not yet visible, at the end of each second",
            description: "The lag was \(style.count(result.tally.maxLag)) events at most.",
            xLabel: "seconds after the start", yLabel: "events", x: time,
            y: .linear(upTo: Double(spans.map(\.lag).max() ?? 0), style.rate),
            curves: [LoadChart.Curve(name: "lag", style: "second", points: over(spans) { Double($0.lag) })])
    }

    private var throughput: LoadChart {
        let kinds: [(String, String, (LoadSpan) -> Double)] = [
            ("offered", "third", \.offered), ("durable", "first", \.acknowledged), ("visible", "second", \.visible),
        ]
        let greatest = spans.map { max($0.offered, $0.acknowledged, $0.visible) }.max() ?? 0
        return LoadChart(
            title: "Events a second",
            description: "\(style.rate(result.offeredPerSecond)) events a second were offered after the ramp and "
                + "\(style.rate(result.achievedPerSecond)) became durable.",
            xLabel: "seconds after the start", yLabel: "events/s", x: time, y: .linear(upTo: greatest, style.rate),
            curves: kinds.map { name, style, value in
                LoadChart.Curve(name: name, style: style, points: over(spans) { value($0) })
            })
    }

    private func over(_ spans: [LoadSpan], _ value: (LoadSpan) -> Double?) -> [(x: Double, y: Double?)] {
        spans.map { ($0.start + $0.length / 2, value($0)) }
    }

    private func plain(_ number: Double) -> String { Figure(number).significant(3) }

    private var percentilesInWords: String {
        LoadStage.allCases.map { stage in
            let latencies = result.latencies(stage)
            let values = LoadPercentile.all.map {
                "\($0.name) \(style.milliseconds(latencies.percentile($0.percent))) ms"
            }
            return "\(stage.rawValue): \(values.joined(separator: ", "))"
        }.joined(separator: "; ") + "."
    }

    private var latencyTable: String {
        Markup.table(
            "Latency in milliseconds", ["until"] + LoadPercentile.all.map(\.name) + ["events"],
            LoadStage.allCases.map { stage in
                let latencies = result.latencies(stage)
                return [stage == .append ? "durable (append)" : "visible in outcomes"]
                    + LoadPercentile.all.map { style.milliseconds(latencies.percentile($0.percent)) }
                    + [style.count(latencies.count)]
            })
    }

    private var distributionTable: String {
        let percents = [10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999, 100]
        return Markup.table(
            "Latency in milliseconds by percentile", ["percent"] + LoadStage.allCases.map(\.rawValue),
            percents.map { percent in
                [plainPercent(percent)]
                    + LoadStage.allCases.map { style.milliseconds(result.latencies($0).percentile(percent)) }
            })
    }

    private func plainPercent(_ percent: Double) -> String { Figure(percent).significant(6) }

    private var timeTable: String {
        let head = [
            "second", "offered/s", "durable/s", "visible/s", "lag", "append p50", "append p99", "visible p50",
            "visible p99",
        ]
        let spans = LoadSpan.spans(of: result.perSecond, atMost: Self.rows)
        let length = spans.first?.length ?? 1
        let caption =
            length > 1
            ? "Over time, \(style.seconds(length)) seconds a row: latencies in milliseconds are the highest of them"
            : "Over time, latencies in milliseconds"
        return Markup.table(
            caption, head,
            spans.map { span in
                [style.seconds(span.start)] + [span.offered, span.acknowledged, span.visible].map(style.rate)
                    + [style.count(span.lag)]
                    + [span.append?.p50, span.append?.p99, span.seen?.p50, span.seen?.p99].map(style.milliseconds)
            })
    }
}
