/// The log-rank test of equal survival in two or more groups (Mantel 1966), as R's `survdiff` with rho = 0.
package struct LogRank: Sendable, Equatable {
    /// Why there is no test.
    package enum NotEstimable: String, Error, Sendable, CaseIterable {
        /// Nobody had an event.
        case noEvents
        /// Fewer than two groups have anybody at risk when an event happens.
        case fewerThanTwoGroups
        /// At every time of an event all at risk have it, so that nothing was left to chance.
        case noVariance
    }

    /// The events of one group.
    package struct Group: Sendable, Equatable {
        /// The number of observations.
        package internal(set) var count = 0
        /// The number of events observed.
        package internal(set) var observed = 0
        /// The number of events expected if all groups had the same hazard.
        package internal(set) var expected = 0.0
    }

    /// The groups by index.
    package let groups: [Group]
    /// The covariance of observed minus expected events, row by row.
    package let variance: [[Double]]
    /// The test, or why there is none.
    ///
    /// Groups in which nobody is at risk at an event do not count.
    package let result: Result<ChiSquaredTest, NotEstimable>

    /// The test, `nil` where it cannot be estimated.
    package var test: ChiSquaredTest? { try? result.get() }

    /// Compares groups.
    /// - Parameters:
    ///   - sample: the observations of all groups.
    ///   - groups: for each row of the input the index of its group.
    ///   - groupCount: the number of groups.
    /// - Throws: `SurvivalInputError` if the groups do not fit the sample.
    package init(_ sample: RightCensoredSample, groups: [Int], groupCount: Int) throws(SurvivalInputError) {
        try sample.checkGroups(groups, count: groupCount)
        var tally = Tally(groupCount: groupCount)
        tally.add(sample, groups: sample.sorted(groups))
        self.init(tally)
    }

    /// Compares groups by their counts.
    /// - Parameter sample: the counts of all groups.
    package init(_ sample: CountedSample) {
        var tally = Tally(groupCount: sample.groupCount)
        tally.add(sample)
        self.init(tally)
    }

    private init(_ tally: Tally) {
        groups = tally.groups
        let groupCount = groups.count
        variance = (0..<groupCount).map { row in
            Array(tally.variance[(row * groupCount)..<((row + 1) * groupCount)])
        }
        result = Self.test(groups: groups, variance: variance)
    }

    private static func test(
        groups: [Group],
        variance: [[Double]]
    ) -> Result<ChiSquaredTest, NotEstimable> {
        guard groups.contains(where: { $0.observed > 0 }) else { return .failure(.noEvents) }
        let compared = groups.indices.filter { groups[$0].expected > 0 }
        guard compared.count > 1 else { return .failure(.fewerThanTwoGroups) }
        // The differences sum to zero, so one group says nothing that the others have not said.
        let free = compared.dropFirst()
        let differences = free.map { Double(groups[$0].observed) - groups[$0].expected }
        var matrix = SymmetricMatrix(size: free.count)
        for (row, group) in free.enumerated() {
            for (column, other) in free.prefix(row + 1).enumerated() {
                matrix[row, column] = variance[group][other]
            }
        }
        let factors = SymmetricFactors(matrix, floors: matrix.diagonal.map { 1e-13 * $0 })
        guard factors.dependent.isEmpty else { return .failure(.noVariance) }
        let solution = factors.solve(differences)
        let statistic = zip(differences, solution).reduce(0) { $0 + $1.0 * $1.1 }
        return .success(ChiSquaredTest(statistic: statistic, degreesOfFreedom: free.count))
    }
}

extension LogRank {
    /// Sums over the times of events.
    private struct Tally {
        var groups: [Group]
        var variance: [Double]

        init(groupCount: Int) {
            groups = [Group](repeating: Group(), count: groupCount)
            variance = [Double](repeating: 0, count: groupCount * groupCount)
        }

        /// Goes back in time, so that the risk set grows by those who leave it.
        mutating func add(_ sample: RightCensoredSample, groups sortedGroups: [Int]) {
            for index in sample.moments.indices.reversed() {
                for place in sample.places(of: index) {
                    groups[sortedGroups[place]].count += 1
                    if sample.status[place] { groups[sortedGroups[place]].observed += 1 }
                }
                let moment = sample.moments[index]
                add(events: moment.events, total: sample.count - moment.start)
            }
        }

        /// Goes back in time, too.
        mutating func add(_ sample: CountedSample) {
            var total = 0
            for index in sample.times.indices.reversed() {
                var events = 0
                for group in groups.indices {
                    let leaving = sample.events[group][index] + sample.censored[group][index]
                    groups[group].count += leaving
                    groups[group].observed += sample.events[group][index]
                    total += leaving
                    events += sample.events[group][index]
                }
                add(events: events, total: total)
            }
        }

        /// Adds the hypergeometric mean and covariance of one time.
        ///
        /// Those counted so far, on the way back, are those at risk.
        private mutating func add(events: Int, total: Int) {
            guard events > 0 else { return }
            let size = groups.count
            let rate = Double(events) / Double(total)
            for group in 0..<size { groups[group].expected += rate * Double(groups[group].count) }
            guard total > events else { return }
            let factor = rate * Double(total - events) / (Double(total) * Double(total - 1))
            for row in 0..<size where groups[row].count > 0 {
                let atRisk = groups[row].count
                variance[row * size + row] += factor * Double(atRisk) * Double(total - atRisk)
                for column in 0..<size where column != row {
                    variance[row * size + column] -= factor * Double(atRisk) * Double(groups[column].count)
                }
            }
        }
    }
}
