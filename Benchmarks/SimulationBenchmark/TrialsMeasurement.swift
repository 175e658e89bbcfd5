import Measuring
import Simulation
import Trial
import VirtualCohort

/// Simulating many trials of the size of the published one, each analysed as a report would.
struct TrialsMeasurement: Sendable {
    private let setup: SimulationSetup
    private let trials: Int

    /// The number of trials for which there is a target, and the target in seconds.
    private static let guarded = (trials: 10_000, seconds: 30.0)

    init(_ scenario: Scenario, seed: UInt64, trials: Int) {
        setup = SimulationSetup(scenario, seed: seed, .roblin2020, .trials(trials))
        self.trials = trials
    }

    func run(rounds: Int) async throws -> Section {
        let size = setup.allocation.trialSize
        var series = Series(name: "\(trials) trials of \(size) patients, 2 workers", unit: "s")
        let simulation = Simulation(setup, workers: 2)
        for _ in 0..<rounds {
            let seconds = try await elapsedSeconds {
                let result = try await simulation.run(0..<trials)
                guard case .trials(let results, patients: trials * size, events: _) = result.content,
                    results.count == trials
                else { throw Failure("Not all of \(trials) trials were simulated.") }
            }
            series.samples.append(seconds)
        }
        let isGuarded = trials == Self.guarded.trials
        return Section(title: "trials", lines: [Line(series, isGuarded ? .below(Self.guarded.seconds) : nil)])
    }
}
