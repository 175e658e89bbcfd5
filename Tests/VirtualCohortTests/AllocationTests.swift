import TestData
import Testing
import VirtualCohort

@Suite("Allocation to arms")
struct AllocationTests {
    /// How many of the first so many patients each arm has, for every number of patients.
    private func counts(_ allocation: Allocation, arms: Int, patients: Int) -> [[Int]] {
        var counts = [[Int](repeating: 0, count: arms)]
        for index in 0..<UInt64(patients) {
            var next = counts[counts.count - 1]
            next[allocation.arm(of: index)] += 1
            counts.append(next)
        }
        return counts
    }

    @Test("of two arms follows the shares to within a patient, in every stretch", arguments: [71] as [UInt64])
    func twoArms(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let shares = [0.5, 1.0 / 3, 2.0 / 3, 0.1, 0.9, 0.25, 0.01, 0, 1] + (0..<60).map { _ in random.unit() }
        for share in shares {
            let counts = counts(.cohort(shares: [share, 1 - share]), arms: 2, patients: 700)
            for (patients, count) in counts.enumerated() {
                #expect(abs(Double(count[0]) - share * Double(patients)) <= 1 + 1e-9, "share \(share), \(patients)")
                #expect(count[0] + count[1] == patients)
            }
            for _ in 0..<200 {
                let first = random.below(700)
                let last = first + random.below(701 - first)
                let found = counts[last][0] - counts[first][0]
                #expect(abs(Double(found) - share * Double(last - first)) <= 1 + 1e-9, "seed \(seed), share \(share)")
            }
        }
    }

    @Test("of several arms follows the shares to within a patient for each arm", arguments: [72] as [UInt64])
    func severalArms(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<60 {
            let arms = 3 + random.below(14)
            let weights = (0..<arms).map { _ in random.chance(5) ? 0.02 : random.unit() + 0.05 }
            let sum = weights.reduce(0, +)
            let shares = weights.map { $0 / sum }
            let counts = counts(.cohort(shares: shares), arms: arms, patients: 500)
            for _ in 0..<300 {
                let first = random.chance(2) ? 0 : random.below(500)
                let last = first + random.below(501 - first)
                for arm in 0..<arms {
                    let found = Double(counts[last][arm] - counts[first][arm])
                    let expected = shares[arm] * Double(last - first)
                    #expect(abs(found - expected) <= Double(arms), "seed \(seed), shares \(shares), arm \(arm)")
                }
            }
        }
    }

    @Test(
        "gives nobody to an arm without a share",
        arguments: [
            [0.7, 0.3, 0], [0.5, 0.5, 0], [0, 1], [1, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.6, 0.3, 0.1, 0],
        ])
    func noShare(shares: [Double]) {
        let counts = counts(.cohort(shares: shares), arms: shares.count, patients: 1_000)[1_000]
        for (arm, share) in shares.enumerated() where share == 0 { #expect(counts[arm] == 0, "arm \(arm): \(counts)") }
    }

    @Test("keeps its shares among the indices of a large cohort")
    func largeIndices() {
        let allocation = Allocation.cohort(shares: [0.3, 0.5, 0.2])
        let first: UInt64 = 10_000_000_000
        var counts = [0, 0, 0]
        for index in first..<first + 10_000 { counts[allocation.arm(of: index)] += 1 }
        for (count, expected) in zip(counts, [3_000, 5_000, 2_000]) { #expect(abs(count - expected) <= 3) }
    }

    @Test("of trials has exactly the sizes, arm by arm, trial after trial")
    func trials() {
        for sizes in [[45, 45], [1, 1], [30, 60], [3, 1, 2], [7]] {
            let allocation = Allocation.trials(sizes: sizes)
            let one = sizes.enumerated().flatMap { [Int](repeating: $0, count: $1) }
            #expect(allocation.trialSize == one.count)
            for start in [0, 5, 1_000_000_007] as [UInt64] {
                let found = (0..<UInt64(one.count)).map { allocation.arm(of: start * UInt64(one.count) + $0) }
                #expect(found == one, "\(sizes), trial \(start)")
            }
        }
        #expect(Allocation.cohort(shares: [1]).trialSize == 0)
    }
}
