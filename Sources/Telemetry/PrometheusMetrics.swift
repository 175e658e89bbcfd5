package import CoreMetrics
import Synchronization

/// The metrics of a program in Prometheus' text format.
///
/// Two metrics of one kind, name and dimensions are one series. A metric whose name another kind has, or that comes when
/// there are ``Limits/series`` series, can be used as any other but is not exposed; `telemetry_refused_metrics_total`
/// counts these.
package final class PrometheusMetrics: MetricsFactory {
    /// The type of the text, for the header of an answer.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let help: [String: String]
    private let registry = Mutex(SeriesRegistry())

    /// Makes an empty set of metrics, with help texts by the label of the metric they explain.
    package init(help: [String: String] = [:]) {
        let spelled = help.sorted { $0.key < $1.key }.map { (MetricName.legal($0.key), $0.value) }
        self.help = Dictionary(spelled, uniquingKeysWith: { _, last in last })
    }

    /// All series as they are now, sorted by name and labels; each is read for itself.
    package func text() -> String {
        let registry = registry.withLock { $0 }
        var families = registry.families.map { ($0.key, $0.value) }
        families.sort { $0.0 < $1.0 }
        var text = Exposition()
        var isRefusedWritten = registry.refused.isEmpty
        for (name, family) in families {
            if !isRefusedWritten, name > SeriesRegistry.refusedName {
                Self.write(refused: registry.refused, into: &text)
                isRefusedWritten = true
            }
            text.begin(name, type: family.kind.type, help: family.help)
            for (_, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(into: &text) }
        }
        if !isRefusedWritten { Self.write(refused: registry.refused, into: &text) }
        return String(decoding: text.bytes, as: UTF8.self)
    }

    private static func write(refused: [SeriesRegistry.Refusal: UInt64], into text: inout Exposition) {
        text.begin(SeriesRegistry.refusedName, type: "counter", help: "Metrics that are not exposed, by reason.")
        for reason in SeriesRegistry.Refusal.allCases {
            guard let count = refused[reason] else { continue }
            let labels = LabelText([("reason", reason.rawValue)])
            text.sample(SeriesRegistry.refusedName, labels: labels, value: String(count))
        }
    }

    private func series<Kept: Series>(
        _ kind: MetricKind,
        _ label: String,
        _ dimensions: [(String, String)],
        make: (SeriesKey) -> Kept
    ) -> Kept {
        let key = SeriesKey(kind, label: label, dimensions: dimensions)
        let help = help[MetricName.legal(label)] ?? help[key.name]
        return registry.withLock { $0.series(key, kind, help: help, make: make) }
    }

    private func forget(_ handler: AnyObject) {
        guard let series = handler as? any Series else { return }
        registry.withLock { $0.forget(series) }
    }

    // MARK: - What swift-metrics asks for

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, label, dimensions, make: CounterSeries.init)
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(.counter, label, dimensions, make: CounterSeries.init)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions, make: GaugeSeries.init)
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return series(.gauge, label, dimensions, make: GaugeSeries.init) }
        return series(.distribution, label, dimensions) { HistogramSeries($0, bounds: Limits.recorderBounds) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(.duration, label, dimensions) { HistogramSeries($0, bounds: Limits.durationBounds) }
    }

    package func destroyCounter(_ handler: any CounterHandler) { forget(handler) }

    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }

    package func destroyMeter(_ handler: any MeterHandler) { forget(handler) }

    package func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }

    package func destroyTimer(_ handler: any TimerHandler) { forget(handler) }
}
