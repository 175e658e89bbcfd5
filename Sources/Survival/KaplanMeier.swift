/// The Kaplan-Meier estimate of the survival function (Kaplan and Meier 1958), with Greenwood's variance.
///
/// Numbers and conventions are those of R's `survfit`.
package struct KaplanMeier: Sendable, Equatable {
    /// What happens at one distinct time.
    package struct Step: Sendable, Equatable {
        /// The time, of events or of censoring.
        package let time: Double
        /// The number at risk just before the time.
        package let atRisk: Int
        /// The number of events at the time.
        package let events: Int
        /// The number censored at the time, after the events.
        package let censored: Int
        /// S(t) from this time on until the next step.
        package let survival: Double
        /// Greenwood's sum of d / (n (n - d)) up to the time: the variance of log S(t); infinite once S(t) is 0.
        package let varianceSum: Double

        /// Greenwood's standard error of S(t), or `nil` where S(t) is 0 and it cannot be estimated.
        package var standardError: Double? {
            survival > 0 ? survival * varianceSum.squareRoot() : nil
        }
    }

    /// One step for each distinct time, ascending.
    package let steps: [Step]
    /// The number of observations.
    package let count: Int
    /// The number of events.
    package let events: Int

    /// Estimates the survival function of a whole sample.
    package init(_ sample: RightCensoredSample) {
        var builder = Builder(count: sample.count, capacity: sample.moments.count)
        for (index, moment) in sample.moments.enumerated() {
            let leaving = sample.places(of: index).count
            builder.append(time: moment.time, events: moment.events, censored: leaving - moment.events)
        }
        self.init(builder)
    }

    /// Estimates the survival function of each group, in one pass over the sample.
    /// - Parameters:
    ///   - sample: the observations of all groups.
    ///   - groups: for each row of the input the index of its group.
    ///   - groupCount: the number of groups.
    /// - Returns: one curve per group, `nil` for a group without observations.
    /// - Throws: `SurvivalInputError` if the groups do not fit the sample.
    package static func curves(
        _ sample: RightCensoredSample,
        groups: [Int],
        groupCount: Int
    ) throws(SurvivalInputError) -> [KaplanMeier?] {
        try sample.checkGroups(groups, count: groupCount)
        let sortedGroups = sample.sorted(groups)
        var sizes = [Int](repeating: 0, count: groupCount)
        for group in sortedGroups { sizes[group] += 1 }
        var builders = sizes.map { Builder(count: $0, capacity: min($0, sample.moments.count)) }
        var events = [Int](repeating: 0, count: groupCount)
        var censored = events
        for (index, moment) in sample.moments.enumerated() {
            for place in sample.places(of: index) {
                if sample.status[place] {
                    events[sortedGroups[place]] += 1
                } else {
                    censored[sortedGroups[place]] += 1
                }
            }
            for group in 0..<groupCount where events[group] + censored[group] > 0 {
                builders[group].append(time: moment.time, events: events[group], censored: censored[group])
                events[group] = 0
                censored[group] = 0
            }
        }
        return builders.map { $0.steps.isEmpty ? nil : KaplanMeier($0) }
    }

    /// Estimates the survival function of each group from counts.
    ///
    /// A curve has steps only at the times at which somebody of its group leaves.
    /// - Parameter sample: the counts of all groups.
    /// - Returns: one curve per group, `nil` for a group without observations.
    package static func curves(_ sample: CountedSample) -> [KaplanMeier?] {
        sample.counts.indices.map { group in
            let count = sample.counts[group]
            guard count > 0 else { return nil }
            var builder = Builder(count: count, capacity: min(count, sample.times.count))
            for (index, time) in sample.times.enumerated() {
                let events = sample.events[group][index]
                let censored = sample.censored[group][index]
                guard events + censored > 0 else { continue }
                builder.append(time: time, events: events, censored: censored)
            }
            return KaplanMeier(builder)
        }
    }

    private init(_ builder: Builder) {
        steps = builder.steps
        count = builder.count
        events = builder.events
    }
}

extension KaplanMeier {
    /// Grows a curve by one time after another.
    private struct Builder {
        let count: Int
        private(set) var steps: [Step] = []
        private(set) var events = 0
        private var atRisk: Int
        private var survival = 1.0
        private var varianceSum = 0.0

        init(count: Int, capacity: Int) {
            self.count = count
            atRisk = count
            steps.reserveCapacity(capacity)
        }

        mutating func append(time: Double, events: Int, censored: Int) {
            if events > 0 {
                let risk = Double(atRisk)
                let surviving = Double(atRisk - events)
                survival *= surviving / risk
                varianceSum += Double(events) / (risk * surviving)
            }
            steps.append(
                Step(
                    time: time,
                    atRisk: atRisk,
                    events: events,
                    censored: censored,
                    survival: survival,
                    varianceSum: varianceSum
                )
            )
            self.events += events
            atRisk -= events + censored
        }
    }
}
