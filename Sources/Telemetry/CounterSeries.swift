import CoreMetrics
import Synchronization

/// A series that only grows, until it is set back to nought.
///
/// Whole amounts are added up apart, so that they stay exact beyond what a double holds.
final class CounterSeries: Series, CounterHandler, FloatingPointCounterHandler {
    let key: SeriesKey
    private let total = Mutex((whole: Int64(0), broken: 0.0))

    init(_ key: SeriesKey) { self.key = key }

    /// Adds an amount; a negative one is ignored, since a counter never falls.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        total.withLock { total in
            let (sum, isOverflown) = total.whole.addingReportingOverflow(amount)
            total.whole = isOverflown ? .max : sum
        }
    }

    /// Adds an amount; one that is negative or no finite number is ignored.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        total.withLock { $0.broken += amount }
    }

    func reset() {
        total.withLock { $0 = (0, 0) }
    }

    func write(into text: inout Exposition) {
        let (whole, broken) = total.withLock { $0 }
        let value = broken == 0 ? String(whole) : Exposition.spell(Double(whole) + broken)
        text.sample(key.name, labels: key.labels, value: value)
    }
}
