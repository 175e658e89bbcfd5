extension KaplanMeier {
    /// A quantile of the time to the event, with confidence limits.
    package struct Quantile: Sendable, Equatable {
        /// The time; `nil` where the curve does not come down far enough.
        package let time: Double?
        /// The lower confidence limit; `nil` where it cannot be estimated.
        package let lower: Double?
        /// The upper confidence limit; `nil` where it cannot be estimated.
        package let upper: Double?
    }

    /// The median time to the event, as R's `quantile(survfit(…), probs = 0.5)` gives it.
    package func median(limits: ConfidenceLimits = ConfidenceLimits()) -> Quantile {
        quantile(0.5, limits: limits)
    }

    /// A quantile of the time to the event, as R's `quantile.survfit` gives it.
    ///
    /// The quantile is the smallest time at which 1 - S(t) reaches the probability. Where the curve runs exactly at
    /// that height for a while, it is the middle between the start of that stretch and the next step down, or, on the
    /// last stretch, the last observed time. (There R's `print` of a curve gives the start of the stretch instead.) The
    /// limits are the same construction on the limits of S(t) (Brookmeyer and Crowley 1982). Heights closer than the
    /// square root of the machine epsilon are the same height; but a curve that nowhere quite reaches the probability,
    /// even by less than that, has no quantile.
    /// - Parameters:
    ///   - probability: greater than 0, at most 1.
    ///   - limits: how the confidence limits are made.
    /// - Returns: the quantile; `nil` for what the curve does not reach.
    package func quantile(_ probability: Double, limits: ConfidenceLimits = ConfidenceLimits()) -> Quantile {
        precondition(probability > 0 && probability <= 1, "A probability lies between 0 and 1.")
        let intervals = steps.map { interval(of: $0, limits: limits) }
        return Quantile(
            time: crossing(of: steps.map { 1 - $0.survival }, at: probability),
            lower: crossing(of: intervals.map { interval in interval.lower.map { 1 - $0 } }, at: probability),
            upper: crossing(of: intervals.map { interval in interval.upper.map { 1 - $0 } }, at: probability)
        )
    }

    /// The time at which a curve, 0 at time 0 and then one height per step, reaches a height.
    ///
    /// A limit of S(t) need not be monotone, so the search is for the lowest sufficient height, not the first.
    private func crossing(of heights: [Double?], at probability: Double) -> Double? {
        let tolerance = Double.ulpOfOne.squareRoot()
        let times = [0] + steps.map(\.time)
        let heights: [Double?] = [0] + heights
        let known = heights.compactMap(\.self)
        guard let highest = known.max(), highest >= probability, probability >= tolerance else { return nil }
        // The highest is one of those that reach the probability with the tolerance in their favour.
        let nearly = lowestPlace(of: heights) { $0 + tolerance >= probability }
        let surely = lowestPlace(of: heights) { $0 - tolerance >= probability }
        guard let nearly else { return nil }
        if let last = lastNewHeight(of: heights), abs(probability - last) < tolerance {
            return (times[nearly] + times[times.count - 1]) / 2
        }
        return surely.map { (times[nearly] + times[$0]) / 2 }
    }

    /// The first place of the lowest height that fulfils a condition.
    private func lowestPlace(of heights: [Double?], where condition: (Double) -> Bool) -> Int? {
        var lowest: (height: Double, place: Int)?
        for (place, height) in heights.enumerated() {
            guard let height, condition(height) else { continue }
            if lowest.map({ height < $0.height }) ?? true { lowest = (height, place) }
        }
        return lowest?.place
    }

    /// The height of the last place that has a height not seen before it; `nil` if that height is unknown.
    private func lastNewHeight(of heights: [Double?]) -> Double? {
        for place in heights.indices.reversed() {
            if place > 0 && heights[place] == heights[place - 1] { continue }
            if heights.firstIndex(of: heights[place]) == place { return heights[place] }
        }
        return nil
    }
}
