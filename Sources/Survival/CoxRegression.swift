import Foundation

/// A fitted proportional hazards regression (Cox 1972) with Efron's ties, as R's `coxph`.
package struct CoxRegression: Sendable, Equatable {
    /// When to stop, and how wide the limits are.
    ///
    /// The defaults are those of R's `coxph.control`.
    package struct Control: Sendable, Equatable {
        /// The relative change of the log-likelihood at which the fit has converged.
        package let tolerance: Double
        /// The largest number of iterations.
        package let iterationLimit: Int
        /// The level of confidence of the limits of hazard ratios.
        package let level: Double

        /// Chooses limits.
        /// - Parameters:
        ///   - tolerance: the relative change of the log-likelihood at which the fit has converged, not negative.
        ///   - iterationLimit: the largest number of iterations, at least 1.
        ///   - level: the level of confidence, greater than 0 and less than 1.
        package init(tolerance: Double = 1e-9, iterationLimit: Int = 20, level: Double = 0.95) {
            precondition(tolerance >= 0, "A tolerance is not negative.")
            precondition(iterationLimit >= 1, "A fit takes at least one iteration.")
            self.tolerance = tolerance
            self.iterationLimit = iterationLimit
            self.level = level
        }
    }

    /// The effect of one covariate.
    package struct Term: Sendable, Equatable {
        /// The logarithm of the hazard ratio per unit of the covariate.
        package let coefficient: Double
        /// The standard error of the coefficient, from the observed information.
        package let standardError: Double
        /// The lower confidence limit of the hazard ratio.
        package let lower: Double
        /// The upper confidence limit of the hazard ratio.
        package let upper: Double

        /// The hazard ratio per unit of the covariate.
        package var hazardRatio: Double { exp(coefficient) }
        /// The coefficient in units of its standard error.
        package var z: Double { coefficient / standardError }
        /// The two-sided p value of Wald's test that the coefficient is zero.
        package var p: Double { 2 * NormalDistribution.upperTail(abs(z)) }

        init(coefficient: Double, variance: Double, quantile: Double) {
            self.coefficient = coefficient
            standardError = variance.squareRoot()
            lower = exp(coefficient - quantile * standardError)
            upper = exp(coefficient + quantile * standardError)
        }
    }

    /// One term per covariate, in the order of the input.
    package let terms: [Term]
    /// The covariance of the coefficients, row by row.
    package let covariance: [[Double]]
    /// The number of observations.
    package let count: Int
    /// The number of events.
    package let events: Int
    /// The logarithm of the partial likelihood with all coefficients zero.
    package let logLikelihoodAtZero: Double
    /// The logarithm of the partial likelihood at the fit.
    package let logLikelihood: Double
    /// The score test that all coefficients are zero; without ties and with one binary covariate the log-rank test.
    package let scoreTest: ChiSquaredTest
    /// The likelihood-ratio test that all coefficients are zero.
    package let likelihoodRatioTest: ChiSquaredTest
    /// Wald's test that all coefficients are zero.
    package let waldTest: ChiSquaredTest
    /// The number of iterations the fit took.
    package let iterations: Int

    /// Fits a regression.
    /// - Parameters:
    ///   - sample: the observations.
    ///   - covariates: one column per covariate, each with one value per row of the input.
    ///   - control: when to stop, and how wide the limits are.
    /// - Throws: `CoxRegressionError` if the data do not determine finite coefficients.
    package init(
        _ sample: RightCensoredSample,
        covariates: [[Double]],
        control: Control = Control()
    ) throws(CoxRegressionError) {
        try Self.check(covariates, against: sample)
        try self.init(
            CovariateRows(sample, columns: covariates),
            count: sample.count,
            events: sample.events,
            control: control
        )
    }

    /// Fits a regression on rows that stand for observations.
    init(
        _ rows: CovariateRows,
        count: Int,
        events: Int,
        control: Control
    ) throws(CoxRegressionError) {
        let likelihood = PartialLikelihood(rows)
        let fit = try NewtonFit(likelihood, control: control)

        let deviations = likelihood.deviations
        let coefficients = likelihood.inputUnits(fit.coefficients)
        let quantile = ConfidenceLimits.quantile(level: control.level)
        covariance = deviations.indices.map { row in
            deviations.indices.map { column in fit.covariance[row, column] / (deviations[row] * deviations[column]) }
        }
        terms = deviations.indices.map { index in
            Term(
                coefficient: coefficients[index],
                variance: fit.covariance[index, index] / (deviations[index] * deviations[index]),
                quantile: quantile
            )
        }
        self.count = count
        self.events = events
        logLikelihoodAtZero = fit.logLikelihoodAtZero
        logLikelihood = fit.point.logLikelihood
        iterations = fit.iterations
        let degreesOfFreedom = rows.size
        scoreTest = ChiSquaredTest(statistic: fit.scoreStatistic, degreesOfFreedom: degreesOfFreedom)
        likelihoodRatioTest = ChiSquaredTest(
            statistic: 2 * (logLikelihood - logLikelihoodAtZero),
            degreesOfFreedom: degreesOfFreedom
        )
        waldTest = ChiSquaredTest(statistic: fit.waldStatistic, degreesOfFreedom: degreesOfFreedom)
    }

    private static func check(
        _ covariates: [[Double]],
        against sample: RightCensoredSample
    ) throws(CoxRegressionError) {
        guard !covariates.isEmpty else { throw .noCovariates }
        for (index, column) in covariates.enumerated() {
            guard column.count == sample.count else {
                throw .invalidInput(
                    .unequalLengths(column: "covariate \(index)", rows: column.count, expected: sample.count)
                )
            }
            if let row = column.firstIndex(where: { !$0.isFinite }) {
                throw .invalidInput(.invalidCovariate(row: row, covariate: index, value: column[row]))
            }
        }
        guard sample.events > 0 else { throw .noEvents }
        let constant = covariates.indices.filter { index in
            covariates[index].allSatisfy { $0 == covariates[index][0] }
        }
        guard constant.isEmpty else { throw .singularInformation(covariates: constant) }
    }
}
