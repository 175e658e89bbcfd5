package import Simulation
package import VirtualCohort

/// How a trial of this size would turn out, over many simulated ones.
package struct OperatingCharacteristics: Sendable, Equatable {
    /// The simulation.
    package let header: SimulationResult.Header
    /// The trials, counted from 0.
    package let range: Range<Int>
    /// How many patients and events all trials have.
    package let patients: Int
    /// How many events all patients have.
    package let events: Int
    /// The endpoints, in the protocol's order.
    package let endpoints: [EndpointCharacteristics]

    /// The p below which a log-rank test counts as significant.
    package static let significance = 0.05

    /// Sums up trials; without any there are no endpoints.
    package init(
        _ trials: [TrialResult], of header: SimulationResult.Header, _ range: Range<Int>, patients: Int, events: Int
    ) {
        self.header = header
        self.range = range
        self.patients = patients
        self.events = events
        endpoints = (trials.isEmpty ? [] : header.endpoints).enumerated().map { number, name in
            EndpointCharacteristics(name, trials.map { $0.endpoints[number] }, arms: header.arms)
        }
    }
}

/// How one endpoint turns out over many trials.
package struct EndpointCharacteristics: Sendable, Equatable {
    /// One arm.
    package struct Arm: Sendable, Equatable {
        /// The name of the arm.
        package let name: String
        /// The Kaplan-Meier estimate at 24 months, of the trials in which it is estimable.
        package let survival: Distribution
        /// The median time in days, infinite where it is not reached.
        package let medianDays: Distribution
    }

    /// How simulated trials compare with the published one.
    package struct Published: Sendable, Equatable {
        /// What the trial reported.
        package let result: PublishedResult
        /// The share of all trials whose difference of survival is estimable and at least the published one.
        package let shareAtLeast: Double
    }

    /// The name of the endpoint.
    package let name: String
    /// The arms, the reference first.
    package let arms: [Arm]
    /// The log-rank p, of the trials in which there is something to test.
    package let logRankP: Distribution
    /// The share of all trials with a p below ``OperatingCharacteristics/significance``.
    package let power: Double
    /// The comparison with the publication; `nil` where it has no such endpoint, or there are not two arms.
    package let published: Published?

    init(_ name: String, _ results: [EndpointResult], arms: [String]) {
        self.name = name
        self.arms = arms.enumerated().map { number, name in
            Arm(
                name: name, survival: Distribution(results.map { $0.survival[number] }),
                medianDays: Distribution(results.map { $0.medianDays[number] }))
        }
        let count = Double(results.count)
        logRankP = Distribution(results.map(\.logRankP))
        power =
            Double(results.count { $0.logRankP.map { $0 < OperatingCharacteristics.significance } ?? false }) / count
        let result = arms.count == 2 ? PublishedResult.all.first { $0.endpoint == name } : nil
        published = result.map { result in
            // The published figures are rounded to whole points, and so is the difference.
            let extreme = results.count { trial in
                guard let one = trial.survival[0], let other = trial.survival[1] else { return false }
                return other - one >= result.difference - 1e-9
            }
            return Published(result: result, shareAtLeast: Double(extreme) / count)
        }
    }
}
