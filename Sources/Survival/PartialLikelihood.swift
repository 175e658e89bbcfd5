import Foundation

/// Cox's partial likelihood with Efron's treatment of ties (Efron 1977), with its derivatives.
///
/// Coefficients are those of the standardised covariates; `inputUnits` leads back to the units of the input.
struct PartialLikelihood: Sendable {
    /// The logarithm of the likelihood and its derivatives at one point.
    struct Point: Sendable {
        var logLikelihood = 0.0
        var score: [Double]
        var information: SymmetricMatrix
        /// For each covariate the sum of its second moments in the risk sets: the magnitude from which the diagonal of
        /// the information is left over, and so the measure of its rounding error.
        var secondMoments: [Double]

        init(size: Int) {
            score = [Double](repeating: 0, count: size)
            information = SymmetricMatrix(size: size)
            secondMoments = score
        }

        var isFinite: Bool {
            logLikelihood.isFinite && score.allSatisfy(\.isFinite) && information.elements.allSatisfy(\.isFinite)
        }
    }

    private let rows: CovariateRows

    /// Prepares the likelihood of rows.
    init(_ rows: CovariateRows) {
        self.rows = rows
    }

    /// The number of covariates.
    var size: Int { rows.size }
    /// For each covariate the mean absolute deviation from its mean.
    var deviations: [Double] { rows.deviations }

    /// Coefficients per unit of the input.
    func inputUnits(_ coefficients: [Double]) -> [Double] {
        zip(coefficients, deviations).map { $0.0 / $0.1 }
    }

    /// The likelihood at standardised coefficients, in one pass back in time.
    func point(at coefficients: [Double]) -> Point {
        var point = Point(size: size)
        var survivors = RiskSums(size: size)
        var failures = RiskSums(size: size)
        var end = rows.status.count
        for moment in rows.moments.reversed() {
            for row in moment.start..<end {
                let start = row * size
                var predictor = 0.0
                for column in 0..<size { predictor += coefficients[column] * rows.values[start + column] }
                let multiplicity = rows.multiplicities[row]
                let risk = multiplicity * exp(predictor)
                if rows.status[row] {
                    point.logLikelihood += multiplicity * predictor
                    for column in 0..<size { point.score[column] += multiplicity * rows.values[start + column] }
                    failures.add(rows.values, from: start, size: size, risk: risk)
                } else {
                    survivors.add(rows.values, from: start, size: size, risk: risk)
                }
            }
            end = moment.start
            if moment.events > 0 {
                subtractEvents(moment.events, survivors: &survivors, failures: &failures, from: &point)
            }
        }
        return point
    }

    /// Takes the risk set of tied events from the sums.
    ///
    /// Afterwards the failures belong to the survivors, who are at risk at all earlier times.
    private func subtractEvents(
        _ events: Int,
        survivors: inout RiskSums,
        failures: inout RiskSums,
        from point: inout Point
    ) {
        // Summed by itself: among millions of ties the logarithms would lose digits in the sum of all times.
        var logarithms = 0.0
        for event in 1...events {
            // The tied events are thought to come one after another, and which one comes first is unknown: of each, a
            // fraction is still at risk.
            let isLast = event == events
            let fraction = Double(event) / Double(events)
            let total = isLast ? survivors.total + failures.total : survivors.total + fraction * failures.total
            logarithms += log(total)
            let inverse = 1 / total
            var element = 0
            for row in 0..<size {
                let rowMean = (survivors.first[row] + fraction * failures.first[row]) * inverse
                point.score[row] -= rowMean
                for column in 0...row {
                    let columnMean = (survivors.first[column] + fraction * failures.first[column]) * inverse
                    let second = (survivors.second[element] + fraction * failures.second[element]) * inverse
                    point.information.elements[element] += second - rowMean * columnMean
                    if column == row { point.secondMoments[row] += second }
                    element += 1
                }
            }
        }
        point.logLikelihood -= logarithms
        survivors.add(failures)
        failures.reset()
    }
}

extension PartialLikelihood {
    /// Sums over observations at risk, weighted by their relative risk.
    private struct RiskSums {
        /// The sum of the risks.
        var total = 0.0
        /// The sums of risk times covariate.
        var first: [Double]
        /// The sums of risk times products of two covariates, the lower triangle row by row.
        var second: [Double]

        init(size: Int) {
            first = [Double](repeating: 0, count: size)
            second = [Double](repeating: 0, count: size * (size + 1) / 2)
        }

        /// Adds one row of covariates, whose observations have this risk together.
        mutating func add(_ values: [Double], from start: Int, size: Int, risk: Double) {
            total += risk
            var element = 0
            for row in 0..<size {
                let weighted = risk * values[start + row]
                first[row] += weighted
                for column in 0...row {
                    second[element] += weighted * values[start + column]
                    element += 1
                }
            }
        }

        mutating func add(_ other: RiskSums) {
            total += other.total
            for index in first.indices { first[index] += other.first[index] }
            for index in second.indices { second[index] += other.second[index] }
        }

        mutating func reset() {
            total = 0
            for index in first.indices { first[index] = 0 }
            for index in second.indices { second[index] = 0 }
        }
    }
}
