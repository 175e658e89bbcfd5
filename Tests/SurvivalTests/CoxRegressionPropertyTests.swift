import Foundation
import Survival
import TestData
import Testing

@Suite("Cox regression on random samples")
struct CoxRegressionPropertyTests {
    /// A criterion close to what a Double can tell apart, so that the fit is the maximum itself.
    private let precise = CoxRegression.Control(tolerance: 1e-13, iterationLimit: 40)

    @Test("At the fit the gradient of the textbook's likelihood vanishes, and the likelihood is the textbook's")
    func gradient() throws {
        var fitted = 0
        var failures: [String: Int] = [:]
        for seed in 0..<2_500 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 4...30)
            let covariates = covariates(naive.rows.count, &generator)
            let sample = try RightCensoredSample(times: naive.times, status: naive.status)
            do throws(CoxRegressionError) {
                let fit = try CoxRegression(sample, covariates: covariates, control: precise)
                let coefficients = fit.terms.map(\.coefficient)
                let gradient = naive.gradient(coefficients, covariates)
                // In units of its own standard deviation, the root of the information.
                let scaled = zip(gradient, fit.terms).map { abs($0.0) * $0.1.standardError }
                #expect(scaled.allSatisfy { $0 < 1e-6 }, "seed \(seed): \(scaled)")
                #expect(agree(fit.logLikelihood, naive.logLikelihood(coefficients, covariates)), "seed \(seed)")
                let zero = [Double](repeating: 0, count: covariates.count)
                #expect(agree(fit.logLikelihoodAtZero, naive.logLikelihood(zero, covariates)), "seed \(seed)")
                fitted += 1
            } catch {
                failures[kind(error), default: 0] += 1
                check(error, naive, covariates, seed: seed)
            }
        }
        #expect(fitted > 1_200, "\(failures)")
        #expect(failures.values.allSatisfy { $0 > 5 } && failures.count == 3, "\(failures)")
    }

    @Test("The information is the derivative of the gradient")
    func information() throws {
        for seed in 0..<300 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 15...30)
            let x = naive.rows.map { _ in generator.unit() }
            let sample = try RightCensoredSample(times: naive.times, status: naive.status)
            guard let fit = try? CoxRegression(sample, covariates: [x], control: precise) else { continue }
            let term = fit.terms[0]
            let step = 1e-4 * term.standardError
            let above = naive.gradient([term.coefficient + step], [x])[0]
            let below = naive.gradient([term.coefficient - step], [x])[0]
            let information = (below - above) / (2 * step)
            #expect(agree(term.standardError, 1 / information.squareRoot(), relative: 1e-6), "seed \(seed)")
        }
    }

    @Test("Shift, scale and order change the coefficients only as they must")
    func invariance() throws {
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let naive = NaiveSurvival.random(&generator, rows: 12...40)
            let columns = [naive.rows.map { _ in generator.unit() }, naive.rows.map { _ in generator.unit() }]
            let sample = try RightCensoredSample(times: naive.times, status: naive.status)
            guard let fit = try? CoxRegression(sample, covariates: columns) else { continue }
            let moved = try CoxRegression(
                sample,
                covariates: [columns[1].map { 7 - 4 * $0 }, columns[0].map { 100 + 0.5 * $0 }]
            )
            #expect(agree(fit.terms[0].coefficient, moved.terms[1].coefficient / 2, relative: 1e-7), "seed \(seed)")
            #expect(agree(fit.terms[1].coefficient, -4 * moved.terms[0].coefficient, relative: 1e-7), "seed \(seed)")
            #expect(agree(fit.scoreTest.statistic, moved.scoreTest.statistic, relative: 1e-8), "seed \(seed)")
            let rows = Array(naive.rows).shuffled(using: &generator)
            let shuffled = try CoxRegression(
                RightCensoredSample(times: rows.map { naive.times[$0] }, status: rows.map { naive.status[$0] }),
                covariates: columns.map { column in rows.map { column[$0] } }
            )
            #expect(agree(fit.terms.map(\.coefficient), shuffled.terms.map(\.coefficient), relative: 1e-8))
            #expect(agree(fit.logLikelihood, shuffled.logLikelihood), "seed \(seed)")
        }
    }

    @Test("Without ties the score test of a binary covariate is the log-rank test")
    func scoreTest() throws {
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let count = Int.random(in: 10...60, using: &generator)
            let times = (0..<count).map { _ in generator.unit() }
            let status = (0..<count).map { _ in generator.unit() < 0.7 }
            let groups = (0..<count).map { _ in Int.random(in: 0...1, using: &generator) }
            let sample = try RightCensoredSample(times: times, status: status)
            guard let fit = try? CoxRegression(sample, covariates: [groups.map(Double.init)]) else { continue }
            let logRank = try LogRank(sample, groups: groups, groupCount: 2)
            #expect(agree(fit.scoreTest.statistic, logRank.test?.statistic), "seed \(seed)")
        }
    }

    private func covariates(_ rows: Int, _ generator: inout SeededRandom) -> [[Double]] {
        (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            let levels = NaiveSurvival.choice([2, 4, 1e6], &generator)
            return (0..<rows).map { _ in (generator.unit() * levels).rounded(.down) / levels }
        }
    }

    private func kind(_ error: CoxRegressionError) -> String {
        switch error {
        case .infiniteCoefficient: "infinite"
        case .singularInformation: "singular"
        case .noEvents: "no events"
        default: "\(error)"
        }
    }

    /// A failure must be right by the textbook's likelihood, too.
    private func check(_ error: CoxRegressionError, _ naive: NaiveSurvival, _ covariates: [[Double]], seed: UInt64) {
        switch error {
        case .noEvents:
            #expect(!naive.status.contains(true), "seed \(seed)")
        case .infiniteCoefficient(let runaway, let coefficients):
            // The way the coefficients went from one iteration limit to a later one is the way on which the likelihood
            // never falls, however far it is followed.
            let earlier = lastCoefficients(naive, covariates, iterationLimit: 12)
            let later = lastCoefficients(naive, covariates, iterationLimit: 17)
            let way = zip(earlier, later).map { $0.1 - $0.0 }
            #expect(zip(coefficients, way).allSatisfy { $0.1.isFinite && $0.0.isFinite }, "seed \(seed)")
            #expect(runaway.contains { abs(way[$0]) > 1 }, "seed \(seed): \(way)")
            let values = [0, 1, 3].map { factor in
                naive.logLikelihood(zip(earlier, way).map { $0.0 + factor * $0.1 }, covariates)
            }
            #expect(values[1] >= values[0] - 1e-9 && values[2] >= values[1] - 1e-9, "seed \(seed): \(values)")
        case .singularInformation(let dependent):
            // Some direction that involves a dependent covariate leaves the likelihood as it is.
            #expect(!dependent.isEmpty, "seed \(seed)")
            if covariates.count == 1 {
                let values = [0, 1, -3].map { naive.logLikelihood([$0], covariates) }
                #expect(agree(values[0], values[1]) && agree(values[0], values[2]), "seed \(seed)")
            }
        default:
            Issue.record("seed \(seed): \(error)")
        }
    }

    /// Where a fit that cannot end stands when it is stopped.
    private func lastCoefficients(
        _ naive: NaiveSurvival,
        _ covariates: [[Double]],
        iterationLimit: Int
    ) -> [Double] {
        do {
            let sample = try RightCensoredSample(times: naive.times, status: naive.status)
            let control = CoxRegression.Control(tolerance: 0, iterationLimit: iterationLimit)
            return try CoxRegression(sample, covariates: covariates, control: control).terms.map(\.coefficient)
        } catch CoxRegressionError.infiniteCoefficient(_, let coefficients) {
            return coefficients
        } catch CoxRegressionError.notConverged(_, let coefficients) {
            return coefficients
        } catch {
            Issue.record("\(error)")
            return covariates.map { _ in .nan }
        }
    }
}
