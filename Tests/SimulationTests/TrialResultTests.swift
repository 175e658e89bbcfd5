import Survival
import Testing
import VirtualCohort

@testable import Simulation
@testable import Trial

/// What one simulated trial reports, against the analysis of its patients by hand.
@Suite("The result of a trial", .timeLimit(.minutes(5)))
struct TrialResultTests {
    @Test(
        "is that of its patients, made and folded one by one and analysed arm by arm",
        arguments: [
            SimulationSetup(Scenario(), seed: 21, .roblin2020, .trials(40)),
            SimulationSetup(Scenario().eventful.sized(9, 14), seed: 22, .roblin2020, .trials(40)),
            // Three patients in an arm: often nobody is followed to month 24, or nobody fails.
            SimulationSetup(Scenario().eventful.sized(3, 2), seed: 23, .roblin2020, .trials(40)),
        ])
    func byHand(_ setup: SimulationSetup) async throws {
        let size = setup.allocation.trialSize
        let results = try await setup.run().trials
        #expect(results.count == 40)
        let estimates = results.flatMap { $0.endpoints.flatMap(\.survival) }
        #expect(!estimates.allSatisfy { $0 == nil } && estimates.contains(nil) == (size < 90), "in small trials alone")
        for trial in stride(from: 0, to: 40, by: 3) {
            let patients = try FoldedPatients(setup, trial * size..<(trial + 1) * size, spells: false).outcomes
            let arms = setup.scenario.arms.enumerated().flatMap { Array(repeating: $0, count: $1.size) }
            #expect(patients.map(\.arm) == arms)
            for endpoint in 0..<2 {
                let result = results[trial].endpoints[endpoint]
                let ends = patients.map { ($0.arm, $0.outcome.endpoints[endpoint]) }
                for arm in 0..<2 {
                    let own = ends.filter { $0.0 == arm }.map(\.1)
                    let expected = Self.isEstimable(own) ? Self.survival(own) : nil
                    #expect((result.survival[arm] == nil) == (expected == nil), "trial \(trial), arm \(arm)")
                    if let survival = result.survival[arm], let expected {
                        #expect(abs(survival - expected) < 1e-12, "trial \(trial), arm \(arm)")
                    }
                    let sample = try RightCensoredSample(
                        times: own.map { Double($0.day) }, status: own.map(\.isEvent))
                    let median = KaplanMeier(sample).median().time
                    #expect(result.medianDays[arm] == median ?? .infinity, "trial \(trial), arm \(arm)")
                    #expect(median == Self.median(own), "trial \(trial), arm \(arm)")
                }
                let sample = try RightCensoredSample(
                    times: ends.map { Double($0.1.day) }, status: ends.map(\.1.isEvent))
                let logRank = try LogRank(sample, groups: ends.map(\.0), groupCount: 2)
                #expect(result.logRankP == logRank.test?.p, "trial \(trial)")
            }
        }
    }

    /// Whether month 24 was reached by anybody, or by nobody since all had failed.
    private static func isEstimable(_ ends: [EndpointOutcome]) -> Bool {
        ends.contains { $0.day >= 730 } || survival(ends) == 0
    }

    /// The product limit at the end of day 730, or of the last day on which anybody was seen.
    private static func survival(_ ends: [EndpointOutcome], by day: Int = 730) -> Double {
        Set(ends.filter { $0.isEvent && $0.day <= day }.map(\.day)).reduce(1) { product, moment in
            let failures = ends.count { $0.isEvent && $0.day == moment }
            return product * (1 - Double(failures) / Double(ends.count { $0.day >= moment }))
        }
    }

    /// The first day with survival of at most a half; where it is exactly a half for a while, the middle of that while.
    private static func median(_ ends: [EndpointOutcome]) -> Double? {
        let days = Set(ends.map(\.day)).sorted()
        guard let first = days.first(where: { survival(ends, by: $0) <= 0.5 + 1e-9 }) else { return nil }
        guard survival(ends, by: first) >= 0.5 - 1e-9 else { return Double(first) }
        let end = days.first { survival(ends, by: $0) < 0.5 - 1e-9 } ?? days.last ?? first
        return Double(first + end) / 2
    }

    private func outcome(_ day: Int, _ isEvent: Bool) -> PatientOutcome {
        let status: EndpointOutcome.Status = isEvent ? .event(criterion: 0) : .censored(.withdrawal)
        return PatientOutcome(
            randomisation: nil, endpoints: [EndpointOutcome(status: status, day: day, evidence: [])], findings: [])
    }

    @Test(
        "without any failure survival is 1 as long as somebody is seen, no median is reached, there is nothing to test")
    func noFailures() {
        let result = TrialResult(
            [(0, outcome(5, false)), (1, outcome(730, false)), (0, outcome(0, false))], arms: 2, endpoints: 1)
        #expect(
            result.endpoints
                == [EndpointResult(survival: [nil, 1], medianDays: [.infinity, .infinity], logRankP: nil)])
    }

    @Test("where the last patient was censored before month 24 nothing is estimable, where he failed it is 0")
    func shortFollowUp() {
        let patients = [
            (0, outcome(100, true)), (0, outcome(200, false)), (0, outcome(300, false)), (0, outcome(400, false)),
            (1, outcome(50, true)), (1, outcome(60, true)),
        ]
        let result = TrialResult(patients, arms: 2, endpoints: 1).endpoints[0]
        #expect(result.survival == [nil, 0])
        #expect(result.medianDays == [.infinity, 55])
        #expect(result.logRankP.map { $0 < 0.1 } == true)
    }

    @Test("a failure on day 730 counts at month 24")
    func lastDay() {
        let result = TrialResult([(0, outcome(730, true)), (0, outcome(730, false))], arms: 1, endpoints: 1)
        #expect(result.endpoints[0].survival == [0.5])
        #expect(result.endpoints[0].logRankP == nil)
    }
}
