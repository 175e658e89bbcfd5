import CoreMetrics
import Synchronization

/// A series that counts values by size, in buckets with fixed upper bounds.
final class HistogramSeries: Series, RecorderHandler, TimerHandler {
    let key: SeriesKey
    private let bounds: [Double]
    private let state: Mutex<(counts: [UInt64], sum: Double)>

    /// Makes a series whose buckets have these upper bounds, in ascending order; one without a bound is added.
    init(_ key: SeriesKey, bounds: [Double]) {
        self.key = key
        self.bounds = bounds
        state = Mutex((Array(repeating: 0, count: bounds.count + 1), 0))
    }

    func record(_ value: Int64) { record(Double(value)) }

    /// Counts a value; what is no number is counted above all bounds, and makes the sum no number.
    func record(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    /// Counts a time, in seconds from here on.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func write(into text: inout Exposition) {
        let (counts, sum) = state.withLock { $0 }
        var count: UInt64 = 0
        for (bound, inBucket) in zip(bounds + [.infinity], counts) {
            count += inBucket
            text.sample(key.name, suffix: "_bucket", labels: key.labels, bound: bound, value: String(count))
        }
        text.sample(key.name, suffix: "_sum", labels: key.labels, value: Exposition.spell(sum))
        text.sample(key.name, suffix: "_count", labels: key.labels, value: String(count))
    }
}
