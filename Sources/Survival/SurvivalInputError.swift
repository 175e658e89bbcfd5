/// Data that no survival analysis can take.
package enum SurvivalInputError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no observation.
    case noObservations
    /// A column is not as long as the column of times.
    case unequalLengths(column: String, rows: Int, expected: Int)
    /// A time is negative, infinite or not a number; rows count from zero.
    case invalidTime(row: Int, time: Double)
    /// A group index lies outside `0..<groupCount`; rows count from zero.
    case invalidGroup(row: Int, group: Int, groupCount: Int)
    /// A covariate is infinite or not a number; rows and covariates count from zero.
    case invalidCovariate(row: Int, covariate: Int, value: Double)
    /// A time of a list of distinct times is not greater than the one before it; rows count from zero.
    case timesNotAscending(row: Int, time: Double, previous: Double)
    /// A count is negative; rows count from zero.
    case negativeCount(row: Int, column: String, count: Int)
    /// The counts of events and those of censored observations are not of as many groups.
    case unequalGroups(events: Int, censored: Int)
    /// The counts sum to more than can be told exactly.
    case tooManyObservations(limit: Int)
    /// A comparison names a group that lies outside `0..<groupCount`.
    case unknownGroup(group: Int, groupCount: Int)
    /// A comparison names a group more than once.
    case repeatedGroup(group: Int)

    /// A sentence that says what is wrong, where, and what was expected.
    package var description: String {
        switch self {
        case .noObservations:
            "There are no observations; at least one is needed."
        case .unequalLengths(let column, let rows, let expected):
            "The column of \(column) has \(rows) rows; the column of times has \(expected), and both must agree."
        case .invalidTime(let row, let time):
            "Row \(row) has the time \(time); a time must be finite and not negative."
        case .invalidGroup(let row, let group, let groupCount):
            "Row \(row) is in group \(group); a group must be at least 0 and less than \(groupCount)."
        case .invalidCovariate(let row, let covariate, let value):
            "Row \(row) has the value \(value) in covariate \(covariate); a covariate must be finite."
        case .timesNotAscending(let row, let time, let previous):
            "Row \(row) has the time \(time) after \(previous); each time must be greater than the one before it."
        case .negativeCount(let row, let column, let count):
            "Row \(row) has the count \(count) in the column of \(column); a count must not be negative."
        case .unequalGroups(let events, let censored):
            "There are counts of events of \(events) groups and of censored observations of \(censored); both must be "
                + "of the same groups."
        case .tooManyObservations(let limit):
            "There are more than \(limit) observations; their number must not exceed that."
        case .unknownGroup(let group, let groupCount):
            "The comparison names group \(group); a group must be at least 0 and less than \(groupCount)."
        case .repeatedGroup(let group):
            "The comparison names group \(group) more than once; each group can take part once only."
        }
    }
}
