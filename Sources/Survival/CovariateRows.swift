/// The covariates of a partial likelihood, ascending in time, each row with the number of observations that share it.
///
/// Covariates are centred and divided by their mean absolute deviation, which changes no result but keeps the
/// exponentials and the information matrix in a good range. `deviations` leads back to the units of the input.
struct CovariateRows: Sendable {
    /// The number of covariates.
    let size: Int
    /// For each covariate the mean absolute deviation from its mean.
    let deviations: [Double]
    /// The distinct times, ascending; each starts at the first of its rows, and its events are observations.
    let moments: [RightCensoredSample.Moment]
    /// For each row whether its observations ended in an event.
    let status: [Bool]
    /// For each row the number of its observations, at least one.
    let multiplicities: [Double]
    /// The standardised covariates, row after row.
    let values: [Double]

    /// Takes columns of covariates, in the order of the rows of the input, one row per observation.
    ///
    /// No column may be constant.
    init(_ sample: RightCensoredSample, columns: [[Double]]) {
        let size = columns.count
        var values = [Double](repeating: 0, count: sample.count * size)
        var deviations: [Double] = []
        for (index, column) in columns.enumerated() {
            let mean = column.reduce(0, +) / Double(column.count)
            let deviation = column.reduce(0) { $0 + abs($1 - mean) } / Double(column.count)
            deviations.append(deviation)
            for (place, row) in sample.order.enumerated() {
                values[place * size + index] = (column[row] - mean) / deviation
            }
        }
        self.size = size
        self.deviations = deviations
        self.values = values
        moments = sample.moments
        status = sample.status
        multiplicities = [Double](repeating: 1, count: sample.count)
    }

    /// Takes the indicators of groups, one row per group, time and way of leaving.
    ///
    /// Each compared group must have some of the observations that take part, and not all of them.
    /// - Parameters:
    ///   - sample: the counts; those of other groups are left out.
    ///   - reference: the group in which all indicators are zero.
    ///   - compared: for each covariate the group in which it is one.
    init(_ sample: CountedSample, reference: Int, compared: [Int]) {
        let groups = [reference] + compared
        let count = Double(groups.reduce(0) { $0 + sample.counts[$1] })
        let means = compared.map { Double(sample.counts[$0]) / count }
        let deviations = zip(compared, means).map { group, mean in
            let inside = Double(sample.counts[group])
            return (inside * (1 - mean) + (count - inside) * mean) / count
        }
        let patterns = groups.map { group in
            compared.indices.map { ((compared[$0] == group ? 1 : 0) - means[$0]) / deviations[$0] }
        }
        var moments: [RightCensoredSample.Moment] = []
        var status: [Bool] = []
        var multiplicities: [Double] = []
        var values: [Double] = []
        for (index, time) in sample.times.enumerated() {
            var moment = RightCensoredSample.Moment(time: time, start: status.count, events: 0)
            for (group, pattern) in zip(groups, patterns) {
                let events = sample.events[group][index]
                moment.events += events
                for (leaving, isEvent) in [(events, true), (sample.censored[group][index], false)] where leaving > 0 {
                    status.append(isEvent)
                    multiplicities.append(Double(leaving))
                    values += pattern
                }
            }
            if status.count > moment.start { moments.append(moment) }
        }
        size = compared.count
        self.deviations = deviations
        self.moments = moments
        self.status = status
        self.multiplicities = multiplicities
        self.values = values
    }
}
