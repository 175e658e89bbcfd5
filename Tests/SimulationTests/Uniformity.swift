import Survival

/// How a sample of numbers from 0 to 1 compares with the uniform distribution.
struct Uniformity {
    static let bins = 20

    /// How many numbers lie in each of ``bins`` bins of equal width.
    let counts: [Int]
    let mean: Double
    private let count: Int

    init(_ numbers: [Double]) {
        var counts = [Int](repeating: 0, count: Self.bins)
        for number in numbers { counts[min(Self.bins - 1, Int(number * Double(Self.bins)))] += 1 }
        self.counts = counts
        count = numbers.count
        mean = numbers.reduce(0, +) / Double(numbers.count)
    }

    /// Pearson's test that all bins are equally likely.
    var p: Double {
        let expected = Double(count) / Double(Self.bins)
        let statistic = counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        return ChiSquaredTest(statistic: statistic, degreesOfFreedom: Self.bins - 1).p
    }

    /// How many standard errors the mean is from a half.
    var meanDeviation: Double { (mean - 0.5) * (12 * Double(count)).squareRoot() }
}

/// How many standard errors a count of successes is from what is expected.
func binomialDeviation(_ successes: Int, of count: Int, probability: Double) -> Double {
    let expected = Double(count) * probability
    return (Double(successes) - expected) / (expected * (1 - probability)).squareRoot()
}
