import Survival
import Trial

/// What one simulated trial would have reported for one endpoint.
package struct EndpointResult: Sendable, Equatable {
    /// For each arm the Kaplan-Meier estimate at 24 months, `nil` where it is not estimable.
    ///
    /// It is not where the last patient was censored before, and 0 where the last one failed before.
    package let survival: [Double?]
    /// For each arm the median time in days, infinite where it is not reached.
    package let medianDays: [Double]
    /// The log-rank p of equal survival; `nil` where there is nothing to test.
    package let logRankP: Double?

    /// A result from its parts.
    package init(survival: [Double?], medianDays: [Double], logRankP: Double?) {
        self.survival = survival
        self.medianDays = medianDays
        self.logRankP = logRankP
    }
}

/// What one simulated trial would have reported, endpoint by endpoint.
package struct TrialResult: Sendable, Equatable {
    /// The results, in the protocol's order.
    package let endpoints: [EndpointResult]

    /// A result from its parts.
    package init(endpoints: [EndpointResult]) { self.endpoints = endpoints }

    /// The day of 24 months, floor(24 × 30.4375).
    static let lastDay = 730.0

    /// Analyses the patients of one trial as `report` would, but for curves that have come to 0 before month 24 and stay
    /// there: without them the mean over many trials would be too high.
    ///
    /// - Parameters:
    ///   - outcomes: every patient's outcome with the number of the arm.
    ///   - arms: how many arms there are.
    ///   - endpoints: how many endpoints there are.
    init(_ outcomes: [(arm: Int, outcome: PatientOutcome)], arms: Int, endpoints: Int) {
        let groups = outcomes.map(\.arm)
        self.endpoints = (0..<endpoints).map { endpoint in
            let ends = outcomes.map { $0.outcome.endpoints[endpoint] }
            do throws(SurvivalInputError) {
                let sample = try RightCensoredSample(times: ends.map { Double($0.day) }, status: ends.map(\.isEvent))
                let curves = try KaplanMeier.curves(sample, groups: groups, groupCount: arms)
                let logRank = try LogRank(sample, groups: groups, groupCount: arms)
                return EndpointResult(
                    survival: curves.map(Self.survival),
                    medianDays: curves.map { $0?.median().time ?? .infinity },
                    logRankP: logRank.test?.p)
            } catch {
                preconditionFailure("The outcomes of a simulated trial are a sample: \(error)")
            }
        }
    }

    private static func survival(_ curve: KaplanMeier?) -> Double? {
        guard let curve, let last = curve.steps.last else { return nil }
        return curve.estimate(at: lastDay).survival ?? (last.survival == 0 ? 0 : nil)
    }
}
