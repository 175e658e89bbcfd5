import Histogram

/// How often each latency came, by HdrHistogram: three significant digits from 1 µs to 1 hour.
package struct LatencyHistogram: Sendable {
    private var values = Histogram<UInt64>(
        lowestDiscernibleValue: UInt64(Limits.latency.lowerBound),
        highestTrackableValue: UInt64(Limits.latency.upperBound), numberOfSignificantValueDigits: .three)

    /// No latencies.
    package init() {}

    /// How many latencies there are.
    package var count: Int { Int(values.totalCount) }

    /// The greatest latency in microseconds, exactly; `nil` where there are none.
    package var max: Int? { count == 0 ? nil : Int(values.maxRecorded) }

    /// Adds a latency in nanoseconds; rounded to microseconds, and to the nearest possible one where it is out of
    /// bounds.
    package mutating func record(_ nanoseconds: Int64) {
        let microseconds = (nanoseconds + 500) / 1_000
        values.record(UInt64(min(Swift.max(microseconds, Limits.latency.lowerBound), Limits.latency.upperBound)))
    }

    /// The latency in microseconds that so many percent do not exceed, as HdrHistogram defines it; `nil` where there
    /// are none.
    package func percentile(_ percent: Double) -> Int? {
        count == 0 ? nil : Int(values.valueAtPercentile(percent))
    }

    /// Adds all latencies of another histogram.
    package mutating func add(_ other: LatencyHistogram) { values.add(other.values) }

    /// Forgets all latencies.
    package mutating func removeAll() { self = LatencyHistogram() }

    /// How often the values came that a histogram of this shape does not tell apart, ascending, each with the least of
    /// them in microseconds.
    package var occurrences: [(least: Int, count: Int)] {
        values.recordedValues().map {
            (Int(values.lowestEquivalentForValue($0.value)), Int($0.count))
        }
    }

    /// The latencies in microseconds at percentages that come closer and closer to 100.
    package var distribution: [(percent: Double, microseconds: Int)] {
        values.percentiles(ticksPerHalfDistance: 5).map { ($0.percentile, Int($0.value)) }
    }
}
