import Foundation
import TestData

/// The textbook formulas, written down once more, without a thought for speed: every sum runs over all rows.
struct NaiveSurvival {
    var times: [Double]
    var status: [Bool]

    var rows: Range<Int> { 0..<times.count }
    var eventTimes: [Double] { Set(rows.filter { status[$0] }.map { times[$0] }).sorted() }

    func atRisk(_ time: Double) -> [Int] { rows.filter { times[$0] >= time } }
    func failing(_ time: Double) -> [Int] { rows.filter { status[$0] && times[$0] == time } }

    /// S(t) as the product over event times up to t.
    func survival(_ time: Double) -> Double {
        eventTimes.filter { $0 <= time }.reduce(1) { product, event in
            product * (1 - Double(failing(event).count) / Double(atRisk(event).count))
        }
    }

    /// Greenwood's standard error of S(t).
    func standardError(_ time: Double) -> Double {
        let sum = eventTimes.filter { $0 <= time }.reduce(0) { sum, event in
            let (d, n) = (Double(failing(event).count), Double(atRisk(event).count))
            return sum + d / (n * (n - d))
        }
        return survival(time) * sum.squareRoot()
    }

    /// Observed and expected events and the variance of one group against all others.
    func logRank(group: Int, groups: [Int]) -> (observed: Double, expected: Double, variance: Double) {
        var result = (observed: 0.0, expected: 0.0, variance: 0.0)
        for time in eventTimes {
            let risk = atRisk(time)
            let n = Double(risk.count)
            let inGroup = Double(risk.count { groups[$0] == group })
            let d = Double(failing(time).count)
            result.observed += Double(failing(time).count { groups[$0] == group })
            result.expected += d * inGroup / n
            if n > 1 {
                result.variance += d * (inGroup / n) * (1 - inGroup / n) * (n - d) / (n - 1)
            }
        }
        return result
    }

    /// Efron's log partial likelihood.
    func logLikelihood(_ coefficients: [Double], _ covariates: [[Double]]) -> Double {
        var sum = 0.0
        for time in eventTimes {
            let failing = failing(time)
            sum += failing.reduce(0) { $0 + predictor($1, coefficients, covariates) }
            sum -= Double(failing.count) * highest(coefficients, covariates)
            for earlier in failing.indices {
                sum -= log(weights(time, earlier, coefficients, covariates).reduce(0) { $0 + $1.weight })
            }
        }
        return sum
    }

    /// The gradient of Efron's log partial likelihood: for each event its covariate less the mean of the risk set.
    func gradient(_ coefficients: [Double], _ covariates: [[Double]]) -> [Double] {
        covariates.map { column in
            var sum = 0.0
            for time in eventTimes {
                let failing = failing(time)
                sum += failing.reduce(0) { $0 + column[$1] }
                for earlier in failing.indices {
                    let weights = weights(time, earlier, coefficients, covariates)
                    let total = weights.reduce(0) { $0 + $1.weight }
                    sum -= weights.reduce(0) { $0 + $1.weight * column[$1.row] } / total
                }
            }
            return sum
        }
    }

    /// The rows at risk when `earlier` of the events tied at a time are thought to have happened.
    private func weights(
        _ time: Double,
        _ earlier: Int,
        _ coefficients: [Double],
        _ covariates: [[Double]]
    ) -> [(row: Int, weight: Double)] {
        let failing = failing(time)
        // Taking the highest predictor from all of them changes no quotient and keeps the exponentials finite.
        let highest = highest(coefficients, covariates)
        let share = Double(earlier) / Double(failing.count)
        return atRisk(time).map { row in
            let risk = exp(predictor(row, coefficients, covariates) - highest)
            return (row, failing.contains(row) ? risk * (1 - share) : risk)
        }
    }

    private func highest(_ coefficients: [Double], _ covariates: [[Double]]) -> Double {
        rows.map { predictor($0, coefficients, covariates) }.max() ?? 0
    }

    private func predictor(_ row: Int, _ coefficients: [Double], _ covariates: [[Double]]) -> Double {
        zip(coefficients, covariates).reduce(0) { $0 + $1.0 * $1.1[row] }
    }
}

extension NaiveSurvival {
    /// One of several values.
    static func choice(_ values: [Double], _ generator: inout SeededRandom) -> Double {
        values[Int.random(in: values.indices, using: &generator)]
    }

    /// A random sample in one of several styles: few or many ties, little or much censoring.
    static func random(_ generator: inout SeededRandom, rows: ClosedRange<Int>) -> NaiveSurvival {
        let count = Int.random(in: rows, using: &generator)
        let distinct = choice([3, 10, 40, 1e6], &generator)
        let eventShare = choice([0.2, 0.5, 0.8, 1], &generator)
        return NaiveSurvival(
            times: (0..<count).map { _ in (generator.unit() * distinct).rounded(.down) / 4 },
            status: (0..<count).map { _ in generator.unit() < eventShare }
        )
    }
}
