import Foundation
import Measuring
import Simulation
import Trial
import VirtualCohort

/// Making a cohort and spelling its events as lines, which go to a file that keeps nothing.
struct LinesMeasurement: Sendable {
    private let setup: SimulationSetup
    private let patients: Int

    init(_ scenario: Scenario, seed: UInt64, patients: Int) {
        setup = SimulationSetup(scenario, seed: seed, .roblin2020, .patients(patients))
        self.patients = patients
    }

    func run(rounds: Int) async throws -> Section {
        var byPatient = Series(name: "\(patients) patients spelled, 2 workers", unit: "patients/s")
        var byEvent = Series(name: "event lines", unit: "events/s")
        let simulation = Simulation(setup, workers: 2)
        for _ in 0..<rounds {
            guard let sink = FileHandle(forWritingAtPath: "/dev/null") else { throw Failure("There is no /dev/null.") }
            var events = 0
            var lines = 0
            let seconds = try await elapsedSeconds {
                let result = try await simulation.spell(0..<patients) { chunk in
                    try sink.write(contentsOf: chunk.lines)
                    lines += chunk.tally.events
                }
                events = result.events
            }
            guard events > 0, lines == events else { throw Failure("Of \(events) events \(lines) were spelled.") }
            byPatient.samples.append(Double(patients) / seconds)
            byEvent.samples.append(Double(events) / seconds)
        }
        return Section(title: "event lines to /dev/null", lines: [Line(byPatient), Line(byEvent)])
    }
}
