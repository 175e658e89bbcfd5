import Survival
import TestData
import Testing

@Suite("Log-rank on random samples")
struct LogRankPropertyTests {
    @Test("Observed, expected and variance are those of the textbook")
    func textbook() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 2...30)
            let groupCount = Int.random(in: 1...4, using: &generator)
            let groups = naive.rows.map { _ in Int.random(in: 0..<groupCount, using: &generator) }
            let sample = try RightCensoredSample(times: naive.times, status: naive.status)
            let logRank = try LogRank(sample, groups: groups, groupCount: groupCount)
            for group in 0..<groupCount {
                let expected = naive.logRank(group: group, groups: groups)
                #expect(logRank.groups[group].count == groups.count { $0 == group }, "seed \(seed)")
                #expect(Double(logRank.groups[group].observed) == expected.observed, "seed \(seed)")
                #expect(agree(logRank.groups[group].expected, expected.expected), "seed \(seed)")
                #expect(agree(logRank.variance[group][group], expected.variance), "seed \(seed)")
                #expect(abs(logRank.variance[group].reduce(0, +)) < 1e-10, "seed \(seed)")
            }
            if groupCount == 2, let test = logRank.test {
                let first = naive.logRank(group: 0, groups: groups)
                let difference = first.observed - first.expected
                #expect(agree(test.statistic, difference * difference / first.variance), "seed \(seed)")
                #expect(test.degreesOfFreedom == 1, "seed \(seed)")
            }
        }
    }

    @Test("There is a test unless a reason stands against it")
    func reasons() throws {
        var seen: [LogRank.NotEstimable: Int] = [:]
        for seed in 0..<3_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 1...6)
            let groups = naive.rows.map { _ in Int.random(in: 0..<3, using: &generator) }
            let sample = try RightCensoredSample(times: naive.times, status: naive.status)
            let logRank = try LogRank(sample, groups: groups, groupCount: 3)
            let values = (0..<3).map { naive.logRank(group: $0, groups: groups) }
            switch logRank.result {
            case .success(let test):
                #expect(test.degreesOfFreedom == values.count { $0.expected > 0 } - 1, "seed \(seed)")
                #expect(test.statistic.isFinite && test.statistic >= 0, "seed \(seed)")
                #expect(test.p > 0 && test.p <= 1, "seed \(seed)")
            case .failure(let reason):
                seen[reason, default: 0] += 1
                switch reason {
                case .noEvents: #expect(!naive.status.contains(true), "seed \(seed)")
                case .fewerThanTwoGroups: #expect(values.count { $0.expected > 0 } < 2, "seed \(seed)")
                case .noVariance: #expect(values.allSatisfy { $0.variance < 1e-12 }, "seed \(seed)")
                }
            }
        }
        #expect(LogRank.NotEstimable.allCases.allSatisfy { seen[$0, default: 0] > 10 }, "\(seen)")
    }

    @Test("The numbering of the groups does not matter")
    func numbering() throws {
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 5...40)
            let groups = naive.rows.map { _ in Int.random(in: 0..<4, using: &generator) }
            let numbers = [0, 1, 2, 3].shuffled(using: &generator)
            let sample = try RightCensoredSample(times: naive.times, status: naive.status)
            let logRank = try LogRank(sample, groups: groups, groupCount: 4)
            let renumbered = try LogRank(sample, groups: groups.map { numbers[$0] }, groupCount: 4)
            #expect(agree(logRank.test?.statistic, renumbered.test?.statistic), "seed \(seed)")
            #expect(logRank.test?.degreesOfFreedom == renumbered.test?.degreesOfFreedom, "seed \(seed)")
        }
    }
}
