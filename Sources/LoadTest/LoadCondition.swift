/// A condition under which a load test counts as failed, such as `p99>250ms`.
package struct LoadCondition: Sendable, Equatable {
    /// What is compared.
    package enum Figure: Sendable, Equatable {
        /// The latency of a stage that so many percent do not exceed; 100 for the greatest.
        case latency(LoadStage, percent: Double)
        /// The most events that were durable and not yet visible.
        case lag
        /// What went wrong.
        case errors
        /// The events a second that became durable.
        case rate
        /// The events that became durable and never visible.
        case notVisible
    }

    /// How it is compared.
    package enum Comparison: String, Sendable, CaseIterable {
        // Longer spellings come first, so that a reader takes all of an operator.
        case atLeast = ">="
        case atMost = "<="
        case above = ">"
        case below = "<"

        fileprivate func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .atLeast: left >= right
            case .atMost: left <= right
            case .above: left > right
            case .below: left < right
            }
        }
    }

    /// What is compared.
    package let figure: Figure
    /// How it is compared.
    package let comparison: Comparison
    /// With what: microseconds for a latency, else a plain number.
    package let bound: Double
    /// The condition as it was written, without spaces.
    package let text: String

    /// What a test found, in microseconds for a latency; `nil` where there is no latency at all.
    package func found(in result: LoadResult) -> Double? {
        switch figure {
        case .latency(let stage, let percent): result.latencies(stage).percentile(percent).map(Double.init)
        case .lag: Double(result.tally.maxLag)
        case .errors: Double(result.tally.errors)
        case .rate: result.achievedPerSecond
        case .notVisible: Double(result.tally.notVisible)
        }
    }

    /// Whether the test failed by this condition.
    ///
    /// Where events were due and none has a latency, because all of them failed, no bound on a latency was kept.
    package func holds(for result: LoadResult) -> Bool {
        guard let found = found(in: result) else { return result.tally.offered > 0 }
        return comparison.holds(found, bound)
    }
}

extension [LoadCondition] {
    /// The conditions by which a test failed.
    package func holding(for result: LoadResult) -> [LoadCondition] { filter { $0.holds(for: result) } }
}
