import EventLog
import Foundation
import Logging
import Postgres
import Report
import Simulation
import Synchronization
import Trial
import VirtualCohort

/// One run of a simulation, with its events going where they are wanted.
struct SimulationRun: Sendable {
    /// Where the events go.
    enum Place: Sendable, Equatable {
        case none
        case standardOutput
        case file(String)
        case log
    }

    let simulation: Simulation
    let place: Place
    let study: String
    let database: DatabaseOptions
    let context: Context
    let progress: ProgressMode

    /// Simulates a stretch of patients or trials, counted from 0.
    func run(_ range: Range<Int>) async throws -> SimulationResult {
        let began = context.now
        let perTrial = max(1, simulation.setup.allocation.trialSize)
        let bar = ProgressBar(
            of: range.count * perTrial, unit: "patients", isShown: progress.isShown(database.verbosity, context),
            context)
        let result: SimulationResult
        do {
            result = try await simulate(range) { bar.advance(by: $0) }
        } catch {
            bar.clear()
            throw error
        }
        bar.clear()
        if !database.verbosity.quiet, place != .standardOutput { await say(result, since: began) }
        return result
    }

    private func simulate(
        _ range: Range<Int>, _ progress: @escaping Simulation.Progress
    ) async throws -> SimulationResult {
        switch place {
        case .none: return try await simulation.run(range, progress: progress)
        case .standardOutput:
            return try await simulation.spell(range, progress: progress) { chunk in
                await context.output.write(chunk.lines)
            }
        case .file(let path): return try await write(range, to: path, progress)
        case .log: return try await append(range, progress)
        }
    }

    private func write(
        _ range: Range<Int>, to path: String, _ progress: @escaping Simulation.Progress
    ) async throws -> SimulationResult {
        try await WholeFile.write(to: path) { file in
            try await simulation.spell(range, progress: progress) { chunk in try await file.write(chunk.lines) }
        }
    }

    /// Writes the histories to a study of their own, as segments.
    private func append(
        _ range: Range<Int>, _ progress: @escaping Simulation.Progress
    ) async throws -> SimulationResult {
        let setup = simulation.setup
        let (configuration, opened) = try await openStudy()
        let attribution = Attribution(
            author: context.environment.loginName,
            reason: "simulation of scenario \(setup.scenario.identifier), seed \(setup.seed)", client: Version.text)
        var opening: [SealedAppender] = []
        for _ in 0..<simulation.workers {
            opening.append(
                try await SealedAppender(
                    to: opened, at: configuration, by: attribution, logger: context.logger(database.verbosity)))
        }
        let appenders = opening
        let total = Mutex(Stored())
        let slices = Simulation.Slices(count: opened.slices) { SliceHash.slice(of: $0, among: opened.slices) }
        let result: SimulationResult
        do {
            result = try await simulation.run(range, by: slices, progress: progress) { worker, histories in
                let receipt = try await appenders[worker].append(
                    SealedAppender.Histories(
                        slice: histories.slice, batch: histories.events, members: histories.members))
                total.withLock { $0.add(receipt, patients: histories.members.count) }
            }
        } catch {
            await tellOfEnd(after: total.withLock(\.patients), of: range.count)
            throw error
        }
        for appender in appenders { await appender.close() }
        if !database.verbosity.quiet {
            let receipt = total.withLock(\.receipt)
            await context.errors.write(
                "trough: \(counted(receipt.stored, "event")) stored in the study \"\(study.printable(context.style))\", "
                    + "\(receipt.known) \(receipt.known == 1 ? "was" : "were") there already.\n")
        }
        return result
    }

    /// What is in the log for certain.
    private struct Stored {
        var receipt = SealedAppender.Receipt()
        /// Also those who were there already.
        var patients = 0

        mutating func add(_ other: SealedAppender.Receipt, patients count: Int) {
            receipt += other
            patients += count
        }
    }

    /// Says what is stored where the work ends before its time: nothing else tells the study from that of a whole cohort.
    private func tellOfEnd(after stored: Int, of all: Int) async {
        await context.errors.write(
            "trough: The simulation ended before its time: the events of \(stored) of \(counted(all, "patient")) are known to "
                + "be stored in the study \"\(study.printable(context.style))\". Running the same command again stores the "
                + "rest.\n")
    }

    /// Opens the study, which is this simulation's alone.
    private func openStudy() async throws -> (ConnectionConfiguration, Study) {
        let setup = simulation.setup
        let root = CohortSimulator.sourceRoot(setup.scenario, seed: setup.seed)
        let laboratory = CohortSimulator.laboratory(setup.scenario, seed: setup.seed)
        let (configuration, connection) = try await database.open(context)
        let name = study
        let (opened, foreign) = try await connection.perform { session throws(LogError) in
            let study = try Studies.openOrCreate(name, session)
            return (study, try Studies.take(study, root: root, source: laboratory, session))
        }
        await connection.close()
        if let foreign {
            throw Failure(
                .usage,
                "The study \"\(name)\" is for events from \"\(foreign)\", which is not of this simulation; "
                    + "expected a study of its own: name one with --study.")
        }
        return (configuration, opened)
    }

    private func say(_ result: SimulationResult, since began: Int64) async {
        let seconds = max(Double(context.now - began) / 1e6, 1e-6)
        let rates = (Double(result.patients) / seconds, Double(result.events) / seconds / 1e6)
        await context.errors.write(
            "trough: \(counted(result.patients, "patient")), \(counted(result.events, "event")) in "
                + String(format: "%.2f s: %.0f patients/s, %.2f M events/s\n", seconds, rates.0, rates.1))
    }
}
