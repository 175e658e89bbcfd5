package import Survival

/// Why there is no report.
package enum ReportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The protocol has no endpoint of this name; `known` are those it has.
    case unknownEndpoint(String, known: [String])
    /// A month that cannot be asked for.
    case invalidMonth(Int)
    /// The times of an endpoint cannot be analysed.
    case invalidTimes(endpoint: String, SurvivalInputError)

    /// A sentence that says what is wrong and what was expected.
    package var description: String {
        switch self {
        case .unknownEndpoint(let name, let known):
            "The protocol has no endpoint \"\(name)\"; its endpoints are \(known.joined(separator: ", "))."
        case .invalidMonth(let month):
            "Month \(month) cannot be reported; a month is a whole number from \(Limits.months.lowerBound) to "
                + "\(Limits.months.upperBound)."
        case .invalidTimes(let endpoint, let error):
            "The times of endpoint \"\(endpoint)\" cannot be analysed. \(error.description)"
        }
    }
}
