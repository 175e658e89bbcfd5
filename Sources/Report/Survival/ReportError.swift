package import Projection
package import Survival

/// Why there is no report.
package enum ReportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The protocol has no endpoint of this name; `known` are those it has.
    case unknownEndpoint(String, known: [String])
    /// Two protocols have no endpoint in common; these are the endpoints of each.
    case noCommonEndpoint([String], [String])
    /// Outcomes that were put aside cannot be read.
    case spilled(SpillError)
    /// An outcome line cannot be read back.
    case unreadableOutcome(String)
    /// A month that cannot be asked for.
    case invalidMonth(Int)
    /// The times of an endpoint cannot be analysed.
    case invalidTimes(endpoint: String, SurvivalInputError)

    /// A sentence that says what is wrong and what was expected.
    package var description: String {
        switch self {
        case .unknownEndpoint(let name, let known):
            "The protocol has no endpoint \"\(name)\"; its endpoints are \(known.joined(separator: ", "))."
        case .noCommonEndpoint(let a, let b):
            "The protocols have no endpoint in common; those of the first are \(a.joined(separator: ", ")), those of "
                + "the second \(b.joined(separator: ", "))."
        case .spilled(let error):
            error.description
        case .unreadableOutcome(let reason):
            "An outcome line cannot be read back: \(reason)"
        case .invalidMonth(let month):
            "Month \(month) cannot be reported; a month is a whole number from \(Limits.months.lowerBound) to "
                + "\(Limits.months.upperBound)."
        case .invalidTimes(let endpoint, let error):
            "The times of endpoint \"\(endpoint)\" cannot be analysed. \(error.description)"
        }
    }
}
