/// How a number is spread over simulated trials.
package struct Distribution: Sendable, Equatable {
    /// The probabilities of the quantiles.
    package static let probabilities = [0.025, 0.25, 0.5, 0.75, 0.975]

    /// The mean; infinite where a value is.
    package let mean: Double
    /// The standard deviation; not a number with fewer than two values or where one is infinite.
    package let standardDeviation: Double
    /// For each of the probabilities its quantile, as R's default (type 7): linear between neighbours.
    package let quantiles: [Double]
    /// The share of trials that have a finite value.
    package let finiteShare: Double
    /// The share of trials that have a value, be it infinite.
    package let share: Double

    /// The distribution over one trial or more.
    ///
    /// - Parameter trials: The value of each trial; those that have none are left out of all but the shares. Where none has
    ///   one, nothing is a number.
    package init(_ trials: [Double?]) {
        precondition(!trials.isEmpty, "A distribution has trials.")
        let values = trials.compactMap(\.self)
        let count = Double(values.count)
        share = count / Double(trials.count)
        finiteShare = Double(values.count { $0.isFinite }) / Double(trials.count)
        let mean = values.reduce(0, +) / count
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        standardDeviation = count > 1 ? (squares / (count - 1)).squareRoot() : .nan
        let sorted = values.sorted()
        quantiles = Self.probabilities.map { probability in
            if sorted.isEmpty { return .nan }
            let place = probability * (count - 1)
            let low = Int(place)
            let share = place - Double(low)
            guard share > 0, low + 1 < sorted.count, sorted[low + 1] != sorted[low] else { return sorted[low] }
            return sorted[low] + share * (sorted[low + 1] - sorted[low])
        }
    }
}
