import ArgumentParser
import Foundation
import Report
import Simulation
import Survival
import Trial
import VirtualCohort

/// `trough simulate`: virtual cohorts and trials.
struct SimulateCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Makes virtual patients whose events follow a published mechanism, and folds them.",
        discussion: """
            A patient is a function of scenario, seed and number alone: the same made first, last, alone, by one worker or \
            sixteen, on any machine. --describe shows each value of the scenario with its source, and what is assumed.

            With --to log, patients who are in the study already are left out: a run that was interrupted is finished by \
            running the same command again.

            Example:
              trough simulate --patients 40000
              trough simulate --trials 10000 --per-arm 45 -o csv
              trough simulate --patients 1000 --to log --study virtual
            """)

    @Option(help: ArgumentHelp("How many patients the cohort has.", valueName: "n"))
    var patients: Int?
    @Option(help: ArgumentHelp("How many trials are run, each of the arms' sizes.", valueName: "t"))
    var trials: Int?
    @Option(help: ArgumentHelp("How many patients each arm of a trial has.", valueName: "n"))
    var perArm: Int?
    @Option(help: ArgumentHelp("Makes only the patient of this number, counted from 1.", valueName: "i"))
    var patient: Int?
    @Flag(help: "Shows the scenario: every value with its unit, status and source.")
    var describe = false
    @Option(
        help: ArgumentHelp(
            "Where the events go: none (they are folded and forgotten), a file, - or log.", valueName: "place"))
    var to: String?
    @Option(
        help: ArgumentHelp(
            "Only part K of M of the patients or trials, for jobs of an array.", valueName: "k/m"))
    var shard: Part?
    @Option(
        help: ArgumentHelp(
            "Writes the result to a file for trough merge instead of reporting it.", valueName: "file"))
    var partial: String?
    @Option(
        name: .customLong("protocol"),
        help: ArgumentHelp("The protocol file; roblin-2020 without it.", valueName: "file"))
    var protocolFile: String?
    @Option(
        name: .shortAndLong, help: "table, json, csv or ndjson (an object for each endpoint, trial or parameter).")
    var output = OutputFormat.table
    @OptionGroup var source: ScenarioOptions
    @OptionGroup var worker: WorkerOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        let asked = [patients != nil, trials != nil, patient != nil, describe].count { $0 }
        guard asked == 1 else {
            throw ValidationError("simulate takes one of --patients, --trials, --patient and --describe.")
        }
        try check(patients, isIn: Limits.patients, "--patients")
        try check(trials, isIn: Limits.trials, "--trials")
        try check(patient, isIn: Limits.patients, "--patient")
        try check(perArm, isIn: Limits.trialSize, "--per-arm")
        try check(worker.workers, isIn: Limits.workers, "--workers")
        if perArm != nil, trials == nil { throw ValidationError("--per-arm goes with --trials.") }
        if let shard {
            guard Limits.parts.contains(shard.count), (1...shard.count).contains(shard.number) else {
                throw ValidationError(
                    "--shard takes K/M with K from 1 to M and M from 1 to \(Limits.parts.upperBound); "
                        + "\(shard.number)/\(shard.count) was given.")
            }
        }
        if trials != nil, to ?? "none" != "none" {
            throw ValidationError("--trials keeps no events; use --patients with --to.")
        }
        if patient != nil || describe, shard != nil || partial != nil {
            throw ValidationError("--shard and --partial go with --patients or --trials.")
        }
        if patient != nil, output != .table {
            throw ValidationError("--patient gives event lines, one form for all; -o goes with a cohort or trials.")
        }
        if let partial, partial == to { throw ValidationError("--to and --partial name the same file.") }
        if describe { try output.check([.table, .json, .ndjson], for: "simulate --describe") }
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        var scenario = try await source.resolved()
        if describe {
            let description = ScenarioDescription(scenario)
            switch output {
            case .json: await context.output.write(description.json())
            case .ndjson: await context.output.write(description.ndjson())
            case .table, .csv: await context.output.write(description.table(context.style))
            }
            return .done
        }
        if let perArm { for arm in scenario.arms.indices { scenario.arms[arm].size = perArm } }
        let trial = try await ProtocolSource.read(protocolFile)
        let size: SimulationSetup.Size =
            if let trials { .trials(trials) } else { .patients(patients ?? Limits.patients.upperBound) }
        if case .trials = size, scenario.arms.reduce(0, { $0 + $1.size }) > Limits.trialSize.upperBound {
            throw Failure(.usage, "One trial would have more than \(Limits.trialSize.upperBound) patients.")
        }
        let setup = SimulationSetup(scenario, seed: source.seed, trial, size)
        let run = SimulationRun(
            simulation: Simulation(setup, workers: worker.count), place: try place(), study: study.study,
            database: database, context: context, progress: worker.progress)
        // The partial result's file is opened first: better to hear now that it cannot be written.
        let partialFile = try await WholeFileOption.begin(partial)
        do {
            let range = range(of: setup)
            try await report(run.run(range), to: partialFile, context)
        } catch {
            await partialFile?.discard()
            throw error
        }
        return .done
    }

    /// The patients or trials that are asked for, counted from 0.
    private func range(of setup: SimulationSetup) -> Range<Int> {
        if let patient { return patient - 1..<patient }
        return setup.range(ofPart: shard?.number ?? 1, of: shard?.count ?? 1)
    }

    private func place() throws -> SimulationRun.Place {
        switch to ?? (patient == nil ? "none" : "-") {
        case "none": .none
        case "-": .standardOutput
        case "log": .log
        case let path: .file(path)
        }
    }

    private func report(_ result: SimulationResult, to file: FileInProgress?, _ context: Context) async throws {
        if let file {
            try await file.write(try PartialResult.encode(result))
            try await file.finish()
            return
        }
        if result.range.isEmpty, !database.verbosity.quiet {
            await context.errors.write("trough: This part is empty: there are more parts than there is to simulate.\n")
        }
        if patient == nil {
            let text = try SimulationOutput.text(of: result, as: output, context)
            // With events on standard output, what is said about them goes to the other stream.
            if to == "-" {
                if !database.verbosity.quiet { await context.errors.write(text) }
            } else {
                await context.output.write(text)
            }
        }
    }
}

