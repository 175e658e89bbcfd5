import Foundation
import Survival
import TestData
import Testing

@Suite("Cox regression on counts")
struct CountedCoxRegressionTests {
    @Test("A fit is that of the observations one by one, and so is a failure")
    func rows() throws {
        var fitted = 0
        var failures: [String: Int] = [:]
        for seed in 0..<4_000 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let random = CountedCase.random(&generator)
            let named = random.groups.shuffled(using: &generator)
            let most = generator.chance(12) ? 0 : Int.random(in: 1...4, using: &generator)
            let compared = Array(named.dropFirst().prefix(most))
            let single = single(random, reference: named[0], compared: compared, &generator)
            let counted = try counted(random, reference: named[0], compared: compared)
            switch (counted, single) {
            case (.success(let counted), .success(let single)):
                fitted += 1
                compare(counted, single, "seed \(seed)")
            case (.failure(let counted), .failure(let single)):
                failures[name(counted), default: 0] += 1
                compare(counted, single, "seed \(seed)")
            default:
                Issue.record("seed \(seed): \(counted) is not \(single)")
            }
        }
        #expect(fitted > 1_000, "\(failures)")
        #expect(failures.count == 5 && failures.values.allSatisfy { $0 > 20 }, "\(failures)")
    }

    @Test("Thousands of ties at each time")
    func heavyTies() throws {
        for seed in 0..<6 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let groups = Int.random(in: 2...3, using: &generator)
            func column(_: Int) -> [Int] { (0..<4).map { _ in 100 + generator.below(400) } }
            let random = CountedCase(
                times: [1, 2, 3, 5],
                events: (0..<groups).map(column),
                censored: (0..<groups).map(column)
            )
            let compared = Array(1..<groups)
            let single = try single(random, reference: 0, compared: compared, &generator).get()
            try compare(counted(random, reference: 0, compared: compared).get(), single, "seed \(seed)")
        }
    }

    @Test("A group that is like the reference is not blamed for one that runs away")
    func blame() throws {
        for seed in 0..<300 as Range<UInt64> {
            var generator = SeededRandom(seed: seed)
            let days = Int.random(in: 3...8, using: &generator)
            func column() -> [Int] { (0..<days).map { _ in 1 + generator.below(6) } }
            let none = [Int](repeating: 0, count: days)
            let alike = column()
            let random = CountedCase(
                times: (1...days).map(Double.init),
                events: [none, none, column()],
                censored: [alike, alike, column()]
            )
            let results = try [
                counted(random, reference: 0, compared: [1, 2]),
                single(random, reference: 0, compared: [1, 2], &generator),
            ]
            for result in results {
                guard case .failure(.infiniteCoefficient(let runaway, _)) = result else {
                    Issue.record("seed \(seed): \(result)")
                    continue
                }
                #expect(runaway == [1], "seed \(seed)")
            }
        }
    }

    @Test("Groups that are not named take no part")
    func bystanders() throws {
        let sample = try CountedSample(
            times: [1, 2, 4],
            events: [[900, 0, 900], [3, 1, 2], [0, 0, 0], [1, 2, 1]],
            censored: [[0, 900, 0], [0, 2, 1], [0, 7, 0], [1, 0, 4]]
        )
        let alone = try CountedSample(
            times: [1, 2, 4], events: [[1, 2, 1], [3, 1, 2]], censored: [[1, 0, 4], [0, 2, 1]])
        let fit = try CoxRegression(sample, reference: 3, compared: [1])
        #expect(try fit == CoxRegression(alone, reference: 0, compared: [1]))
        #expect(fit.count == 18 && fit.events == 10)
    }

    @Test("Groups must exist, and take part once")
    func groups() throws {
        let sample = try CountedSample(times: [1], events: [[1], [2], [0]], censored: [[1], [1], [0]])
        #expect(throws: CoxRegressionError.invalidInput(.unknownGroup(group: 3, groupCount: 3))) {
            try CoxRegression(sample, reference: 0, compared: [1, 3])
        }
        #expect(throws: CoxRegressionError.invalidInput(.unknownGroup(group: -1, groupCount: 3))) {
            try CoxRegression(sample, reference: -1, compared: [1])
        }
        #expect(throws: CoxRegressionError.invalidInput(.repeatedGroup(group: 1))) {
            try CoxRegression(sample, reference: 1, compared: [0, 1])
        }
        #expect(throws: CoxRegressionError.invalidInput(.repeatedGroup(group: 1))) {
            try CoxRegression(sample, reference: 0, compared: [1, 1])
        }
        #expect(throws: CoxRegressionError.noCovariates) { try CoxRegression(sample, reference: 0, compared: []) }
        #expect(throws: CoxRegressionError.invalidInput(.noObservations)) {
            try CoxRegression(sample, reference: 2, compared: [])
        }
        #expect(throws: CoxRegressionError.singularInformation(covariates: [1])) {
            try CoxRegression(sample, reference: 0, compared: [1, 2])
        }
        #expect(throws: CoxRegressionError.singularInformation(covariates: [0])) {
            try CoxRegression(sample, reference: 2, compared: [0])
        }
    }

    private func counted(
        _ random: CountedCase, reference: Int, compared: [Int]
    ) throws -> Result<CoxRegression, CoxRegressionError> {
        let sample = try random.counted()
        return Result { () throws(CoxRegressionError) in
            try CoxRegression(sample, reference: reference, compared: compared)
        }
    }

    private func single(
        _ random: CountedCase, reference: Int, compared: [Int], _ generator: inout SeededRandom
    ) -> Result<CoxRegression, CoxRegressionError> {
        let rows = random.rows(of: [reference] + compared, &generator)
        let indicators = compared.map { group in rows.groups.map { $0 == group ? 1.0 : 0.0 } }
        let sample = Result { () throws(SurvivalInputError) in
            try RightCensoredSample(times: rows.times, status: rows.status)
        }
        return sample.mapError(CoxRegressionError.invalidInput).flatMap { sample in
            Result { () throws(CoxRegressionError) in try CoxRegression(sample, covariates: indicators) }
        }
    }

    private func name(_ error: CoxRegressionError) -> String {
        switch error {
        case .infiniteCoefficient: "infinite"
        case .singularInformation: "singular"
        default: "\(error)"
        }
    }

    private func compare(_ counted: CoxRegression, _ single: CoxRegression, _ label: String) {
        #expect(counted.count == single.count && counted.events == single.events, "\(label)")
        #expect(counted.iterations == single.iterations, "\(label)")
        for (term, expected) in zip(counted.terms, single.terms) {
            // A coefficient near zero is what is left of terms that cancel; its standard error tells their size.
            #expect(agree(term.coefficient, expected.coefficient, absolute: 1e-10 * expected.standardError), "\(label)")
            #expect(agree(term.standardError, expected.standardError), "\(label)")
            #expect(agree(term.p, expected.p), "\(label)")
            #expect(agree(term.lower, expected.lower) && agree(term.upper, expected.upper), "\(label)")
        }
        #expect(agree(counted.covariance.flatMap(\.self), single.covariance.flatMap(\.self)), "\(label)")
        #expect(agree(counted.logLikelihood, single.logLikelihood, relative: 1e-12), "\(label)")
        #expect(agree(counted.logLikelihoodAtZero, single.logLikelihoodAtZero, relative: 1e-12), "\(label)")
        #expect(agree(counted.scoreTest.p, single.scoreTest.p), "\(label)")
        #expect(agree(counted.waldTest.p, single.waldTest.p), "\(label)")
        let noise = 1e-14 * abs(single.logLikelihood)
        let statistics = (counted.likelihoodRatioTest.statistic, single.likelihoodRatioTest.statistic)
        #expect(agree(statistics.0, statistics.1, absolute: noise), "\(label)")
    }

    private func compare(_ counted: CoxRegressionError, _ single: CoxRegressionError, _ label: String) {
        guard case .infiniteCoefficient(let runaway, let coefficients) = counted,
            case .infiniteCoefficient(let expectedRunaway, let expected) = single
        else {
            #expect(counted == single, "\(label)")
            return
        }
        #expect(runaway == expectedRunaway, "\(label)")
        // Where the climb stops on a slope without end is a matter of rounding.
        #expect(agree(coefficients, expected, absolute: 0.1), "\(label): \(coefficients), \(expected)")
    }
}
