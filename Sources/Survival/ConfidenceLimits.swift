import Foundation

/// A pair of confidence limits; a limit that cannot be estimated is `nil`.
package struct ConfidenceInterval: Sendable, Equatable {
    /// The lower limit.
    package let lower: Double?
    /// The upper limit.
    package let upper: Double?
}

/// How confidence limits of a survival probability are made, as the `conf.type` and `conf.int` of R's `survfit`.
package struct ConfidenceLimits: Sendable, Equatable {
    /// The scale on which the estimate is taken as normal.
    package enum Scale: String, Sendable, CaseIterable {
        /// log(-log S): limits stay within 0 and 1; not estimable where S is 1 or 0 (Kalbfleisch and Prentice 1980).
        case logLog = "log-log"
        /// log S: the upper limit is cut at 1; not estimable where S is 0.
        case log
        /// S itself: both limits are cut, at 0 and at 1; not estimable where S is 0.
        case plain
    }

    /// The scale.
    package let scale: Scale
    /// The level of confidence, between 0 and 1.
    package let level: Double
    /// The standard normal quantile that belongs to the level.
    let quantile: Double

    /// Chooses limits.
    /// - Parameters:
    ///   - scale: the scale on which the estimate is taken as normal.
    ///   - level: the level of confidence, greater than 0 and less than 1.
    package init(_ scale: Scale = .logLog, level: Double = 0.95) {
        self.scale = scale
        self.level = level
        quantile = Self.quantile(level: level)
    }

    /// The standard normal quantile of two-sided limits at a level.
    static func quantile(level: Double) -> Double {
        precondition(level > 0 && level < 1, "A level of confidence lies between 0 and 1.")
        return NormalDistribution.quantile(1 - (1 - level) / 2)
    }

    /// The limits of a survival probability.
    /// - Parameters:
    ///   - survival: S(t).
    ///   - varianceSum: Greenwood's sum of d / (n (n - d)) up to t, the variance of log S(t).
    /// - Returns: the limits; `nil` where the scale does not give them.
    func interval(survival: Double, varianceSum: Double) -> ConfidenceInterval {
        guard survival > 0, scale != .logLog || survival < 1 else {
            return ConfidenceInterval(lower: nil, upper: nil)
        }
        let width = quantile * varianceSum.squareRoot()
        switch scale {
        case .plain:
            return ConfidenceInterval(
                lower: max(survival - width * survival, 0),
                upper: min(survival + width * survival, 1)
            )
        case .log:
            return ConfidenceInterval(
                lower: exp(Foundation.log(survival) - width),
                upper: min(exp(Foundation.log(survival) + width), 1)
            )
        case .logLog:
            let logSurvival = Foundation.log(survival)
            let center = Foundation.log(-logSurvival)
            return ConfidenceInterval(
                lower: exp(-exp(center - width / logSurvival)),
                upper: exp(-exp(center + width / logSurvival))
            )
        }
    }
}
