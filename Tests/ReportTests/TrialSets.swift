import Report
import Simulation
import Trial
import VirtualCohort

/// A small set of trials, made by hand.
enum TrialSets {
    /// Five trials under the default scenario.
    static let header = SimulationResult.Header(
        SimulationSetup(Scenario(), seed: 42, .roblin2020, .trials(5)))

    /// Of each trial the clinical endpoint; the other one has the same figures with the arms' medians not reached.
    static let trials: [TrialResult] = [
        (0.20, 0.75, 500.0, Double.infinity, 1e-6), (0.30, 0.85, 520.0, .infinity, 2e-5),
        (0.10, 0.60, 480.0, 700.0, 0.001), (0.25, 0.80, 510.0, .infinity, 4e-7), (0.40, 0.50, 600.0, 650.0, 0.3),
    ].map { monotherapy, combination, median, other, p in
        TrialResult(endpoints: [
            EndpointResult(survival: [monotherapy, combination], medianDays: [median, other], logRankP: p),
            EndpointResult(
                survival: [monotherapy, combination], medianDays: [.infinity, .infinity], logRankP: p / 10),
        ])
    }

    /// What they add up to.
    static let characteristics = OperatingCharacteristics(trials, of: header, 0..<5, patients: 450, events: 43_210)

    /// Trials with many arms of long names, of a scenario with a long name, in numbers that take much room.
    static let wide: OperatingCharacteristics = {
        var scenario = Scenario()
        scenario.name = String(repeating: "long-name-", count: 6)
        let longest = String(repeating: "x", count: 64)
        let words = ["monotherapy of the anti-TNF without azathioprine", "β", "日本語の腕", longest]
        scenario.arms = words.map { Arm(name: $0, azathioprine: false, share: 0.25, size: 100_000) }
        let setup = SimulationSetup(scenario, seed: .max, .roblin2020, .trials(1_000_000))
        let endpoint = EndpointResult(
            survival: [1, 0, 0.123456, 0.999], medianDays: [730, .infinity, 1, 729.5], logRankP: 1.2345e-290)
        let trial = TrialResult(endpoints: [endpoint, endpoint])
        return OperatingCharacteristics(
            [trial, trial, trial], of: SimulationResult.Header(setup), 999_997..<1_000_000, patients: 400_000_000_000,
            events: 40_000_000_000_000)
    }()
}
