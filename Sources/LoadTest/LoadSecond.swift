/// One second of a load test as it went.
package struct LoadSecond: Sendable, Equatable {
    /// Two percentiles of the latencies that were measured within a second, in microseconds.
    package struct Latency: Sendable, Equatable {
        /// Half of the latencies are no greater.
        package let p50: Int
        /// 99 of 100 latencies are no greater.
        package let p99: Int

        /// Percentiles from their values.
        package init(p50: Int, p99: Int) {
            self.p50 = p50
            self.p99 = p99
        }

        /// The percentiles of a histogram; `nil` where it is empty.
        init?(_ histogram: LatencyHistogram) {
            guard let p50 = histogram.percentile(50), let p99 = histogram.percentile(99) else { return nil }
            self.init(p50: p50, p99: p99)
        }
    }

    /// When it begins, in seconds after the start.
    package let start: Double
    /// How long it is; less than 1 for the last one.
    package let length: Double
    /// The events whose intended time is in it.
    package internal(set) var offered: Int
    /// The events that became durable in it.
    package let acknowledged: Int
    /// The events that became visible in it.
    package let visible: Int
    /// The events that failed in it, and the looks at the checkpoints that did.
    package let errors: Int
    /// At its end, the events that are durable and not yet visible.
    package let lag: Int
    /// From the intended time until durable, where any became durable.
    package let append: Latency?
    /// From the intended time until visible, where any became visible.
    package let seen: Latency?

    /// A second from its parts.
    package init(
        start: Double, length: Double, offered: Int, acknowledged: Int, visible: Int, errors: Int, lag: Int,
        append: Latency?, seen: Latency?
    ) {
        self.start = start
        self.length = length
        self.offered = offered
        self.acknowledged = acknowledged
        self.visible = visible
        self.errors = errors
        self.lag = lag
        self.append = append
        self.seen = seen
    }
}

/// A latency that is measured.
package enum LoadStage: String, Sendable, CaseIterable {
    /// Until the event is durable.
    case append
    /// Until the event is visible in the outcomes.
    case visible
}

/// The latencies of one stage that were measured within a second, packed for a log.
package struct LoadInterval: Sendable, Equatable {
    /// What was measured.
    package let stage: LoadStage
    /// When the second begins, in nanoseconds after the start.
    package let start: Int64
    /// How long it is, in nanoseconds.
    package let length: Int64
    /// The greatest latency in microseconds, 0 where there is none.
    package let max: Int
    /// The histogram in HdrHistogram's second encoding, not compressed.
    package let payload: [UInt8]
}
