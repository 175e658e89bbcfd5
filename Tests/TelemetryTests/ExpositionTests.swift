import CoreMetrics
import Telemetry
import Testing

@Suite("The text of a scrape") struct ExpositionTests {
    @Test("has help, types, sorted labels and buckets, word for word")
    func knownText() {
        let metrics = PrometheusMetrics(help: [
            "append.events": "Events that were\nwritten, in C:\\log.", "queue-depth": "What \"waits\".",
        ])
        Counter(label: "append.events", dimensions: [("study", "a\"b\\c\nd"), ("Arm.name", "high")], factory: metrics)
            .increment(by: 41)
        FloatingPointCounter(
            label: "append.events_total",
            dimensions: [("Arm.name", "high"), ("study", "a\"b\\c\nd")],
            factory: metrics
        ).increment(by: 0.5)
        Counter(label: "append.events", factory: metrics).increment(by: Int64.max)
        Meter(label: "queue-depth", factory: metrics).set(-2.5)
        Gauge(label: "1st:temperature", dimensions: [("empty", "")], factory: metrics).record(Double.nan)
        let timer = Timer(label: "fold.seconds", dimensions: [("le", "x")], factory: metrics)
        timer.recordNanoseconds(250_000_000)
        timer.recordMilliseconds(1)
        timer.recordSeconds(11)
        #expect(
            metrics.text() == """
                # TYPE _1st:temperature gauge
                _1st:temperature NaN
                # HELP append_events_total Events that were\\nwritten, in C:\\\\log.
                # TYPE append_events_total counter
                append_events_total 9223372036854775807
                append_events_total{Arm_name="high",study="a\\"b\\\\c\\nd"} 41.5
                # TYPE fold_seconds histogram
                fold_seconds_bucket{le_="x",le="0.001"} 1
                fold_seconds_bucket{le_="x",le="0.0025"} 1
                fold_seconds_bucket{le_="x",le="0.005"} 1
                fold_seconds_bucket{le_="x",le="0.01"} 1
                fold_seconds_bucket{le_="x",le="0.025"} 1
                fold_seconds_bucket{le_="x",le="0.05"} 1
                fold_seconds_bucket{le_="x",le="0.1"} 1
                fold_seconds_bucket{le_="x",le="0.25"} 2
                fold_seconds_bucket{le_="x",le="0.5"} 2
                fold_seconds_bucket{le_="x",le="1"} 2
                fold_seconds_bucket{le_="x",le="2.5"} 2
                fold_seconds_bucket{le_="x",le="5"} 2
                fold_seconds_bucket{le_="x",le="10"} 2
                fold_seconds_bucket{le_="x",le="+Inf"} 3
                fold_seconds_sum{le_="x"} 11.251
                fold_seconds_count{le_="x"} 3
                # HELP queue_depth What "waits".
                # TYPE queue_depth gauge
                queue_depth -2.5

                """
        )
    }

    @Test("is empty without metrics")
    func nothing() {
        #expect(PrometheusMetrics().text().isEmpty)
    }

    @Test(
        "spells numbers as the format does",
        arguments: [
            (Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (0, "0"), (-0.0, "0"), (3, "3"),
            (0.1, "0.1"), (1e-9, "1e-09"), (1e21, "1e+21"), (-123_456_789, "-123456789"),
            (.leastNonzeroMagnitude, "5e-324"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
        ]
    )
    func numbers(value: Double, spelling: String) throws {
        let metrics = PrometheusMetrics()
        Meter(label: "x", factory: metrics).set(value)
        #expect(metrics.text() == "# TYPE x gauge\nx \(spelling)\n")
        let read = try #require(try ParsedExposition(metrics.text()).value("x"))
        #expect(read == value || read.isNaN && value.isNaN)
    }

    @Test("tells apart values that Unicode holds for equal")
    func bytes() throws {
        let metrics = PrometheusMetrics()
        Counter(label: "x", dimensions: [("name", "\u{E9}")], factory: metrics).increment()
        Counter(label: "x", dimensions: [("name", "e\u{301}")], factory: metrics).increment(by: 2)
        let samples = try ParsedExposition(metrics.text()).families.flatMap(\.samples)
        #expect(samples.map(\.value) == [2, 1])
    }

    @Test("counts a value that is no number above all bounds")
    func notANumber() throws {
        let metrics = PrometheusMetrics()
        let recorder = Recorder(label: "size", factory: metrics)
        recorder.record(Double.nan)
        recorder.record(-Double.infinity)
        let text = try ParsedExposition(metrics.text())
        #expect(text.value("size_bucket", ["le": "1"]) == 1)
        #expect(text.value("size_bucket", ["le": "1000000"]) == 1)
        #expect(text.value("size_count") == 2)
        #expect(try #require(text.value("size_sum")).isNaN)
    }

    @Test("lets a counter neither fall nor add what is no amount")
    func monotone() throws {
        let metrics = PrometheusMetrics()
        let counter = Counter(label: "whole", factory: metrics)
        counter.increment(by: 3)
        counter.increment(by: -2)
        let broken = FloatingPointCounter(label: "broken", factory: metrics)
        for amount in [1.5, -1, .nan, .infinity, -.infinity] { broken.increment(by: amount) }
        #expect(try ParsedExposition(metrics.text()).value("whole_total") == 3)
        #expect(try ParsedExposition(metrics.text()).value("broken_total") == 1.5)
        counter.reset()
        #expect(try ParsedExposition(metrics.text()).value("whole_total") == 0)
    }
}
