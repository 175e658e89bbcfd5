import ArgumentParser
import Foundation
import Measuring
import VirtualCohort

/// Measures how fast virtual patients are made and folded, against the same model in NumPy.
@main
struct SimulationBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the simulation of cohorts and trials against the same model in NumPy.",
        discussion: """
            Needs Python with NumPy for the rows of the peer; without it these rows are left out. Variants are \
            interleaved. Every row is the median of the rounds with the least and the greatest; ratios are taken round \
            by round. A target that is missed is marked with !, and makes the program end with 1.
            """)

    /// What can be measured on its own.
    enum Part: String, ExpressibleByArgument, CaseIterable {
        case cohort, trials, lines, memory
    }

    @Option(help: "How many patients the cohort has.")
    var patients = 100_000
    @Option(help: "How many trials are simulated.")
    var trials = 10_000
    @Option(help: "How many times each variant is measured.")
    var rounds = 5
    @Option(help: "The seed of the simulations.")
    var seed: UInt64 = 1
    @Option(parsing: .upToNextOption, help: "Only these parts: cohort, trials, lines, memory.")
    var only: [Part] = Part.allCases
    @Option(help: ArgumentHelp("The trough program; the one beside this program without it.", valueName: "file"))
    var trough: String?
    @Option(help: ArgumentHelp("A Python that has NumPy.", valueName: "program"))
    var python = "python3"
    @Option(help: ArgumentHelp("The same model in NumPy.", valueName: "file"))
    var peer = "Benchmarks/virtual_cohort.py"
    @OptionGroup var files: OutputFiles

    func validate() throws {
        guard patients >= 1000 else { throw ValidationError("--patients takes 1000 or more.") }
        guard trials >= 1 else { throw ValidationError("--trials takes 1 or more.") }
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds takes 1 to 99.") }
    }

    func run() async throws {
        let folder = NSTemporaryDirectory() + "trough-benchmark-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let report = try await Interruption.stopping { try await measure(folder) }
        print(report.table, terminator: "")
        try files.write(report)
        if !report.isWithinBounds { throw ExitCode(1) }
    }

    private func measure(_ folder: String) async throws -> Report {
        // Asked for first: better to hear now that the program is missing than after minutes.
        let program = only.contains(.memory) ? try TroughProgram(trough) : nil
        let scenario = Scenario()
        let file = folder + "/Scenario.yaml"
        try Data(scenario.yaml.utf8).write(to: URL(fileURLWithPath: file))
        let numPy = only.contains(.cohort) ? try await NumPyPeer(python, script: peer, scenario: file, seed: seed) : nil
        var programs: [String] = []
        if only.contains(.cohort) { programs.append(numPy?.description ?? NumPyPeer.absence(of: python)) }
        var report = Report(
            circumstances: Circumstances.lines(programs),
            workload: "scenario \(scenario.identifier), seed \(seed), \(patients) patients; \(rounds) rounds")
        if only.contains(.cohort) {
            let cohort = CohortMeasurement(scenario, seed: seed, patients: patients, numPy)
            report.sections += try await cohort.run(rounds: rounds)
        }
        if only.contains(.trials) {
            let measurement = TrialsMeasurement(scenario, seed: seed, trials: trials)
            report.sections.append(try await measurement.run(rounds: rounds))
        }
        if only.contains(.lines) {
            // Spelling takes several times as long as making, so that fewer patients do.
            let lines = LinesMeasurement(scenario, seed: seed, patients: patients / 5)
            report.sections.append(try await lines.run(rounds: rounds))
        }
        if let program { report.add(try await MemoryMeasurement(program: program, seed: seed).run()) }
        return report
    }
}
