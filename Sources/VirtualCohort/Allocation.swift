/// Which arm a patient is in: a function of the patient's index alone.
package enum Allocation: Sendable, Equatable {
    /// A cohort: every stretch of patients has the arms' shares, to within a patient for each arm.
    case cohort(shares: [Double])
    /// Trials of the same size one after another: in each, so many patients of every arm, arm by arm.
    case trials(sizes: [Int])

    /// How many patients one trial has.
    package var trialSize: Int {
        switch self {
        case .cohort: 0
        case .trials(let sizes): sizes.reduce(0, +)
        }
    }

    /// The arm of a patient, whose index is counted from 0.
    package func arm(of index: UInt64) -> Int {
        switch self {
        case .cohort(let shares): Self.arm(of: index, shares)
        case .trials(let sizes): Self.arm(of: index, sizes)
        }
    }

    /// Spreads shares evenly.
    ///
    /// Patient i is in the first arm when floor(i s) goes up from i to i + 1, s being the arm's share; the others are numbered anew and shared out to the other arms in the same way. Whoever is left is in the last arm that has a
    /// share.
    private static func arm(of index: UInt64, _ shares: [Double]) -> Int {
        guard let last = shares.lastIndex(where: { $0 > 0 }) else { return 0 }
        var place = Double(index)
        var left = 1.0
        for (arm, share) in shares.enumerated().prefix(last) {
            let part = min(1, share / left)
            let before = (place * part).rounded(.down)
            if ((place + 1) * part).rounded(.down) > before { return arm }
            place -= before
            left -= share
        }
        return last
    }

    private static func arm(of index: UInt64, _ sizes: [Int]) -> Int {
        var place = Int(index % UInt64(max(1, sizes.reduce(0, +))))
        for (arm, size) in sizes.enumerated() {
            if place < size { return arm }
            place -= size
        }
        return sizes.count - 1
    }
}
