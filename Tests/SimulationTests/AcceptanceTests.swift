import Simulation
import Survival
import Testing
import Trial
import VirtualCohort

/// The default scenario against what the trial reported.
@Suite("The default scenario gives the trial's results", .timeLimit(.minutes(5)))
struct AcceptanceTests {
    private static let seeds: [UInt64] = [1, 20_200_131]

    /// 20,000 patients in each arm.
    private static func cohort(seed: UInt64) async throws -> CohortTally {
        let setup = SimulationSetup(Scenario(), seed: seed, .roblin2020, .patients(40_000))
        return try #require(try await setup.run().tally)
    }

    private static func sample(_ tally: CohortTally, endpoint: Int) throws -> CountedSample {
        try CountedSample(
            times: (0..<tally.days).map(Double.init),
            events: (0..<2).map { tally.failures(arm: $0, endpoint: endpoint) },
            censored: (0..<2).map { tally.censored(arm: $0, endpoint: endpoint) })
    }

    @Test("with 20,000 patients in each arm survival, median and hazard ratio are the published ones", arguments: seeds)
    func publishedFigures(seed: UInt64) async throws {
        let tally = try await Self.cohort(seed: seed)
        #expect(tally.patients == 40_000)
        let samples = [try Self.sample(tally, endpoint: 0), try Self.sample(tally, endpoint: 1)]
        #expect(samples.map(\.counts) == [[20_000, 20_000], [20_000, 20_000]])
        for (endpoint, published) in PublishedResult.all.enumerated() {
            #expect(TrialProtocol.roblin2020.endpoints[endpoint].name == published.endpoint)
            let curves = KaplanMeier.curves(samples[endpoint])
            for (arm, expected) in [published.monotherapy, published.combination].enumerated() {
                let found = try #require(curves[arm]?.estimate(at: 730).survival)
                #expect(abs(found - expected) <= 0.02, "seed \(seed), \(published.endpoint), arm \(arm): \(found)")
                #expect(abs(found - tally.survival(arm: arm, endpoint: endpoint, day: 730)) < 1e-9)
            }
        }
        let clinical = KaplanMeier.curves(samples[0])
        let median = try #require(clinical[0]?.median().time) / 30.4375
        #expect((16.5...18.5).contains(median), "seed \(seed): \(median) months")
        #expect(clinical[1]?.median().time == nil, "seed \(seed)")
        let cox = try CoxRegression(samples[1], reference: 0, compared: [1])
        let ratio = try #require(cox.terms.first?.hazardRatio)
        #expect((0.13...0.20).contains(ratio), "seed \(seed): \(ratio)")
    }

    @Test("the published figures are those of the publication")
    func publication() {
        #expect(PublishedResult.all.map(\.monotherapy) == [0.22, 0.22])
        #expect(PublishedResult.all.map(\.combination) == [0.77, 0.78])
    }

    @Test("with a weaker hazard ratio azathioprine does less, and without an effect the arms are alike")
    func otherScenarios() async throws {
        var gains: [Double] = []
        for name in ["roblin-2020", "pants-hr", "no-effect"] {
            let setup = SimulationSetup(.named(name), seed: 51, .roblin2020, .patients(8_000))
            let tally = try #require(try await setup.run().tally)
            gains.append(
                tally.survival(arm: 1, endpoint: 1, day: 730) - tally.survival(arm: 0, endpoint: 1, day: 730))
        }
        #expect(gains[0] > gains[1] + 0.1 && gains[1] > gains[2] + 0.1, "\(gains)")
        // Five standard errors of a difference between shares of 4,000 patients each.
        #expect(abs(gains[2]) < 5 * (2 * 0.25 / 4_000).squareRoot(), "\(gains)")
    }
}
