/// Right-censored observations of several groups, counted instead of listed: how many had the event and how many were
/// censored at each of a list of times.
///
/// An analysis of counts gives what the same analysis of a `RightCensoredSample` of the single observations gives, in
/// memory that grows with the times and the groups but not with the observations. Two things differ. Times are the
/// caller's and are taken as they are: no two of them are made equal, however close they are. And a time at which
/// nothing happens may be listed, such as a day of a calendar without events; it changes no result.
package struct CountedSample: Sendable, Equatable {
    /// The largest number of observations: up to here every count is exact as a Double.
    package static let countLimit = 1 << 53

    /// The distinct times, ascending, in any unit.
    package let times: [Double]
    /// For each group the number of events at each time.
    package let events: [[Int]]
    /// For each group the number of observations censored at each time, after the events.
    package let censored: [[Int]]
    /// For each group the number of observations; zero for an empty group.
    package let counts: [Int]
    /// The number of groups.
    package var groupCount: Int { counts.count }

    /// Takes counts.
    /// - Parameters:
    ///   - times: finite, not negative, and each greater than the one before it.
    ///   - events: for each group the number of events at each time, not negative.
    ///   - censored: for each group the number of observations censored at each time, not negative.
    /// - Throws: `SurvivalInputError` if the lists differ in length, a time or a count is invalid, or there are no
    ///   observations or more than `countLimit`.
    package init(times: [Double], events: [[Int]], censored: [[Int]]) throws(SurvivalInputError) {
        try Self.check(times)
        guard events.count == censored.count else {
            throw .unequalGroups(events: events.count, censored: censored.count)
        }
        var counts: [Int] = []
        var total = 0
        for group in events.indices {
            let before = total
            try Self.add(events[group], to: &total, column: "events of group \(group)", rows: times.count)
            try Self.add(censored[group], to: &total, column: "censored of group \(group)", rows: times.count)
            counts.append(total - before)
        }
        guard total > 0 else { throw .noObservations }
        self.times = times
        self.events = events
        self.censored = censored
        self.counts = counts
    }

    private static func check(_ times: [Double]) throws(SurvivalInputError) {
        for (row, time) in times.enumerated() {
            guard time >= 0, time.isFinite else { throw .invalidTime(row: row, time: time) }
            guard row == 0 || times[row - 1] < time else {
                throw .timesNotAscending(row: row, time: time, previous: times[row - 1])
            }
        }
    }

    /// Adds a column of counts to the number of observations, which so never leaves the range of an Int.
    private static func add(
        _ counts: [Int],
        to total: inout Int,
        column: String,
        rows: Int
    ) throws(SurvivalInputError) {
        guard counts.count == rows else {
            throw .unequalLengths(column: column, rows: counts.count, expected: rows)
        }
        for (row, count) in counts.enumerated() {
            guard count >= 0 else { throw .negativeCount(row: row, column: column, count: count) }
            guard count <= countLimit - total else { throw .tooManyObservations(limit: countLimit) }
            total += count
        }
    }
}
