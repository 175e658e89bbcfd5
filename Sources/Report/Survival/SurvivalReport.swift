package import Survival

/// The survival statistics of a trial: for each endpoint the groups, and how they compare.
package struct SurvivalReport: Sendable, Equatable {
    /// What is reported, and how.
    package struct Options: Sendable, Equatable {
        /// The only endpoint to report, `nil` for all of them.
        package var endpoint: String?
        /// What divides the patients into groups.
        package var grouping: Grouping
        /// The months at which survival is estimated, in the order of the report.
        package var months: [Int]
        /// How confidence limits are made; the level holds for hazard ratios too.
        package var limits: ConfidenceLimits

        /// Options from their parts.
        package init(
            endpoint: String? = nil, grouping: Grouping = .arm, months: [Int] = [6, 12, 18, 24],
            limits: ConfidenceLimits = ConfidenceLimits()
        ) {
            self.endpoint = endpoint
            self.grouping = grouping
            self.months = months
            self.limits = limits
        }
    }

    /// The name of the protocol.
    package let protocolName: String
    /// How many events the outcomes were folded from.
    package let events: Int
    /// How many patients have events, randomised or not.
    package let patients: Int
    /// How many patients were randomised, and so are in the groups.
    package let randomised: Int
    /// What divides the patients into groups.
    package let grouping: Grouping
    /// How confidence limits were made.
    package let limits: ConfidenceLimits
    /// The endpoints, in the protocol's order.
    package let endpoints: [EndpointSurvival]

    /// What could not be estimated and why, a sentence each, for people to read.
    package var warnings: [String] { endpoints.flatMap(\.warnings) }
}

/// The survival without one endpoint.
package struct EndpointSurvival: Sendable, Equatable {
    /// The name of the endpoint.
    package let name: String
    /// The groups that have patients; the first is the reference of comparisons.
    package let groups: [GroupSurvival]
    /// The log-rank test of equal survival; `nil` with fewer than two groups, without events, and where nothing was
    /// left to chance.
    package let logRank: ChiSquaredTest?
    /// The comparison of hazards; `nil` with fewer than two groups.
    package let cox: CoxComparison?
    /// What could not be estimated and why, a sentence each.
    package let warnings: [String]
}

/// The survival of one group.
package struct GroupSurvival: Sendable, Equatable {
    /// Survival at the end of a month of follow-up.
    package struct AtMonth: Sendable, Equatable {
        /// The month.
        package let month: Int
        /// The estimate on the day of the month.
        package let estimate: KaplanMeier.Estimate

        /// The day of the month, counted from randomisation.
        package var day: Int { AtMonth.day(of: month) }

        /// The day of a month: floor(month × 30.4375), computed in whole numbers, as 30.4375 is 487 / 16.
        package static func day(of month: Int) -> Int { month * 487 / 16 }
    }

    /// The name of the group.
    package let name: String
    /// The Kaplan-Meier curve, in days.
    package let curve: KaplanMeier
    /// The median time to the event, in days.
    package let median: KaplanMeier.Quantile
    /// Survival at the months asked for.
    package let months: [AtMonth]

    /// How many patients the group has.
    package var count: Int { curve.count }
    /// How many of them met the endpoint.
    package var events: Int { curve.events }
    /// How many of them were censored.
    package var censored: Int { curve.count - curve.events }
}

/// The hazards of all groups against that of the first, by Cox regression with Efron's ties.
package struct CoxComparison: Sendable, Equatable {
    /// One group against the reference.
    package struct Term: Sendable, Equatable {
        /// The name of the group.
        package let name: String
        /// The effect of being in the group, `nil` where the data do not determine it.
        package let estimate: CoxRegression.Term?
    }

    /// The name of the group that the others are compared with.
    package let reference: String
    /// One term for each other group, in the order of the groups.
    package let terms: [Term]
}
