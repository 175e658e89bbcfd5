import Foundation

/// The standard normal distribution.
///
/// Relative error is about 1e-14 down to tail probabilities of 1e-300.
package enum NormalDistribution {
    /// The probability that a standard normal variable is at most `x`.
    package static func lowerTail(_ x: Double) -> Double {
        x < 0 ? tail(beyond: -x) : 1 - tail(beyond: x)
    }

    /// The probability that a standard normal variable is greater than `x`.
    package static func upperTail(_ x: Double) -> Double {
        lowerTail(-x)
    }

    /// The value that a standard normal variable does not exceed with probability `p`.
    ///
    /// A rational start (Abramowitz and Stegun 26.2.23) is refined by Halley steps on the distribution function itself,
    /// so the accuracy is that of the error function.
    /// - Parameter p: a probability.
    /// - Returns: the quantile; minus infinity for 0, plus infinity for 1, NaN for anything outside 0...1.
    package static func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1, p != 0.5 else {
            return p == 0.5 ? 0 : (p == 0 ? -.infinity : (p == 1 ? .infinity : .nan))
        }
        // 1 - p is exact for p of at least one half.
        return p > 0.5 ? -lowerQuantile(1 - p, fromMiddle: p - 0.5) : lowerQuantile(p, fromMiddle: 0.5 - p)
    }

    /// The quantile for `p` of at most one half, which lies `fromMiddle` below one half.
    private static func lowerQuantile(_ p: Double, fromMiddle: Double) -> Double {
        let t = (-2 * log(p)).squareRoot()
        let numerator = 2.515517 + t * (0.802853 + t * 0.010328)
        let denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
        var x = numerator / denominator - t
        for _ in 0..<8 {
            // Near the middle the difference from one half carries the digits, in the tail the tail itself.
            let excess = fromMiddle < 0.25 ? 0.5 * erf(x / 2.0.squareRoot()) + fromMiddle : lowerTail(x) - p
            let error = excess * (2 * Double.pi).squareRoot() * exp(0.5 * x * x)
            let step = error / (1 + 0.5 * x * error)
            x -= step
            if abs(step) <= 1e-16 * abs(x) { break }
        }
        return x
    }

    /// The probability beyond `x` for `x` of at least zero.
    private static func tail(beyond x: Double) -> Double {
        let half = 0.5 * x
        let square = half * x
        guard square.isFinite else { return x.isNaN ? .nan : 0 }
        // The fused product tells what rounding took from the square.
        return 0.5 * complementaryErrorOfRoot(square, remainder: (-square).addingProduct(half, x))
    }

    /// `erfc(sqrt(square + remainder))`, with the rounding of the root made good.
    ///
    /// Far out, erfc falls like `exp(-square)`, so one unit in the last place of the root costs `square` units in the
    /// result. The exact difference between the square wanted and the square of the rounded root is known by a fused
    /// multiply-add and puts it right.
    static func complementaryErrorOfRoot(_ square: Double, remainder: Double = 0) -> Double {
        guard square < 800 else { return square.isNaN ? .nan : 0 }
        let root = square.squareRoot()
        let value = erfc(root)
        guard square > 1 else { return value }
        let rootSquared = root * root
        let rounding = (-rootSquared).addingProduct(root, root)
        return value * (1 - ((square - rootSquared) - rounding + remainder))
    }
}
