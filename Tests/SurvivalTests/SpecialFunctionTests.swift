import Survival
import Testing

@Suite("Special functions")
struct SpecialFunctionTests {
    @Test("Normal tails have 14 digits, down to 1e-300")
    func normalTails() throws {
        let expected = try SpecialFunctions.precise.get().normal
        for (x, p) in zip(expected.x, expected.lower) {
            #expect(agree(NormalDistribution.lowerTail(x), p, relative: 1e-14, absolute: 0), "x = \(x)")
            #expect(agree(NormalDistribution.upperTail(-x), p, relative: 1e-14, absolute: 0), "x = \(x)")
        }
    }

    @Test("Normal quantiles have 14 digits")
    func normalQuantiles() throws {
        let expected = try SpecialFunctions.precise.get().quantile
        for (p, x) in zip(expected.p, expected.x) {
            #expect(agree(NormalDistribution.quantile(p), x, relative: 1e-14, absolute: 0), "p = \(p)")
        }
        #expect(NormalDistribution.quantile(0.5) == 0)
        #expect(NormalDistribution.quantile(0) == -.infinity)
        #expect(NormalDistribution.quantile(1) == .infinity)
        #expect(NormalDistribution.quantile(-0.1).isNaN && NormalDistribution.quantile(1.1).isNaN)
    }

    @Test("Chi-squared tails have 14 digits, down to 1e-300")
    func chiSquaredTails() throws {
        let expected = try SpecialFunctions.precise.get().chiSquared
        for index in expected.x.indices {
            let p = ChiSquaredDistribution.upperTail(expected.x[index], degreesOfFreedom: expected.df[index])
            let label = "x = \(expected.x[index]), df = \(expected.df[index]), p = \(p)"
            #expect(agree(p, expected.p[index], relative: 1e-14, absolute: 0), "\(label)")
        }
        #expect(ChiSquaredDistribution.upperTail(0, degreesOfFreedom: 3) == 1)
        #expect(ChiSquaredDistribution.upperTail(-1, degreesOfFreedom: 3) == 1)
        #expect(ChiSquaredDistribution.upperTail(.infinity, degreesOfFreedom: 3) == 0)
        #expect(ChiSquaredDistribution.upperTail(.nan, degreesOfFreedom: 3).isNaN)
        #expect(ChiSquaredDistribution.upperTail(1e9, degreesOfFreedom: 1) == 0)
    }

    @Test("Tails and quantiles are R's")
    func agreementWithR() throws {
        let expected = try Reference.shared.get().special
        for (x, p) in zip(expected.normal.x, expected.normal.lower) {
            #expect(agree(NormalDistribution.lowerTail(x), p, relative: 1e-12, absolute: 0), "x = \(x)")
        }
        for (p, x) in zip(expected.quantile.p, expected.quantile.x) {
            #expect(agree(NormalDistribution.quantile(p), x, relative: 1e-12, absolute: 0), "p = \(p)")
        }
        for index in expected.chiSquared.x.indices {
            let (x, df) = (expected.chiSquared.x[index], expected.chiSquared.df[index])
            let p = ChiSquaredDistribution.upperTail(x, degreesOfFreedom: df)
            #expect(agree(p, expected.chiSquared.p[index], relative: 1e-11, absolute: 0), "x = \(x), df = \(df)")
        }
    }
}
