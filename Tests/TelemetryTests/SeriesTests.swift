import CoreMetrics
import Telemetry
import Testing

@Suite("Series") struct SeriesTests {
    @Test("are one for metrics of the same name and dimensions, in whatever order")
    func shared() throws {
        let metrics = PrometheusMetrics()
        Counter(label: "a.b", dimensions: [("x", "1"), ("y", "2")], factory: metrics).increment(by: 2)
        Counter(label: "a-b", dimensions: [("y", "2"), ("x", "1")], factory: metrics).increment(by: 3)
        #expect(metrics.text() == "# TYPE a_b_total counter\na_b_total{x=\"1\",y=\"2\"} 5\n")
    }

    @Test("lose nothing when many tasks count at once and others scrape")
    func concurrency() async throws {
        let metrics = PrometheusMetrics()
        let (tasks, rounds) = (16, 5_000)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for round in 0..<rounds {
                        Counter(label: "made.anew", factory: metrics).increment()
                        let counter = Counter(label: "shared", dimensions: [("d", "\(round % 7)")], factory: metrics)
                        counter.increment(by: 2)
                        FloatingPointCounter(label: "broken", factory: metrics).increment(by: 0.25)
                        Meter(label: "level", factory: metrics).increment(by: task.isMultiple(of: 2) ? 1 : -1)
                        Timer(label: "time", factory: metrics).recordMilliseconds(1 << (round % 14))
                    }
                }
            }
            group.addTask {
                for _ in 0..<50 {
                    #expect(throws: Never.self) { try ParsedExposition(metrics.text()) }
                    await Task.yield()
                }
            }
        }
        let text = try ParsedExposition(metrics.text())
        let all = Double(tasks * rounds)
        #expect(text.value("made_anew_total") == all)
        #expect(text.value("broken_total") == all / 4)
        #expect(text.value("level") == 0)
        #expect(text.value("time_count") == all)
        #expect((0..<7).compactMap { text.value("shared_total", ["d": "\($0)"]) }.reduce(0, +) == 2 * all)
    }

    @Test("are forgotten when their metric is destroyed, and begin at nought when made again")
    func destruction() throws {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "c", factory: metrics)
        let broken = FloatingPointCounter(label: "f", factory: metrics)
        let meter = Meter(label: "m", factory: metrics)
        let recorder = Recorder(label: "r", factory: metrics)
        let gauge = Gauge(label: "g", factory: metrics)
        let timer = Timer(label: "t", factory: metrics)
        let other = Counter(label: "c", dimensions: [("kept", "1")], factory: metrics)
        other.increment()
        counter.increment()
        counter.destroy()
        #expect(try ParsedExposition(metrics.text()).value("c_total") == nil)
        #expect(try ParsedExposition(metrics.text()).value("c_total", ["kept": "1"]) == 1)

        let again = Counter(label: "c", factory: metrics)
        again.increment(by: 4)
        counter.increment()
        counter.destroy()
        #expect(try ParsedExposition(metrics.text()).value("c_total") == 4)

        for destroy in [
            broken.destroy, meter.destroy, recorder.destroy, gauge.destroy, timer.destroy, other.destroy, again.destroy,
        ] { destroy() }
        #expect(metrics.text().isEmpty)
        Meter(label: "t", factory: metrics).set(1)
        #expect(try ParsedExposition(metrics.text()).value("t") == 1)
    }

    @Test("are refused, and counted, where another kind has the name")
    func names() throws {
        let metrics = PrometheusMetrics()
        Timer(label: "time", factory: metrics).recordSeconds(1)
        Recorder(label: "time", factory: metrics).record(1)
        Gauge(label: "time_count", factory: metrics).record(7)
        Meter(label: "x_total", factory: metrics).set(3)
        Counter(label: "x", factory: metrics).increment()
        Counter(label: "telemetry.refused.metrics", factory: metrics).increment()
        let text = try ParsedExposition(metrics.text())
        #expect(text.value("time_count") == 1)
        #expect(text.value("x_total") == 3)
        #expect(text.value("telemetry_refused_metrics_total", ["reason": "name"]) == 4)
        #expect(text.families.map(\.name) == ["telemetry_refused_metrics_total", "time", "x_total"])
    }

    @Test("are bounded in number, and what is beyond can be used without harm")
    func bound() throws {
        let metrics = PrometheusMetrics()
        let counters = (0..<Limits.series + 10).map { number in
            Counter(label: "many", dimensions: [("number", "\(number)")], factory: metrics)
        }
        for counter in counters { counter.increment() }
        Meter(label: "late", factory: metrics).set(1)
        var text = try ParsedExposition(metrics.text())
        #expect(text.families.map(\.samples.count) == [Limits.series, 1])
        #expect(text.value("telemetry_refused_metrics_total", ["reason": "limit"]) == 11)

        counters[0].destroy()
        counters[Limits.series].destroy()
        Meter(label: "late", factory: metrics).set(2)
        text = try ParsedExposition(metrics.text())
        #expect(text.value("late") == 2)
        #expect(text.families.map(\.samples.count).reduce(0, +) == Limits.series + 1)
    }
}
