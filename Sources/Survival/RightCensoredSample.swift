/// Right-censored observations, sorted once, with nearly equal times made equal.
///
/// Every analysis of the module is a linear pass over a sample.
///
/// Times that came out of arithmetic may differ in their last digits though they mean the same moment: 0.1 + 0.2 is
/// not 0.3. Taken as they are, such times change the sizes of the risk sets and the ties. As R's `survival` does
/// (`aeqSurv`, the option `timefix`), two neighbouring distinct times are taken as one when their gap, or
/// their gap divided by the mean of the distinct times, is at most the square root of the machine epsilon (1.5e-8). A
/// run of such neighbours counts as its smallest time. The rule looks at the sample as a whole, before it is cut into
/// groups.
package struct RightCensoredSample: Sendable, Equatable {
    /// The gap below which two times are the same moment.
    static let tieTolerance = Double.ulpOfOne.squareRoot()

    /// All observations with one time.
    struct Moment: Sendable, Equatable {
        /// The time shared by the observations.
        let time: Double
        /// The first of them in the sorted sample.
        let start: Int
        /// How many of them are events.
        var events: Int
    }

    /// For each place in the sorted sample the row of the input.
    let order: [Int]
    /// For each place in the sorted sample whether the observation ended in an event.
    let status: [Bool]
    /// The distinct times, ascending.
    let moments: [Moment]
    /// The number of events.
    package let events: Int
    /// The number of observations.
    package var count: Int { order.count }

    /// Sorts observations.
    /// - Parameters:
    ///   - times: the time of the event or of censoring, finite and not negative, in any unit.
    ///   - status: `true` where the time is that of the event, `false` where the observation was censored.
    /// - Throws: `SurvivalInputError` if there is no row, a time is invalid, or the columns differ in length.
    package init(times: [Double], status: [Bool]) throws(SurvivalInputError) {
        guard !times.isEmpty else { throw .noObservations }
        guard status.count == times.count else {
            throw .unequalLengths(column: "status", rows: status.count, expected: times.count)
        }
        if let row = times.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
            throw .invalidTime(row: row, time: times[row])
        }
        order = ascendingOrder(of: times)
        let sortedStatus = order.map { status[$0] }
        self.status = sortedStatus
        moments = Self.moments(of: order.map { times[$0] }, status: sortedStatus)
        events = moments.reduce(0) { $0 + $1.events }
    }

    /// The places in the sorted sample that belong to a moment.
    func places(of moment: Int) -> Range<Int> {
        moments[moment].start..<(moment + 1 < moments.count ? moments[moment + 1].start : count)
    }

    /// Puts a column of the input into the order of the sorted sample.
    func sorted<Value>(_ column: [Value]) -> [Value] {
        order.map { column[$0] }
    }

    /// Checks a column of group indices against the sample.
    func checkGroups(_ groups: [Int], count groupCount: Int) throws(SurvivalInputError) {
        guard groups.count == count else {
            throw .unequalLengths(column: "groups", rows: groups.count, expected: count)
        }
        if let row = groups.firstIndex(where: { $0 < 0 || $0 >= groupCount }) {
            throw .invalidGroup(row: row, group: groups[row], groupCount: groupCount)
        }
    }

    private static func moments(of times: [Double], status: [Bool]) -> [Moment] {
        var previous = -1.0
        var sum = 0.0
        var distinct = 0
        for time in times where time != previous {
            sum += time
            distinct += 1
            previous = time
        }
        let mean = sum / Double(distinct)

        var moments: [Moment] = []
        moments.reserveCapacity(distinct)
        previous = times[0]
        var current = Moment(time: previous, start: 0, events: 0)
        for place in times.indices {
            let time = times[place]
            let gap = time - previous
            if gap > tieTolerance && gap / mean > tieTolerance {
                moments.append(current)
                current = Moment(time: time, start: place, events: 0)
            }
            previous = time
            if status[place] { current.events += 1 }
        }
        moments.append(current)
        return moments
    }
}