/// A file that an option may name.
enum WholeFileOption {
    /// Begins the file where there is one.
    static func begin(_ path: String?) async throws -> FileInProgress? {
        guard let path else { return nil }
        return try await FileInProgress.begin(path)
    }
}

/// Spells the result of a simulation.
enum SimulationOutput {
    /// The result in one of the forms.
    static func text(of result: SimulationResult, as format: OutputFormat, _ context: Context) throws -> String {
        switch result.content {
        case .cohort(let tally): return try text(of: tally, result, format, context)
        case .trials(let trials, let patients, let events):
            if trials.isEmpty, format == .table { return "" }
            if format == .ndjson { return OperatingCharacteristics.ndjson(trials, of: result.header, result.range) }
            let characteristics = OperatingCharacteristics(
                trials, of: result.header, result.range, patients: patients, events: events)
            switch format {
            case .json: return characteristics.json()
            case .csv: return characteristics.csv()
            case .table, .ndjson: return characteristics.table(context.style)
            }
        }
    }

    private static func text(
        of tally: CohortTally, _ result: SimulationResult, _ format: OutputFormat, _ context: Context
    ) throws -> String {
        let report: SurvivalReport
        do throws(ReportError) {
            report = try SurvivalReport(tally, of: result.header)
        } catch {
            throw Failure(.defect, error.description)
        }
        switch format {
        case .json: return report.json(of: result.header, result.range)
        case .ndjson: return report.ndjson()
        case .csv: return report.csv()
        case .table:
            let range = result.range
            let stretch = range.isEmpty ? "no patients" : "patients \(range.lowerBound + 1) to \(range.upperBound)"
            let heading =
                "scenario \(result.header.scenario), seed \(result.header.seed)\(result.isWhole ? "" : ", " + stretch)"
            return context.style.paragraph(heading) + report.table(context.style)
        }
    }
}
