/// Looks for the highest rate that holds: doubles until one fails, then halves what lies between, to within 5 percent.
///
/// A pure state machine: ask for the rate to try next, and say whether it held. Where the first rate fails already, it
/// halves until one holds.
package struct RateSearch: Sendable, Equatable {
    /// The ratio of the lowest rate that failed to the highest that held at which the search ends.
    package static let closeness = 1.05

    private let start: Double
    private let bounds: ClosedRange<Double>
    private let greatestTrials: Int
    /// The highest rate that held, in events a second.
    package private(set) var highest: Double?
    /// The lowest rate that failed.
    package private(set) var lowestFailed: Double?
    /// How many rates were tried.
    package private(set) var trials = 0

    /// A search from a rate on; rates are whole numbers but for the first.
    package init(
        from start: Double, within bounds: ClosedRange<Double> = Limits.rate, greatestTrials: Int = Limits.trials
    ) {
        self.start = min(max(start, bounds.lowerBound), bounds.upperBound)
        self.bounds = bounds
        self.greatestTrials = greatestTrials
    }

    /// The rate to try next; `nil` when the search is over.
    package var next: Double? {
        guard trials < greatestTrials else { return nil }
        switch (highest, lowestFailed) {
        case (nil, nil): return start
        case (let low?, nil): return low < bounds.upperBound ? min(low * 2, bounds.upperBound) : nil
        case (nil, let high?):
            return high > bounds.lowerBound ? max((high / 2).rounded(.down), bounds.lowerBound) : nil
        case (let low?, let high?):
            guard high > low * Self.closeness else { return nil }
            let middle = (low * high).squareRoot().rounded()
            return middle > low && middle < high ? middle : nil
        }
    }

    /// Says whether the rate of ``next`` held.
    package mutating func record(held: Bool) {
        guard let rate = next else { preconditionFailure("A search that is over takes no outcome.") }
        trials += 1
        if held { highest = rate } else { lowestFailed = rate }
    }
}
