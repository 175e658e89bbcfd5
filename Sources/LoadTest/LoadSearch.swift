/// What a search for the highest rate found.
package struct LoadSearch: Sendable {
    /// One rate that was tried.
    package struct Trial: Sendable {
        /// What the test at this rate found.
        package let result: LoadResult
        /// Why the rate did not hold, a few words each; none where it held.
        package let reasons: [String]

        /// Whether the rate held.
        package var held: Bool { reasons.isEmpty }

        /// A trial from its parts.
        package init(_ result: LoadResult, reasons: [String]) {
            self.result = result
            self.reasons = reasons
        }
    }

    /// The highest rate that held, in events a second; `nil` where none did.
    package let highest: Double?
    /// The lowest rate that did not hold; `nil` where all did.
    package let lowestFailed: Double?
    /// The conditions by which rates were judged.
    package let conditions: [LoadCondition]
    /// All trials in their order; one that was stopped is the last and was not judged.
    package let trials: [Trial]

    /// Whether the search was stopped before it was over.
    package var isStopped: Bool { trials.last?.result.isStopped ?? true }

    /// The test at the highest rate that held.
    package var best: Trial? { trials.last { $0.held && !$0.result.isStopped && $0.result.plan.rate == highest } }

    /// What a search found, from its parts.
    package init(highest: Double?, lowestFailed: Double?, conditions: [LoadCondition], trials: [Trial]) {
        self.highest = highest
        self.lowestFailed = lowestFailed
        self.conditions = conditions
        self.trials = trials
    }
}

extension LoadTest {
    /// Searches the highest rate that holds, beginning with the plan's.
    ///
    /// Every rate is tried with the plan's duration and with patients of its own, after the projection has caught up,
    /// or a minute was waited for it. A rate holds where no condition does and ``LoadResult/shortcomings`` is empty.
    ///
    /// - Parameters:
    ///   - stop: as for ``run(_:stop:onSecond:)``; called for each trial anew.
    ///   - onTrial: hears of every trial when it is over.
    /// - Throws: CancellationError where the task was cancelled.
    package func findMax(
        _ plan: LoadPlan, failIf conditions: [LoadCondition], stop: @escaping @Sendable () async -> Void,
        onTrial: @Sendable (LoadSearch.Trial) -> Void = { _ in }, onSecond: @escaping Progress = { _ in }
    ) async throws(CancellationError) -> LoadSearch {
        var search = RateSearch(from: plan.rate)
        var trials: [LoadSearch.Trial] = []
        var patient = plan.firstPatient
        while let rate = search.next {
            let result = try await run(
                plan.trial(rate: rate, firstPatient: patient), stop: stop, onSecond: onSecond)
            let reasons = result.shortcomings + conditions.holding(for: result).map(\.text)
            let trial = LoadSearch.Trial(result, reasons: result.isStopped ? [] : reasons)
            trials.append(trial)
            onTrial(trial)
            if result.isStopped { break }
            search.record(held: trial.held)
            patient = result.firstUnusedPatient
        }
        return LoadSearch(
            highest: search.highest, lowestFailed: search.lowestFailed, conditions: conditions, trials: trials)
    }
}

extension LoadResult {
    /// Why the rate did not hold whatever the conditions: fewer events became durable than were to be, or the
    /// projection fell behind further and further.
    package var shortcomings: [String] {
        var reasons: [String] = []
        if achievedPerSecond < 0.95 * offeredPerSecond { reasons.append("rate reached below 95 % of that offered") }
        if isLagGrowing { reasons.append("lag grew throughout") }
        return reasons
    }

    /// Whether the lag was greater in each third of the time after the ramp, by more than 5 percent of the events of
    /// the time between.
    private var isLagGrowing: Bool {
        let seconds = perSecond.filter { steady.contains($0.start) && $0.start + $0.length <= steady.upperBound }
        guard seconds.count >= 3 else { return false }
        let lags = (0..<3).map { third in
            let part = seconds[seconds.count * third / 3..<seconds.count * (third + 1) / 3]
            return Double(part.reduce(0) { $0 + $1.lag }) / Double(part.count)
        }
        let between = Double(seconds.reduce(0) { $0 + $1.offered }) * 2 / 3
        return lags[0] < lags[1] && lags[1] < lags[2] && lags[2] - lags[0] > 0.05 * between
    }
}
