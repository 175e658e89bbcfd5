import Survival
import TestData
import Testing

@Suite("Counts against the observations one by one")
struct CountedSamplePropertyTests {
    @Test("Curves, estimates and quantiles are the same to the last bit")
    func kaplanMeier() throws {
        var empty = 0
        for seed in 0..<3_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let random = CountedCase.random(&generator)
            let rows = random.rows(of: Array(random.groups), &generator)
            let counted = KaplanMeier.curves(try random.counted())
            let single = try KaplanMeier.curves(rows.sample(), groups: rows.groups, groupCount: random.groups.count)
            #expect(counted == single, "seed \(seed)")
            for (counted, single) in zip(counted, single) {
                guard let counted, let single else {
                    empty += 1
                    continue
                }
                #expect(counted.median() == single.median(), "seed \(seed)")
                #expect(counted.quantile(0.25) == single.quantile(0.25), "seed \(seed)")
                for time in random.times {
                    #expect(counted.estimate(at: time) == single.estimate(at: time), "seed \(seed)")
                    #expect(counted.estimate(at: time + 0.1) == single.estimate(at: time + 0.1), "seed \(seed)")
                }
            }
        }
        #expect(empty > 500)
    }

    @Test("The log-rank test is the same to the last bit")
    func logRank() throws {
        var seen: [LogRank.NotEstimable?: Int] = [:]
        for seed in 0..<5_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let random = CountedCase.random(&generator)
            let rows = random.rows(of: Array(random.groups), &generator)
            let counted = LogRank(try random.counted())
            let single = try LogRank(rows.sample(), groups: rows.groups, groupCount: random.groups.count)
            #expect(counted == single, "seed \(seed)")
            if case .failure(let reason) = counted.result {
                seen[reason, default: 0] += 1
            } else {
                seen[nil, default: 0] += 1
            }
        }
        #expect(seen.count == 4 && seen.values.allSatisfy { $0 > 50 }, "\(seen)")
    }

    @Test("Times at which nothing happens change nothing")
    func idleTimes() throws {
        var idle = 0
        for seed in 0..<2_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let random = CountedCase.random(&generator)
            let sample = try random.counted()
            let busy = try random.withoutIdleTimes().counted()
            idle += sample.times.count - busy.times.count
            #expect(KaplanMeier.curves(sample) == KaplanMeier.curves(busy), "seed \(seed)")
            #expect(LogRank(sample) == LogRank(busy), "seed \(seed)")
            #expect(fit(sample) == fit(busy), "seed \(seed)")
        }
        #expect(idle > 10_000)
    }

    @Test("Observations without end are counted, not listed")
    func size() throws {
        let many = 1 << 50
        let sample = try CountedSample(
            times: [1, 2, 3],
            events: [[many, 0, many], [0, many / 2, many]],
            censored: [[0, many, 0], [many / 2, 0, 0]]
        )
        let few = try CountedSample(
            times: [1, 2, 3],
            events: [[4, 0, 4], [0, 2, 4]],
            censored: [[0, 4, 0], [2, 0, 0]]
        )
        // Many is a power of two times few, so that not even the rounding differs.
        let curves = zip(KaplanMeier.curves(sample), KaplanMeier.curves(few))
        for (curve, expected) in curves {
            #expect(curve?.steps.map(\.survival) == expected?.steps.map(\.survival))
            #expect(curve?.median().time == expected?.median().time)
        }
        #expect(LogRank(sample).groups.map(\.expected) == LogRank(few).groups.map { $0.expected * Double(many / 4) })
        #expect(try #require(LogRank(sample).test).p == 0)
    }

    private func fit(_ sample: CountedSample) -> Result<CoxRegression, CoxRegressionError> {
        let compared = Array(1..<sample.groupCount)
        return Result { () throws(CoxRegressionError) in
            try CoxRegression(sample, reference: 0, compared: compared)
        }
    }
}
