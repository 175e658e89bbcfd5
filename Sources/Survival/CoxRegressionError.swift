/// Why a Cox regression has no result.
///
/// Covariates are named by their index, from zero.
package enum CoxRegressionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The data cannot be taken.
    case invalidInput(SurvivalInputError)
    /// There is no covariate.
    case noCovariates
    /// Nobody had an event.
    case noEvents
    /// These covariates are constant, or linear combinations of the ones before them, wherever an event happens.
    case singularInformation(covariates: [Int])
    /// The likelihood keeps rising while these coefficients run away: the covariates separate those with an event from
    /// the others at risk. `coefficients` are those of the last iteration and tell the direction only.
    case infiniteCoefficient(covariates: [Int], coefficients: [Double])
    /// The limit of iterations was reached; `coefficients` are the best found.
    case notConverged(iterations: Int, coefficients: [Double])

    /// A sentence that says what is wrong, where, and what was expected.
    package var description: String {
        switch self {
        case .invalidInput(let error):
            error.description
        case .noCovariates:
            "The regression has no covariate; at least one is needed."
        case .noEvents:
            "There are no events; a hazard ratio needs at least one."
        case .singularInformation(let covariates):
            "The coefficients of covariates \(Self.list(covariates)) cannot be told from those before them, or the "
                + "covariates do not vary among the observations at risk when an event happens."
        case .infiniteCoefficient(let covariates, _):
            "The coefficients of covariates \(Self.list(covariates)) have no finite estimate: the covariates separate "
                + "the observations with an event from the others at risk."
        case .notConverged(let iterations, _):
            "The likelihood did not settle within \(iterations) iterations."
        }
    }

    private static func list(_ covariates: [Int]) -> String {
        covariates.map(String.init).joined(separator: ", ")
    }
}
