import Trial

/// What divides the patients of a report into groups.
package enum Grouping: String, Sendable, CaseIterable {
    /// The arm of the randomisation.
    case arm
    /// The disease of the enrolment.
    case disease
    /// The study drug.
    case drug

    /// The name of the group of patients whose disease is not known.
    package static let unknownDisease = "unknown"
}

/// The patients of a cohort divided into groups, none of which is empty.
struct Groups {
    /// The names, in the order of the report; the first is the reference of comparisons.
    private(set) var names: [String] = []
    /// For each patient the number of the group.
    private(set) var members: [Int] = []

    /// Divides a cohort.
    ///
    /// Arms come in the protocol's order, then those that the protocol does not name by their bytes; diseases and drugs
    /// in the order of their lists, and last the unknown disease.
    init(_ cohort: Cohort, by grouping: Grouping) {
        switch grouping {
        case .arm:
            let found = (0..<cohort.arms.count).map { Array(cohort.arms[$0]) }
            let listed = cohort.protocolArms.map { Array($0.utf8) }
            let others = found.filter { !listed.contains($0) }.sorted { $0.lexicographicallyPrecedes($1) }
            let order = listed + others
            let ranks = found.map { arm in order.firstIndex(of: arm) ?? order.count }
            let candidates = order.map { String(decoding: $0, as: UTF8.self) }
            divide(cohort.armNumbers.map { ranks[Int($0)] }, into: candidates)
        case .disease:
            let known = Disease.allCases
            let ranks = cohort.diseases.map { disease in disease.flatMap(known.firstIndex) ?? known.count }
            divide(ranks, into: known.map(\.name) + [Grouping.unknownDisease])
        case .drug:
            let known = Drug.allCases
            divide(cohort.drugs.map { known.firstIndex(of: $0) ?? 0 }, into: known.map(\.name))
        }
    }

    /// Leaves out the candidates that nobody belongs to.
    private mutating func divide(_ ranks: [Int], into candidates: [String]) {
        var counts = [Int](repeating: 0, count: candidates.count)
        for rank in ranks { counts[rank] += 1 }
        var numbers = [Int](repeating: 0, count: candidates.count)
        for (rank, count) in counts.enumerated() where count > 0 {
            numbers[rank] = names.count
            names.append(candidates[rank])
        }
        members = ranks.map { numbers[$0] }
    }
}
