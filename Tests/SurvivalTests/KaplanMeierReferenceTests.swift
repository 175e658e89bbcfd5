import Survival
import Testing

@Suite("Kaplan-Meier against R")
struct KaplanMeierReferenceTests {
    @Test("Every curve has R's steps")
    func steps() throws {
        for sample in try Reference.shared.get().samples {
            for (curve, expected) in try curves(of: sample) {
                let label = "\(sample.name), group \(String(describing: expected.group))"
                #expect(curve.count == expected.count, "\(label)")
                #expect(curve.events == expected.events, "\(label)")
                #expect(curve.steps.map(\.time) == expected.steps.time, "\(label)")
                #expect(curve.steps.map(\.atRisk) == expected.steps.atRisk, "\(label)")
                #expect(curve.steps.map(\.events) == expected.steps.events, "\(label)")
                #expect(curve.steps.map(\.censored) == expected.steps.censored, "\(label)")
                #expect(agree(curve.steps.map(\.survival), expected.steps.survival, relative: 1e-13), "\(label)")
                let logErrors = curve.steps.map { $0.varianceSum.squareRoot() }
                #expect(agree(logErrors, expected.steps.logError.map(\.value), relative: 1e-12), "\(label)")
            }
        }
    }

    @Test("Every curve has R's limits on each scale and level")
    func limits() throws {
        try forEachLimit { curve, expected, limits, label in
            let intervals = curve.steps.map { curve.interval(of: $0, limits: limits) }
            #expect(agree(intervals.map(\.lower), expected.lower.map(\.value)), "\(label)")
            #expect(agree(intervals.map(\.upper), expected.upper.map(\.value)), "\(label)")
        }
    }

    @Test("Estimates at given times are those of R's summary, and beyond the last time there are none")
    func estimates() throws {
        try forEachLimit { curve, expected, limits, label in
            let estimates = expected.estimates.time.map { curve.estimate(at: $0, limits: limits) }
            #expect(estimates.map(\.atRisk) == expected.estimates.atRisk, "\(label)")
            #expect(agree(estimates.map(\.survival), expected.estimates.survival), "\(label)")
            #expect(agree(estimates.map(\.standardError), expected.estimates.standardError.map(\.value)), "\(label)")
            #expect(agree(estimates.map(\.lower), expected.estimates.lower.map(\.value)), "\(label)")
            #expect(agree(estimates.map(\.upper), expected.estimates.upper.map(\.value)), "\(label)")
            #expect(!expected.beyond.isEmpty, "\(label)")
            for time in expected.beyond {
                let estimate = curve.estimate(at: time, limits: limits)
                #expect(estimate.survival == nil && estimate.atRisk == 0, "\(label)")
                #expect(estimate.standardError == nil && estimate.lower == nil && estimate.upper == nil, "\(label)")
            }
        }
    }

    @Test("Quantiles and their limits are those of R's quantile")
    func quantiles() throws {
        try forEachLimit { curve, expected, limits, label in
            let quantiles = expected.quantiles.probability.map { curve.quantile($0, limits: limits) }
            #expect(agree(quantiles.map(\.time), expected.quantiles.time.map(\.value)), "\(label)")
            #expect(agree(quantiles.map(\.lower), expected.quantiles.lower.map(\.value)), "\(label)")
            #expect(agree(quantiles.map(\.upper), expected.quantiles.upper.map(\.value)), "\(label)")
            #expect(curve.median(limits: limits) == curve.quantile(0.5, limits: limits), "\(label)")
        }
    }

    private func curves(of sample: Reference.Sample) throws -> [(KaplanMeier, Reference.Curve)] {
        let data = try RightCensoredSample(times: sample.times, status: sample.status)
        let byGroup = try KaplanMeier.curves(data, groups: sample.groups, groupCount: sample.groupCount)
        #expect(byGroup.compactMap(\.self).count == sample.curves.count, "\(sample.name)")
        var curves = [(KaplanMeier(data), sample.all)]
        for expected in sample.curves {
            let group = try #require(expected.group)
            curves.append((try #require(byGroup[group], "\(sample.name)"), expected))
        }
        return curves
    }

    private func forEachLimit(
        _ body: (KaplanMeier, Reference.Limits, ConfidenceLimits, String) throws -> Void
    ) throws {
        for sample in try Reference.shared.get().samples {
            for (curve, expected) in try curves(of: sample) {
                for limits in expected.limits {
                    let scale = try #require(ConfidenceLimits.Scale(rawValue: limits.scale))
                    let label = "\(sample.name), group \(String(describing: expected.group)), \(scale), \(limits.level)"
                    try body(curve, limits, ConfidenceLimits(scale, level: limits.level), label)
                }
            }
        }
    }
}
