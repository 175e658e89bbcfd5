import Survival
import Testing

@Suite("Counts against R")
struct CountedSampleReferenceTests {
    @Test("Curves and log-rank tests of counts are R's")
    func samples() throws {
        var compared = 0
        for sample in try Reference.shared.get().samples where areApart(sample.times) {
            let counted = try counted(sample.times, sample.status, sample.groups, groupCount: sample.groupCount)
            let curves = KaplanMeier.curves(counted)
            #expect(curves.compactMap(\.self).count == sample.curves.count, "\(sample.name)")
            for expected in sample.curves {
                let group = try #require(expected.group)
                let curve = try #require(curves[group], "\(sample.name)")
                #expect(curve.steps.map(\.time) == expected.steps.time, "\(sample.name)")
                #expect(curve.steps.map(\.atRisk) == expected.steps.atRisk, "\(sample.name)")
                #expect(agree(curve.steps.map(\.survival), expected.steps.survival, relative: 1e-13), "\(sample.name)")
                let logErrors = curve.steps.map { $0.varianceSum.squareRoot() }
                #expect(agree(logErrors, expected.steps.logError.map(\.value), relative: 1e-12), "\(sample.name)")
            }
            let logRank = LogRank(counted)
            #expect(agree(logRank.test?.statistic, sample.logRank.chiSquared, absolute: 1e-12), "\(sample.name)")
            #expect(agree(logRank.test?.p, sample.logRank.p, absolute: 0), "\(sample.name)")
            compared += 1
        }
        #expect(compared >= 30)
    }

    @Test("Regressions of counts on one group are R's")
    func regressions() throws {
        var compared: Set<String> = []
        for regression in try Reference.shared.get().regressions where areApart(regression.times) {
            let levels = Set(regression.covariates[0]).sorted()
            guard regression.covariates.count == 1, levels.count == 2, levels[1] - levels[0] == 1 else { continue }
            let groups = regression.covariates[0].map { $0 == levels[0] ? 0 : 1 }
            let counted = try counted(regression.times, regression.status, groups, groupCount: 2)
            compared.insert(regression.name)
            do {
                try compare(CoxRegression(counted, reference: 0, compared: [1]), regression)
            } catch CoxRegressionError.noEvents {
                #expect(regression.name == "no events")
            } catch CoxRegressionError.infiniteCoefficient(let covariates, _) {
                #expect(regression.name == "separation by group" && covariates == [0])
            }
        }
        #expect(compared.isSuperset(of: ["lung: sex", "aml", "heavy ties", "strong difference"]), "\(compared)")
        #expect(compared.isSuperset(of: ["no events", "separation by group"]), "\(compared)")
    }

    private func compare(_ fit: CoxRegression, _ regression: Reference.Regression) throws {
        let name = regression.name
        #expect(fit.iterations == regression.iterations, "\(name)")
        #expect(agree(fit.terms.map(\.coefficient), regression.coefficients.map(\.value)), "\(name)")
        #expect(agree(fit.terms.map(\.standardError), try #require(regression.standardErrors)), "\(name)")
        #expect(agree(fit.terms.map(\.p), try #require(regression.p)), "\(name)")
        let logLikelihoods = [fit.logLikelihoodAtZero, fit.logLikelihood]
        #expect(agree(logLikelihoods, try #require(regression.logLikelihood), relative: 1e-12), "\(name)")
        #expect(agree(fit.scoreTest.statistic, regression.scoreTest), "\(name)")
        #expect(agree(fit.waldTest.statistic, regression.waldTest), "\(name)")
    }

    /// Whether no two times are so close that R makes them one.
    private func areApart(_ times: [Double]) -> Bool {
        let distinct = Set(times).sorted()
        return zip(distinct, distinct.dropFirst()).allSatisfy { $0.1 - $0.0 > 1e-6 * max(1, $0.1) }
    }

    private func counted(
        _ times: [Double], _ status: [Bool], _ groups: [Int], groupCount: Int
    ) throws -> CountedSample {
        try CountedCaseRows(times: times, status: status, groups: groups).counted(groupCount: groupCount).counted()
    }
}
