import Foundation

/// Cox's partial likelihood of a sample with Efron's treatment of ties (Efron 1977), with its derivatives.
///
/// Covariates are centred and divided by their mean absolute deviation, which changes no result but keeps the
/// exponentials and the information matrix in a good range. `deviations` leads back to the units of the input.
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

    /// The number of covariates.
    let size: Int
    /// For each covariate the mean absolute deviation from its mean.
    let deviations: [Double]
    private let sample: RightCensoredSample
    /// The standardised covariates in the order of the sorted sample, row after row.
    private let rows: [Double]

    /// Prepares columns of covariates, in the order of the rows of the input.
    ///
    /// No column may be constant.
    init(_ sample: RightCensoredSample, columns: [[Double]]) {
        self.sample = sample
        let size = columns.count
        var rows = [Double](repeating: 0, count: sample.count * size)
        var deviations: [Double] = []
        for (index, column) in columns.enumerated() {
            let mean = column.reduce(0, +) / Double(column.count)
            let deviation = column.reduce(0) { $0 + abs($1 - mean) } / Double(column.count)
            deviations.append(deviation)
            for (place, row) in sample.order.enumerated() {
                rows[place * size + index] = (column[row] - mean) / deviation
            }
        }
        self.size = size
        self.rows = rows
        self.deviations = deviations
    }

    /// Coefficients per unit of the input.
    func inputUnits(_ coefficients: [Double]) -> [Double] {
        zip(coefficients, deviations).map { $0.0 / $0.1 }
    }

    /// The likelihood at standardised coefficients, in one pass back in time.
    func point(at coefficients: [Double]) -> Point {
        var point = Point(size: size)
        var survivors = RiskSums(size: size)
        var failures = RiskSums(size: size)
        for index in sample.moments.indices.reversed() {
            let events = sample.moments[index].events
            for place in sample.places(of: index) {
                let start = place * size
                var predictor = 0.0
                for column in 0..<size { predictor += coefficients[column] * rows[start + column] }
                let risk = exp(predictor)
                if sample.status[place] {
                    point.logLikelihood += predictor
                    for column in 0..<size { point.score[column] += rows[start + column] }
                    failures.add(rows, from: start, size: size, risk: risk)
                } else {
                    survivors.add(rows, from: start, size: size, risk: risk)
                }
            }
            if events > 0 {
                subtractEvents(events, survivors: &survivors, failures: &failures, from: &point)
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
        for event in 1...events {
            // The tied events are thought to come one after another, and which one comes first is unknown: of each, a
            // fraction is still at risk.
            let isLast = event == events
            let fraction = Double(event) / Double(events)
            let total = isLast ? survivors.total + failures.total : survivors.total + fraction * failures.total
            point.logLikelihood -= log(total)
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

        mutating func add(_ rows: [Double], from start: Int, size: Int, risk: Double) {
            total += risk
            var element = 0
            for row in 0..<size {
                let weighted = risk * rows[start + row]
                first[row] += weighted
                for column in 0...row {
                    second[element] += weighted * rows[start + column]
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
