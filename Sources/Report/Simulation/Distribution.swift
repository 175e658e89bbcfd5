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
    /// The share of values that are finite.
    package let finiteShare: Double

    /// The distribution of one value or more.
    package init(_ values: [Double]) {
        precondition(!values.isEmpty, "A distribution has values.")
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        self.mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        standardDeviation = (squares / (count - 1)).squareRoot()
        finiteShare = Double(values.count { $0.isFinite }) / count
        let sorted = values.sorted()
        quantiles = Self.probabilities.map { probability in
            let place = probability * (count - 1)
            let low = Int(place)
            let share = place - Double(low)
            guard share > 0, low + 1 < sorted.count, sorted[low + 1] != sorted[low] else { return sorted[low] }
            return sorted[low] + share * (sorted[low + 1] - sorted[low])
        }
    }
}
