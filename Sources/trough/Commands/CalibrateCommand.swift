import ArgumentParser
import Foundation
import Report
import Simulation
import VirtualCohort

/// `trough calibrate`: fits the calibrated parameters again.
struct CalibrateCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Fits the calibrated parameters of a scenario to the trial's published figures.",
        discussion: """
            Takes the scenario's values as the start, and what the literature says as priors. Shows each parameter and each \
            target before and after. The scenario itself is not changed.

            Example:
              trough calibrate --patients 20000
            """)

    @Option(help: ArgumentHelp("How many patients one evaluation has, of each drug.", valueName: "n"))
    var patients = 20_000
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @OptionGroup var source: ScenarioOptions
    @OptionGroup var worker: WorkerOptions
    @OptionGroup var verbosity: Verbosity

    func validate() throws {
        try output.check([.table, .json], for: "calibrate")
        try check(patients, isIn: 1000...10_000_000, "--patients")
        try check(worker.workers, isIn: Limits.workers, "--workers")
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let scenario = try await source.resolved()
        guard scenario.arms.contains(where: \.azathioprine), scenario.arms.contains(where: { !$0.azathioprine }) else {
            throw Failure(
                .usage,
                "The scenario \"\(scenario.name)\" has not both arms; expected one with and one without azathioprine.")
        }
        let calibration = Calibration(scenario, seed: source.seed, patients: patients, workers: worker.count)
        let most = 2 * patients * Calibration.greatestEvaluations
        let bar = ProgressBar(
            of: most, unit: "patients", isShown: worker.progress.isShown(verbosity, context), context)
        defer { bar.clear() }
        let fit = try await calibration.fit { bar.advance(by: $0) }
        bar.clear()
        let report = CalibrationReport(fit)
        await context.output.write(output == .json ? report.json() : report.table(context.style))
        return .done
    }
}
