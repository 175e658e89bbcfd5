import Survival
import Testing

@Suite("Cox regression against R")
struct CoxRegressionReferenceTests {
    @Test("Every fit that R makes without complaint is R's fit")
    func fits() throws {
        var compared = 0
        for regression in try Reference.shared.get().regressions where failure(regression.name) == nil {
            let fit = try fit(regression)
            try compareTerms(fit, regression)
            try compareTests(fit, regression)
            compared += 1
        }
        #expect(compared >= 15)
    }

    @Test("A fit that R warns of, or leaves a coefficient out of, ends with the reason")
    func failures() throws {
        var compared = 0
        for regression in try Reference.shared.get().regressions {
            guard let expected = failure(regression.name) else { continue }
            #expect(!regression.warnings.isEmpty || regression.coefficients.contains { $0.value == nil })
            compared += 1
            let sample = try RightCensoredSample(times: regression.times, status: regression.status)
            do throws(CoxRegressionError) {
                _ = try CoxRegression(sample, covariates: regression.covariates)
                Issue.record("\(regression.name) should have failed.")
            } catch {
                #expect(reason(error) == expected, "\(regression.name): \(error)")
                if case .infiniteCoefficient(_, let coefficients) = error {
                    #expect(agree(coefficients, regression.coefficients.map(\.value), relative: 1e-6))
                }
            }
        }
        #expect(compared == 8)
    }

    @Test("A small effect that coxph suspects to be infinite is a result")
    func smallEffect() throws {
        let regressions = try Reference.shared.get().regressions
        let regression = try #require(regressions.first { $0.name == "small effect that coxph suspects" })
        #expect(regression.warnings.contains { $0.contains("may be infinite") })
        #expect(try abs(fit(regression).terms[0].coefficient) < 1e-2)
    }

    private func failure(_ name: String) -> String? {
        switch name {
        case "steep", "complete separation": "infinite [0]"
        case "separation by group": "infinite [0]"
        case "separation beside a good covariate": "infinite [1]"
        case "collinear": "singular [2]"
        case "constant": "singular [1]"
        case "no events": "no events"
        case "no variation at risk": "singular [0]"
        default: nil
        }
    }

    private func reason(_ error: CoxRegressionError) -> String {
        switch error {
        case .infiniteCoefficient(let covariates, _): "infinite \(covariates)"
        case .singularInformation(let covariates): "singular \(covariates)"
        case .noEvents: "no events"
        default: "\(error)"
        }
    }

    private func fit(_ regression: Reference.Regression) throws -> CoxRegression {
        try CoxRegression(
            RightCensoredSample(times: regression.times, status: regression.status),
            covariates: regression.covariates,
            control: CoxRegression.Control(level: regression.level)
        )
    }

    private func compareTerms(_ fit: CoxRegression, _ regression: Reference.Regression) throws {
        let name = regression.name
        #expect(fit.iterations == regression.iterations, "\(name)")
        #expect(agree(fit.terms.map(\.coefficient), regression.coefficients.map(\.value)), "\(name)")
        #expect(agree(fit.terms.map(\.standardError), try #require(regression.standardErrors)), "\(name)")
        #expect(agree(fit.terms.map(\.hazardRatio), try #require(regression.hazardRatios)), "\(name)")
        #expect(agree(fit.terms.map(\.z), try #require(regression.z)), "\(name)")
        #expect(agree(fit.terms.map(\.p), try #require(regression.p)), "\(name)")
        #expect(agree(fit.terms.map(\.lower), try #require(regression.lower).map(\.value)), "\(name)")
        #expect(agree(fit.terms.map(\.upper), try #require(regression.upper).map(\.value)), "\(name)")
        #expect(agree(fit.covariance.flatMap(\.self), try #require(regression.covariance)), "\(name)")
    }

    private func compareTests(_ fit: CoxRegression, _ regression: Reference.Regression) throws {
        let name = regression.name
        let logLikelihood = try #require(regression.logLikelihood)
        #expect(agree(fit.logLikelihoodAtZero, logLikelihood[0], relative: 1e-12), "\(name)")
        #expect(agree(fit.logLikelihood, logLikelihood[1], relative: 1e-12), "\(name)")
        #expect(agree(fit.scoreTest.statistic, regression.scoreTest), "\(name)")
        #expect(agree(fit.scoreTest.p, regression.scoreP), "\(name)")
        // The statistic is a difference of large numbers; what R's own rounding leaves of a tiny one is noise.
        let noise = 1e-14 * abs(logLikelihood[0])
        #expect(
            agree(fit.likelihoodRatioTest.statistic, regression.likelihoodRatioTest, absolute: noise),
            "\(name)"
        )
        #expect(agree(fit.waldTest.statistic, regression.waldTest), "\(name)")
        #expect(agree(fit.waldTest.p, regression.waldP), "\(name)")
        #expect(fit.waldTest.degreesOfFreedom == regression.covariates.count, "\(name)")
        if let expected = regression.likelihoodRatioTest, expected > 1e-3 {
            #expect(agree(fit.likelihoodRatioTest.p, regression.likelihoodRatioP), "\(name)")
        }
    }
}
