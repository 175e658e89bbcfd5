import CoreMetrics
import Synchronization

/// A series that goes up and down.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    let key: SeriesKey
    private let value = Mutex(0.0)

    init(_ key: SeriesKey) { self.key = key }

    func set(_ newValue: Int64) { set(Double(newValue)) }

    func set(_ newValue: Double) {
        value.withLock { $0 = newValue }
    }

    func increment(by amount: Double) {
        value.withLock { $0 += amount }
    }

    func decrement(by amount: Double) {
        value.withLock { $0 -= amount }
    }

    func record(_ newValue: Int64) { set(Double(newValue)) }

    func record(_ newValue: Double) { set(newValue) }

    func write(into text: inout Exposition) {
        text.sample(key.name, labels: key.labels, value: Exposition.spell(value.withLock { $0 }))
    }
}
