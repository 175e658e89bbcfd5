import Survival
import TestData
import Testing

@Suite("Kaplan-Meier on random samples")
struct KaplanMeierPropertyTests {
    @Test("Curves are those of the textbook")
    func textbook() throws {
        for seed in 0..<2_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 1...30)
            let curve = KaplanMeier(try RightCensoredSample(times: naive.times, status: naive.status))
            #expect(curve.steps.map(\.time) == Set(naive.times).sorted(), "seed \(seed)")
            for step in curve.steps {
                #expect(step.atRisk == naive.atRisk(step.time).count, "seed \(seed)")
                #expect(step.events == naive.failing(step.time).count, "seed \(seed)")
                #expect(agree(step.survival, naive.survival(step.time), relative: 1e-12), "seed \(seed)")
                let standardError = step.survival > 0 ? naive.standardError(step.time) : nil
                #expect(agree(step.standardError, standardError, relative: 1e-12), "seed \(seed)")
                #expect(curve.estimate(at: step.time).survival == step.survival, "seed \(seed)")
                let between = curve.estimate(at: step.time + 0.125)
                #expect(between.atRisk == naive.atRisk(step.time + 0.125).count, "seed \(seed)")
            }
        }
    }

    @Test("A curve of a group is the curve of the group alone")
    func groups() throws {
        for seed in 0..<1_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 1...40)
            let groups = naive.rows.map { _ in Int.random(in: 0..<4, using: &generator) }
            let sample = try RightCensoredSample(times: naive.times, status: naive.status)
            let curves = try KaplanMeier.curves(sample, groups: groups, groupCount: 4)
            for group in 0..<4 {
                let rows = naive.rows.filter { groups[$0] == group }
                guard !rows.isEmpty else {
                    #expect(curves[group] == nil, "seed \(seed)")
                    continue
                }
                let alone = try RightCensoredSample(
                    times: rows.map { naive.times[$0] },
                    status: rows.map { naive.status[$0] }
                )
                #expect(curves[group] == KaplanMeier(alone), "seed \(seed)")
            }
        }
    }

    @Test("The order of the rows does not matter, short or long")
    func orderOfRows() throws {
        for seed in 0..<12 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 900...3_000)
            let rows = Array(naive.rows).shuffled(using: &generator)
            let curve = KaplanMeier(try RightCensoredSample(times: naive.times, status: naive.status))
            let shuffled = KaplanMeier(
                try RightCensoredSample(times: rows.map { naive.times[$0] }, status: rows.map { naive.status[$0] })
            )
            #expect(curve == shuffled, "seed \(seed)")
            #expect(curve.steps.map(\.time) == Set(naive.times).sorted(), "seed \(seed)")
            #expect(curve.steps.map(\.events) == curve.steps.map { naive.failing($0.time).count }, "seed \(seed)")
        }
    }

    @Test("Limits enclose the estimate, stay within 0 and 1, and widen with the level")
    func limits() throws {
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 2...30)
            let curve = KaplanMeier(try RightCensoredSample(times: naive.times, status: naive.status))
            for scale in ConfidenceLimits.Scale.allCases {
                for step in curve.steps {
                    let narrow = curve.interval(of: step, limits: ConfidenceLimits(scale, level: 0.8))
                    let wide = curve.interval(of: step, limits: ConfidenceLimits(scale, level: 0.99))
                    guard let lower = narrow.lower, let upper = narrow.upper else {
                        #expect(step.survival == 0 || scale == .logLog && step.survival == 1, "seed \(seed)")
                        continue
                    }
                    let widest = try (#require(wide.lower), #require(wide.upper))
                    #expect(0 <= widest.0 && widest.0 <= lower && lower <= step.survival, "seed \(seed)")
                    #expect(step.survival <= upper && upper <= widest.1 && widest.1 <= 1, "seed \(seed)")
                }
            }
        }
    }

    @Test("Without censoring the quantiles are those of the times")
    func uncensoredQuantiles() throws {
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let count = 2 * Int.random(in: 1...20, using: &generator)
            let times = (0..<count).map { _ in generator.unit() }.sorted()
            let status = [Bool](repeating: true, count: count)
            let median = KaplanMeier(try RightCensoredSample(times: times, status: status)).median().time
            #expect(agree(median, (times[count / 2 - 1] + times[count / 2]) / 2), "seed \(seed)")
            let odd = try RightCensoredSample(times: times + [2], status: status + [true])
            #expect(KaplanMeier(odd).median().time == times[count / 2], "seed \(seed)")
        }
    }
}
