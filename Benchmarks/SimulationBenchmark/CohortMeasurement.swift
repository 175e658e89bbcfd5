import Measuring
import Simulation
import Trial
import VirtualCohort

/// Making and folding a cohort, with nothing kept but counts, against the same model in NumPy.
///
/// The peer makes no events: it takes the outcomes from the arrays of its visits. Here every patient becomes events
/// first, which the fold of a real log then reads.
struct CohortMeasurement: Sendable {
    private let setup: SimulationSetup
    private let patients: Int
    private let numPy: NumPyPeer?

    /// With fewer patients the difference of two survival figures is not sure to be below a point.
    private static let patientsForFigures = 100_000

    init(_ scenario: Scenario, seed: UInt64, patients: Int, _ numPy: NumPyPeer?) {
        setup = SimulationSetup(scenario, seed: seed, .roblin2020, .patients(patients))
        self.patients = patients
        self.numPy = numPy
    }

    /// Runs every variant once in each round, each time beginning with another one.
    func run(rounds: Int) async throws -> [Section] {
        var fold1 = Series(name: "simulate and fold, 1 worker", unit: "patients/s")
        var fold2 = Series(name: "simulate and fold, 2 workers", unit: "patients/s")
        var numPy1 = Series(name: "NumPy, 1 process", unit: "patients/s")
        var numPy2 = Series(name: "NumPy, 2 processes", unit: "patients/s")
        // Both sides have run once before they are measured, and their figures are held against each other.
        let expected = try await simulate(workers: 2).result
        let figures = try await numPy?.run(patients: patients, processes: 2)
        for round in 0..<rounds {
            for turn in 0..<4 {
                switch (round + turn) % 4 {
                case 0: fold2.samples.append(try await rate(workers: 2, expected))
                case 1:
                    if let numPy { numPy1.samples.append(try await numPy.rate(patients: patients, processes: 1)) }
                case 2: fold1.samples.append(try await rate(workers: 1, expected))
                default:
                    if let numPy { numPy2.samples.append(try await numPy.rate(patients: patients, processes: 2)) }
                }
            }
        }
        let eventsPerPatient = Double(expected.events) / Double(patients)
        var lines = [
            Line(fold2, .atLeast(40_000)), Line(fold1),
            Line(fold2.scaled(by: eventsPerPatient, named: "events made and folded, 2 workers", unit: "events/s")),
            Line(fold1.scaled(by: eventsPerPatient, named: "events made and folded, 1 worker", unit: "events/s")),
            Line(fold2.ratio(to: fold1, named: "2 workers / 1 worker"), .atLeast(1.8)),
        ]
        guard let figures else { return [Section(title: "cohort", lines: lines)] }
        lines += [
            Line(numPy1), Line(numPy2),
            Line(fold2.ratio(to: numPy1, named: "2 workers / NumPy (1)"), .atLeast(1.5)),
            Line(fold1.ratio(to: numPy1, named: "1 worker / NumPy (1)")),
            Line(fold2.ratio(to: numPy2, named: "2 workers / NumPy (2)")),
        ]
        return [Section(title: "cohort", lines: lines), try differences(expected, figures)]
    }

    private func rate(workers: Int, _ expected: SimulationResult) async throws -> Double {
        let (result, seconds) = try await simulate(workers: workers)
        guard result == expected else { throw Failure("Two runs of one simulation differ.") }
        return Double(patients) / seconds
    }

    private func simulate(workers: Int) async throws -> (result: SimulationResult, seconds: Double) {
        let simulation = Simulation(setup, workers: workers)
        var results: [SimulationResult] = []
        let seconds = try await elapsedSeconds { results.append(try await simulation.run(0..<patients)) }
        guard let result = results.first, result.patients == patients else {
            throw Failure("Not all of \(patients) patients were made.")
        }
        return (result, seconds)
    }

    /// How far survival at 24 months is from the peer's, which draws other random numbers.
    private func differences(_ result: SimulationResult, _ peer: NumPyPeer.Outcome) throws -> Section {
        guard case .cohort(let tally) = result.content else { throw Failure("The result is no cohort.") }
        var section = Section(title: "survival at 24 months, distance from NumPy")
        for (endpoint, endpointName) in result.header.endpoints.enumerated() {
            for (arm, armName) in result.header.arms.enumerated() {
                guard let other = peer.survival[endpointName]?[armName] else {
                    throw Failure("The peer says nothing of \(endpointName) in the arm \(armName).")
                }
                let own = tally.survival(arm: arm, endpoint: endpoint, day: VisitParameters.lastDay)
                let series = Series(
                    name: "\(endpointName), \(armName)", unit: "points", samples: [abs(own - other) * 100])
                section.lines.append(Line(series, patients >= Self.patientsForFigures ? .below(1) : nil))
            }
        }
        return section
    }
}
