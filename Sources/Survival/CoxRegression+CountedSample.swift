extension CoxRegression {
    /// Fits the hazard ratios of groups against a reference group, from counts.
    ///
    /// The result is that of the regression of the single observations on one indicator per compared group. The fit
    /// takes time in proportion to the number of events, since Efron's sum has a term for each of them, but no memory.
    /// - Parameters:
    ///   - sample: the counts; groups that are not named here take no part.
    ///   - reference: the group that the others are compared with.
    ///   - compared: the groups that are compared with it, one term each in this order.
    ///   - control: when to stop, and how wide the limits are.
    /// - Throws: `CoxRegressionError` if the data do not determine finite coefficients; its covariates are places in
    ///   `compared`.
    package init(
        _ sample: CountedSample,
        reference: Int,
        compared: [Int],
        control: Control = Control()
    ) throws(CoxRegressionError) {
        let groups = [reference] + compared
        if let group = groups.first(where: { !sample.counts.indices.contains($0) }) {
            throw .invalidInput(.unknownGroup(group: group, groupCount: sample.groupCount))
        }
        if let place = groups.indices.first(where: { groups[..<$0].contains(groups[$0]) }) {
            throw .invalidInput(.repeatedGroup(group: groups[place]))
        }
        let count = groups.reduce(0) { $0 + sample.counts[$1] }
        guard count > 0 else { throw .invalidInput(.noObservations) }
        guard !compared.isEmpty else { throw .noCovariates }
        let events = groups.reduce(0) { $0 + sample.events[$1].reduce(0, +) }
        guard events > 0 else { throw .noEvents }
        // An indicator that is the same for all says nothing.
        let constant = compared.indices.filter { place in
            sample.counts[compared[place]] == 0 || sample.counts[compared[place]] == count
        }
        guard constant.isEmpty else { throw .singularInformation(covariates: constant) }
        try self.init(
            CovariateRows(sample, reference: reference, compared: compared),
            count: count,
            events: events,
            control: control
        )
    }
}
