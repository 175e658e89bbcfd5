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
        }
    }
}
