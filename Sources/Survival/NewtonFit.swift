/// The maximum of a partial likelihood, found as R's `coxph` finds it, in standardised units.
///
/// Newton-Raphson steps start at zero. A step that lowers the likelihood, or leaves the range of numbers, is cut back
/// towards the best point so far, by a half, then by two thirds, and so on. The fit has converged when the relative
/// change of the log-likelihood is at most the tolerance. Since these are R's steps and R's criterion, the result is
/// R's to the last digits, though both stop a little beside the true maximum.
struct NewtonFit {
    /// The pivot of the information, relative to its largest diagonal element, below which a covariate is redundant.
    static let pivotTolerance = Double.ulpOfOne.squareRoot() * Double.ulpOfOne.squareRoot().squareRoot()
    /// The same for a place from which runaway coefficients are told from others.
    static let witnessTolerance = 1e-7
    /// The share of a coefficient that a further Newton step must exceed for the coefficient to be suspected infinite.
    static let suspectShare = 1e-9.squareRoot()
    /// The share of the largest change in a Newton step below which a change is only rounding error that the nearly
    /// singular information of a runaway coefficient has blown up.
    static let noiseShare = 1e-6

    let coefficients: [Double]
    let covariance: SymmetricMatrix
    let point: PartialLikelihood.Point
    let logLikelihoodAtZero: Double
    let scoreStatistic: Double
    let waldStatistic: Double
    let iterations: Int

    /// Maximises a likelihood.
    /// - Throws: `CoxRegressionError` if there is no maximum, or none was found.
    init(_ likelihood: PartialLikelihood, control: CoxRegression.Control) throws(CoxRegressionError) {
        let zero = [Double](repeating: 0, count: likelihood.size)
        let start = likelihood.point(at: zero)
        let startFactors = Self.factors(of: start)
        guard startFactors.dependent.isEmpty else {
            throw .singularInformation(covariates: startFactors.dependent)
        }
        let firstStep = startFactors.solve(start.score)
        let found = try Self.climb(likelihood, from: start, step: firstStep, control: control)

        coefficients = found.coefficients
        covariance = found.factors.inverse()
        point = found.point
        iterations = found.iterations
        logLikelihoodAtZero = start.logLikelihood
        scoreStatistic = Self.dot(start.score, firstStep)
        waldStatistic = Self.quadraticForm(found.point.information, found.coefficients)
    }

    /// A point of the climb.
    private struct Place {
        let coefficients: [Double]
        let point: PartialLikelihood.Point
    }

    private struct Summit {
        let coefficients: [Double]
        let point: PartialLikelihood.Point
        let factors: SymmetricFactors
        let iterations: Int
    }

    private static func climb(
        _ likelihood: PartialLikelihood,
        from start: PartialLikelihood.Point,
        step firstStep: [Double],
        control: CoxRegression.Control
    ) throws(CoxRegressionError) -> Summit {
        var best = [Double](repeating: 0, count: likelihood.size)
        var bestLogLikelihood = start.logLikelihood
        var witness = Place(coefficients: best, point: start)
        var trial = firstStep
        var cuts = 0.0
        for iteration in 1...control.iterationLimit {
            let point = likelihood.point(at: trial)
            let change = abs(1 - bestLogLikelihood / point.logLikelihood)
            if point.isFinite && change <= control.tolerance {
                let runaway = runaways(at: Place(coefficients: trial, point: point), witness: witness, likelihood)
                guard runaway.isEmpty else {
                    throw .infiniteCoefficient(covariates: runaway, coefficients: likelihood.inputUnits(trial))
                }
                let factors = factors(of: point)
                return Summit(coefficients: trial, point: point, factors: factors, iterations: iteration)
            }
            if !point.isFinite || point.logLikelihood < bestLogLikelihood {
                cuts += 1
                for index in trial.indices { trial[index] = (trial[index] + cuts * best[index]) / (cuts + 1) }
            } else {
                cuts = 0
                best = trial
                bestLogLikelihood = point.logLikelihood
                if factors(of: point, tolerance: witnessTolerance).dependent.isEmpty {
                    witness = Place(coefficients: trial, point: point)
                }
                let step = factors(of: point).solve(point.score)
                for index in trial.indices { trial[index] += step[index] }
            }
        }
        let last = Place(coefficients: best, point: likelihood.point(at: best))
        let runaway = runaways(at: last, witness: witness, likelihood)
        let coefficients = likelihood.inputUnits(best)
        guard runaway.isEmpty else { throw .infiniteCoefficient(covariates: runaway, coefficients: coefficients) }
        throw .notConverged(iterations: control.iterationLimit, coefficients: coefficients)
    }

    /// The covariates whose coefficients grow without end although the likelihood hardly changes any more.
    ///
    /// Far out the information is hardly more than rounding error and may put the blame on the wrong covariate. That
    /// something runs away is therefore seen at the last place, but what it is at the witness, the last place from
    /// which the information could be seen clearly.
    private static func runaways(at last: Place, witness: Place, _ likelihood: PartialLikelihood) -> [Int] {
        let found = suspects(at: last, likelihood)
        guard !found.isEmpty else { return [] }
        let seen = suspects(at: witness, likelihood)
        return seen.isEmpty ? found : seen
    }

    /// The covariates that appear to run away, seen from one place.
    ///
    /// R suspects a coefficient when one more Newton step would still move it by a noticeable share. Small effects are
    /// suspected without reason, when the very first step met the criterion of convergence. So the step is taken: near
    /// a maximum the step after it is far smaller, on the way to infinity it is as large as before.
    private static func suspects(at place: Place, _ likelihood: PartialLikelihood) -> [Int] {
        let factors = factors(of: place.point)
        // The information was regular at zero and has lost its rank on the way, which only a runaway can do.
        guard factors.dependent.isEmpty else { return factors.dependent }
        let step = factors.solve(place.point.score)
        let noise = noiseShare * (step.map(abs).max() ?? 0)
        let suspects = step.indices.filter { index in
            let size = abs(step[index])
            return size > max(1e-9 * likelihood.deviations[index], suspectShare * abs(place.coefficients[index]), noise)
        }
        guard !suspects.isEmpty else { return [] }
        let next = likelihood.point(at: zip(place.coefficients, step).map { $0.0 + $0.1 })
        guard next.isFinite else { return suspects }
        let nextFactors = Self.factors(of: next)
        let nextStep = nextFactors.solve(next.score)
        return suspects.filter { nextFactors.dependent.contains($0) || abs(nextStep[$0]) > 0.5 * abs(step[$0]) }
    }

    /// Factors the information of a point; a pivot must stand out from the largest one and from its own rounding error.
    private static func factors(
        of point: PartialLikelihood.Point,
        tolerance: Double = pivotTolerance
    ) -> SymmetricFactors {
        let largest = point.information.diagonal.max() ?? 0
        return SymmetricFactors(
            point.information,
            floors: point.secondMoments.map { tolerance * max(largest, $0) }
        )
    }

    private static func dot(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private static func quadraticForm(_ matrix: SymmetricMatrix, _ vector: [Double]) -> Double {
        vector.indices.reduce(0) { sum, row in
            sum + vector[row] * vector.indices.reduce(0) { $0 + matrix[row, $1] * vector[$1] }
        }
    }
}
