import Foundation

/// A chi-squared statistic with its degrees of freedom and its upper tail probability.
package struct ChiSquaredTest: Sendable, Equatable {
    /// The value of the statistic.
    package let statistic: Double
    /// The degrees of freedom, at least one.
    package let degreesOfFreedom: Int
    /// The probability of a larger statistic under the null hypothesis.
    package let p: Double

    /// Refers a statistic to the chi-squared distribution.
    package init(statistic: Double, degreesOfFreedom: Int) {
        self.statistic = statistic
        self.degreesOfFreedom = degreesOfFreedom
        p = ChiSquaredDistribution.upperTail(statistic, degreesOfFreedom: degreesOfFreedom)
    }
}

/// The chi-squared distribution with a whole number of degrees of freedom.
package enum ChiSquaredDistribution {
    /// The probability that a chi-squared variable exceeds `x`: the regularised upper incomplete gamma function
    /// Q(df / 2, x / 2).
    ///
    /// For whole degrees of freedom the recurrence Q(a + 1, t) = Q(a, t) + t^a exp(-t) / Γ(a + 1) (Abramowitz and
    /// Stegun 6.5.21) ends at exp(-t) or erfc(√t). Every term is positive, so nothing cancels: the relative error is
    /// about 1e-14 however small the probability.
    /// - Parameters:
    ///   - x: the statistic; zero or less gives 1.
    ///   - degreesOfFreedom: at least one.
    /// - Returns: the probability, between 0 and 1.
    package static func upperTail(_ x: Double, degreesOfFreedom: Int) -> Double {
        precondition(degreesOfFreedom >= 1, "A chi-squared distribution has at least one degree of freedom.")
        guard x > 0 else { return x.isNaN ? .nan : 1 }
        guard x.isFinite else { return 0 }
        let t = x / 2
        let isOdd = degreesOfFreedom % 2 == 1
        let start = isOdd ? NormalDistribution.complementaryErrorOfRoot(t) : 0
        guard degreesOfFreedom > 1 else { return start }
        let first = isOdd ? 2 * (t / Double.pi).squareRoot() : 1
        let firstOrder = isOdd ? 1.5 : 1.0
        return min(1, start + poissonSum(t, first: first, order: firstOrder, count: degreesOfFreedom / 2))
    }

    /// The sum of `count` terms, each the one before times t / order, all times exp(-t).
    private static func poissonSum(_ t: Double, first: Double, order: Double, count: Int) -> Double {
        var term = first
        var sum = first
        var order = order
        // exp(-t) is applied in parts, so that neither it nor the growing sum leaves the range of a Double.
        var exponent = t
        for _ in 1..<max(count, 1) {
            term *= t / order
            sum += term
            order += 1
            if sum > 1e200 {
                let part = min(exponent, 400)
                term *= exp(-part)
                sum *= exp(-part)
                exponent -= part
            }
        }
        return sum * exp(-exponent / 2) * exp(-exponent / 2)
    }
}
