extension KaplanMeier {
    /// The survival function at one time.
    package struct Estimate: Sendable, Equatable {
        /// The time asked for.
        package let time: Double
        /// The number at risk just before the time: observations whose time is not smaller.
        package let atRisk: Int
        /// S(t); `nil` beyond the last observed time.
        package let survival: Double?
        /// Greenwood's standard error of S(t); `nil` where S(t) is 0 or unknown.
        package let standardError: Double?
        /// The lower confidence limit of S(t); `nil` where it cannot be estimated.
        package let lower: Double?
        /// The upper confidence limit of S(t); `nil` where it cannot be estimated.
        package let upper: Double?
    }

    /// The survival function at a time, as R's `summary(survfit(…), times = t)` gives it.
    ///
    /// Before the first observed time S(t) is 1 with both limits 1. From there to the first event S(t) is also 1, but
    /// limits on the log-log scale cannot be estimated. Beyond the last observed time nothing is estimable and nobody
    /// is at risk. The time is compared with the times of the steps as it is.
    package func estimate(at time: Double, limits: ConfidenceLimits = ConfidenceLimits()) -> Estimate {
        let reached = stepsBefore { $0.time <= time }
        let passed = stepsBefore { $0.time < time }
        guard passed < steps.count else {
            return Estimate(time: time, atRisk: 0, survival: nil, standardError: nil, lower: nil, upper: nil)
        }
        let atRisk = steps[passed].atRisk
        guard reached > 0 else {
            return Estimate(time: time, atRisk: atRisk, survival: 1, standardError: 0, lower: 1, upper: 1)
        }
        let step = steps[reached - 1]
        let interval = self.interval(of: step, limits: limits)
        return Estimate(
            time: time,
            atRisk: atRisk,
            survival: step.survival,
            standardError: step.standardError,
            lower: interval.lower,
            upper: interval.upper
        )
    }

    /// The confidence limits of S(t) from a step of the curve on.
    package func interval(of step: Step, limits: ConfidenceLimits = ConfidenceLimits()) -> ConfidenceInterval {
        limits.interval(survival: step.survival, varianceSum: step.varianceSum)
    }

    /// The number of leading steps that fulfil a condition which no later step fulfils again.
    private func stepsBefore(_ condition: (Step) -> Bool) -> Int {
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if condition(steps[middle]) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
