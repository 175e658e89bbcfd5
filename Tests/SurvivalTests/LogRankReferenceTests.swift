import Survival
import Testing

@Suite("Log-rank against R")
struct LogRankReferenceTests {
    @Test("Every comparison is that of R's survdiff, or is not estimable in both")
    func comparisons() throws {
        for sample in try Reference.shared.get().samples {
            let data = try RightCensoredSample(times: sample.times, status: sample.status)
            let logRank = try LogRank(data, groups: sample.groups, groupCount: sample.groupCount)
            let expected = sample.logRank
            #expect((logRank.test != nil) == expected.estimable, "\(sample.name)")
            guard expected.estimable else { continue }

            let present = try #require(expected.groups)
            #expect(agree(present.map { Double(logRank.groups[$0].observed) }, try #require(expected.observed)))
            #expect(agree(present.map { logRank.groups[$0].expected }, try #require(expected.expected)))
            let variance = present.flatMap { row in present.map { logRank.variance[row][$0] } }
            #expect(agree(variance, try #require(expected.variance)), "\(sample.name)")
            #expect(agree(logRank.test?.statistic, expected.chiSquared, absolute: 1e-12), "\(sample.name)")
            #expect(logRank.test?.degreesOfFreedom == expected.degreesOfFreedom, "\(sample.name)")
            #expect(agree(logRank.test?.p, expected.p, absolute: 0), "\(sample.name)")
        }
    }

    @Test("A missing test says why it is missing")
    func reasons() throws {
        let reasons: [String: LogRank.NotEstimable] = [
            "one group": .fewerThanTwoGroups,
            "only one group at risk": .fewerThanTwoGroups,
            "no events": .noEvents,
            "everybody fails at once": .noVariance,
        ]
        let samples = try Reference.shared.get().samples.filter { reasons[$0.name] != nil }
        #expect(samples.count == reasons.count)
        for sample in samples {
            let data = try RightCensoredSample(times: sample.times, status: sample.status)
            let logRank = try LogRank(data, groups: sample.groups, groupCount: sample.groupCount)
            #expect(logRank.result == .failure(try #require(reasons[sample.name])), "\(sample.name)")
            #expect(logRank.groups.map(\.observed).reduce(0, +) == sample.status.count(where: \.self))
        }
    }
}
