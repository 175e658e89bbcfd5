import Simulation
import TestData
import Testing
import Trial
import VirtualCohort

/// How 2,000 trials of 45 and 45 patients turn out.
@Suite("Many trials", .timeLimit(.minutes(5)))
struct OperatingTests {
    private static let seed: UInt64 = 2_020
    private static let count = 2_000

    private static func trials(_ scenario: Scenario, count: Int = count) async throws -> [TrialResult] {
        try await SimulationSetup(scenario, seed: seed, .roblin2020, .trials(count)).run().trials
    }

    @Test("without an effect of azathioprine the p of the log-rank test is uniform, and the power is the level")
    func noEffect() async throws {
        let trials = try await Self.trials(.named("no-effect"))
        #expect(trials.count == Self.count)
        for endpoint in 0..<2 {
            let p = trials.compactMap { $0.endpoints[endpoint].logRankP }
            #expect(p.count == trials.count)
            let uniformity = Uniformity(p)
            // A true hypothesis is rejected once in a thousand; the seed is fixed.
            #expect(uniformity.p > 0.001, "seed \(Self.seed), endpoint \(endpoint): \(uniformity.counts)")
            #expect(abs(uniformity.meanDeviation) < 4, "seed \(Self.seed), endpoint \(endpoint): \(uniformity.mean)")
            let rejected = p.count { $0 < 0.05 }
            #expect(
                abs(binomialDeviation(rejected, of: p.count, probability: 0.05)) < 4,
                "seed \(Self.seed), endpoint \(endpoint): \(rejected) of \(p.count) below 0.05")
            // Neither arm does better more often.
            let differences = trials.map(\.endpoints[endpoint].survival).compactMap { survival in
                survival[1].flatMap { other in survival[0].map { other - $0 } }
            }.filter { $0 != 0 }
            let better = differences.count { $0 > 0 }
            #expect(
                abs(binomialDeviation(better, of: differences.count, probability: 0.5)) < 4,
                "seed \(Self.seed), endpoint \(endpoint): \(better) of \(differences.count)")
        }
    }

    @Test("with the weak effect of PANTS the same test rejects uniformity massively")
    func canFail() async throws {
        let trials = try await Self.trials(.named("pants-hr"), count: 200)
        for endpoint in 0..<2 {
            let uniformity = Uniformity(trials.compactMap { $0.endpoints[endpoint].logRankP })
            #expect(uniformity.p < 1e-12, "seed \(Self.seed), endpoint \(endpoint): \(uniformity.counts)")
            #expect(uniformity.meanDeviation < -6, "seed \(Self.seed), endpoint \(endpoint): \(uniformity.mean)")
        }
    }

    @Test("the test of uniformity accepts uniform numbers and rejects others")
    func uniformity() {
        for seed: UInt64 in 1...20 {
            var random = SeededRandom(seed: seed)
            let numbers = (0..<2_000).map { _ in random.unit() }
            #expect(Uniformity(numbers).p > 0.001, "seed \(seed)")
            #expect(abs(Uniformity(numbers).meanDeviation) < 4, "seed \(seed)")
            // The level of a test that rejects a little too often.
            #expect(Uniformity(numbers.map { $0 * $0.squareRoot().squareRoot() }).p < 1e-6, "seed \(seed)")
        }
        #expect(Uniformity([0, 0.5, 1]).counts.reduce(0, +) == 3)
    }

    @Test("trials of the default scenario scatter around the published figures and nearly all find the effect")
    func defaultScenario() async throws {
        let trials = try await Self.trials(Scenario())
        for (endpoint, published) in PublishedResult.all.enumerated() {
            for (arm, expected) in [published.monotherapy, published.combination].enumerated() {
                let survival = trials.compactMap { $0.endpoints[endpoint].survival[arm] }
                #expect(survival.count == trials.count)
                let mean = survival.reduce(0, +) / Double(trials.count)
                #expect(
                    abs(mean - expected) <= 0.02, "seed \(Self.seed), \(published.endpoint), arm \(arm): \(mean)")
            }
            let power =
                Double(trials.count { ($0.endpoints[endpoint].logRankP ?? 1) < 0.05 }) / Double(trials.count)
            #expect(power > 0.99, "seed \(Self.seed), \(published.endpoint): \(power)")
        }
        let medians = trials.map { $0.endpoints[0].medianDays[0] / 30.4375 }
        let share = Double(medians.count { (14.5...21.5).contains($0) }) / Double(medians.count)
        #expect(share >= 0.9, "seed \(Self.seed): \(share)")
    }
}
