import Survival
import Testing

@Suite("Input")
struct InputTests {
    @Test("A sample without rows, with unequal columns or with impossible times is refused")
    func samples() {
        #expect(throws: SurvivalInputError.noObservations) { try RightCensoredSample(times: [], status: []) }
        #expect(throws: SurvivalInputError.unequalLengths(column: "status", rows: 1, expected: 2)) {
            try RightCensoredSample(times: [1, 2], status: [true])
        }
        #expect(throws: SurvivalInputError.invalidTime(row: 1, time: -1)) {
            try RightCensoredSample(times: [1, -1], status: [true, true])
        }
        #expect(throws: SurvivalInputError.invalidTime(row: 0, time: .infinity)) {
            try RightCensoredSample(times: [.infinity, 1], status: [true, true])
        }
        #expect(throws: SurvivalInputError.self) {
            try RightCensoredSample(times: [1, .nan], status: [true, true])
        }
    }

    @Test("Groups must fit the sample")
    func groups() throws {
        let sample = try RightCensoredSample(times: [1, 2], status: [true, false])
        #expect(throws: SurvivalInputError.invalidGroup(row: 1, group: 2, groupCount: 2)) {
            try LogRank(sample, groups: [0, 2], groupCount: 2)
        }
        #expect(throws: SurvivalInputError.invalidGroup(row: 0, group: -1, groupCount: 2)) {
            try KaplanMeier.curves(sample, groups: [-1, 0], groupCount: 2)
        }
        #expect(throws: SurvivalInputError.unequalLengths(column: "groups", rows: 3, expected: 2)) {
            try LogRank(sample, groups: [0, 1, 1], groupCount: 2)
        }
    }

    @Test("Counts that no observations can have are refused")
    func counts() throws {
        #expect(throws: SurvivalInputError.noObservations) {
            try CountedSample(times: [], events: [], censored: [])
        }
        #expect(throws: SurvivalInputError.noObservations) {
            try CountedSample(times: [1, 2], events: [[0, 0]], censored: [[0, 0]])
        }
        #expect(throws: SurvivalInputError.unequalGroups(events: 1, censored: 2)) {
            try CountedSample(times: [1], events: [[1]], censored: [[1], [1]])
        }
        #expect(throws: SurvivalInputError.unequalLengths(column: "events of group 1", rows: 1, expected: 2)) {
            try CountedSample(times: [1, 2], events: [[1, 1], [1]], censored: [[0, 0], [0, 0]])
        }
        #expect(throws: SurvivalInputError.unequalLengths(column: "censored of group 0", rows: 3, expected: 2)) {
            try CountedSample(times: [1, 2], events: [[1, 1]], censored: [[0, 0, 0]])
        }
        #expect(throws: SurvivalInputError.negativeCount(row: 1, column: "censored of group 0", count: -1)) {
            try CountedSample(times: [1, 2], events: [[1, 1]], censored: [[0, -1]])
        }
        #expect(throws: SurvivalInputError.invalidTime(row: 0, time: -1)) {
            try CountedSample(times: [-1, 2], events: [[1, 1]], censored: [[0, 0]])
        }
        #expect(throws: SurvivalInputError.invalidTime(row: 1, time: .infinity)) {
            try CountedSample(times: [1, .infinity], events: [[1, 1]], censored: [[0, 0]])
        }
        #expect(throws: SurvivalInputError.self) {
            try CountedSample(times: [.nan], events: [[1]], censored: [[0]])
        }
        for (first, second) in [(2.0, 2.0), (2, 1), (0, -0.0)] {
            #expect(throws: SurvivalInputError.timesNotAscending(row: 1, time: second, previous: first)) {
                try CountedSample(times: [first, second], events: [[1, 1]], censored: [[0, 0]])
            }
        }
    }

    @Test("No more observations are taken than can be counted exactly")
    func countLimit() throws {
        let limit = CountedSample.countLimit
        let most = try CountedSample(times: [1, 2], events: [[limit - 1, 0]], censored: [[0, 1]])
        #expect(most.counts == [limit])
        for count in [limit, Int.max] {
            #expect(throws: SurvivalInputError.tooManyObservations(limit: limit)) {
                try CountedSample(times: [1, 2], events: [[1, 0], [0, 0]], censored: [[0, 0], [0, count]])
            }
        }
    }

    @Test("Covariates must fit the sample")
    func covariates() throws {
        let sample = try RightCensoredSample(times: [1, 2], status: [true, false])
        #expect(throws: CoxRegressionError.noCovariates) { try CoxRegression(sample, covariates: []) }
        #expect(
            throws: CoxRegressionError.invalidInput(.unequalLengths(column: "covariate 1", rows: 1, expected: 2))
        ) {
            try CoxRegression(sample, covariates: [[0, 1], [0]])
        }
        #expect(
            throws: CoxRegressionError.invalidInput(.invalidCovariate(row: 1, covariate: 0, value: .infinity))
        ) {
            try CoxRegression(sample, covariates: [[0, .infinity]])
        }
    }

    @Test("A fit that runs out of iterations on its way to a finite maximum says so")
    func iterations() throws {
        let sample = try RightCensoredSample(times: [1, 2, 3, 4, 5, 6], status: .init(repeating: true, count: 6))
        let column = [[3.0, 1, 0, 2, 1, 0]]
        let error = #expect(throws: CoxRegressionError.self) {
            try CoxRegression(sample, covariates: column, control: .init(iterationLimit: 1))
        }
        guard case .notConverged(1, let coefficients) = error else {
            Issue.record("\(String(describing: error)) is not what was expected.")
            return
        }
        let fit = try CoxRegression(sample, covariates: column)
        #expect(abs(coefficients[0] - fit.terms[0].coefficient) < 0.5 * abs(fit.terms[0].coefficient))
        #expect("\(CoxRegressionError.notConverged(iterations: 1, coefficients: []))".contains("within 1 iterations"))
    }

    @Test("Messages are sentences that say where and what was expected")
    func messages() {
        #expect(
            SurvivalInputError.invalidTime(row: 4, time: -2).description
                == "Row 4 has the time -2.0; a time must be finite and not negative."
        )
        #expect(
            CoxRegressionError.singularInformation(covariates: [1, 3]).description.contains("covariates 1, 3")
        )
        #expect(
            SurvivalInputError.timesNotAscending(row: 2, time: 1, previous: 3).description
                == "Row 2 has the time 1.0 after 3.0; each time must be greater than the one before it."
        )
        #expect(
            SurvivalInputError.negativeCount(row: 5, column: "events of group 1", count: -3).description
                == "Row 5 has the count -3 in the column of events of group 1; a count must not be negative."
        )
    }

    @Test("Minus zero is zero, also in long samples")
    func minusZero() throws {
        let times = [0.0, -0.0] + (1...2_000).map(Double.init)
        let curve = KaplanMeier(try RightCensoredSample(times: times, status: times.map { $0 > 0 }))
        #expect(curve.steps[0].censored == 2)
        #expect(curve.steps.count == 2_001)
    }
}
