import ArgumentParser
import EventLog
import Foundation
import LoadTest
import Logging
import Postgres
import Report
import Trial

/// `trough load`: a load test of append and projection.
struct LoadCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract:
            "Sends virtual patients' events at a fixed rate and measures how soon they are durable and projected.",
        discussion: """
            Latencies count from the moment at which an event was due, whether it could be sent then or not. The test \
            runs in a study of its own, with workers of its own, and removes the study at the end; what a test that was \
            killed left behind goes with SELECT trough.remove_study('NAME') in psql. Exits with 1 when --fail-if holds.

            Example:
              trough load --rate 10000 --duration 60 --fail-if 'p99>250ms'
              trough load --find-max --fail-if 'p99>250ms' --duration 20 --html load.html
            """)
    static let finishesWhenSignalled = true

    @Option(help: ArgumentHelp("Events a second; where --find-max begins.", valueName: "events"))
    var rate = 1000.0
    @Option(help: ArgumentHelp("How long events are sent, of each rate that is tried.", valueName: "seconds"))
    var duration = 30.0
    @Option(help: ArgumentHelp("How long the rate grows from nothing.", valueName: "seconds"))
    var ramp = 0.0
    @Option(help: ArgumentHelp("How many patients are active at a time.", valueName: "n"))
    var patients = 10_000
    @Flag(help: "Search the highest rate that holds: doubling, then halving what lies between.")
    var findMax = false
    @Option(
        help: ArgumentHelp(
            "When the test fails, such as p99>250ms, append.p999>=1s, lag>10000, errors>0, rate<9500, joined by commas.",
            valueName: "conditions"))
    var failIf: String?
    @Option(help: ArgumentHelp("How many connections append.", valueName: "n"))
    var connections = 2
    @Option(
        help: ArgumentHelp("How many worker processes project; 0 where others are started for it.", valueName: "n"))
    var workers = 1
    @Option(help: ArgumentHelp("How many slices the study has.", valueName: "n"))
    var slices = EventLog.Limits.defaultSlices
    @Option(help: ArgumentHelp("The study, which must not exist; a new name without it.", valueName: "name"))
    var study: String?
    @Flag(help: "Keep the study.")
    var keep = false
    @Option(help: ArgumentHelp("Writes latencies second by second as an HdrHistogram log.", valueName: "file"))
    var histogramLog: String?
    @Option(help: ArgumentHelp("Writes a page with the curves of latency and lag.", valueName: "file"))
    var html: String?
    @Option(help: "Show progress: auto (on a terminal), always or never.")
    var progress = ProgressMode.auto
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @OptionGroup var scenario: ScenarioOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        try output.check([.table, .json], for: "load")
        try check(connections, isIn: 1...16, "--connections")
        try check(workers, isIn: 0...16, "--workers")
        try check(slices, isIn: 1...EventLog.Limits.greatestSlices, "--slices")
        _ = try conditions()
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let conditions = try conditions()
        let plan = try await plan(context)
        // Whether somebody reads the report or not, the study goes.
        StandardStreams.outliveReaders()
        // A name that cannot be written to is told now, not after the test.
        let (html, histogramLog) = (html, histogramLog)
        let files = try await context.untilSignalled { try await LoadFiles(html: html, histogramLog: histogramLog) }
        let measured: Measured
        var haveLived = true
        // How the program ends where the study could not be removed at the end.
        var ending: ExitStatus?
        do {
            let bench = try await LoadBench(
                study ?? Self.name(at: context.now), slices: slices, connections: connections, database,
                context)
            let command = self
            let outcome: Result<(Measured, haveLived: Bool), any Error>
            do {
                outcome = .success(
                    try await bench.withWorkers(workers, database, context) {
                        let test = LoadTest(bench.target, clock: .continuous { context.now })
                        return try await command.measure(test, plan, conditions, context)
                    })
            } catch {
                outcome = .failure(error)
            }
            do throws(Failure) { try await bench.close(keeping: keep) } catch {
                context.logger().error("\(error.message)")
                ending = error.status
            }
            (measured, haveLived) = try outcome.get()
        } catch {
            await files.discard()
            throw error
        }
        try await files.write(measured)
        if let refusal = measured.refusal { await context.output.end(after: refusal) }
        return ending ?? (haveLived ? measured.status : .fellShort)
    }

    /// Runs the test, or the search, and prints what it found.
    private func measure(
        _ test: LoadTest, _ plan: LoadPlan, _ conditions: [LoadCondition], _ context: Context
    ) async throws -> Measured {
        let isShown = progress.isShown(database.verbosity, context)
        let signals = context.signals
        let onSecond: LoadTest.Progress = { second in
            if isShown { StandardStreams.error.show(Self.line(second)) }
        }
        if findMax {
            let search = try await test.findMax(
                plan, failIf: conditions, stop: { await signals.first() },
                onTrial: { trial in
                    guard isShown else { return }
                    let verdict = trial.held ? "holds" : "fails: " + trial.reasons.joined(separator: ", ")
                    StandardStreams.error.show("\(Int(trial.result.plan.rate)) events/s \(verdict)\n")
                }, onSecond: onSecond)
            let text = output == .json ? search.json() : search.table(context.style)
            return Measured(
                refusal: await context.output.offer(text),
                status: search.highest == nil && !search.isStopped ? .fellShort : .done, page: LoadPage(search),
                result: (search.best ?? search.trials.last)?.result)
        }
        let result = try await test.run(plan, stop: { await signals.first() }, onSecond: onSecond)
        let text =
            output == .json ? result.json(failIf: conditions) : result.table(context.style, failIf: conditions)
        return Measured(
            refusal: await context.output.offer(text),
            status: conditions.holding(for: result).isEmpty ? .done : .fellShort,
            page: LoadPage(result, failIf: conditions), result: result)
    }

    private func conditions() throws -> [LoadCondition] {
        guard let failIf else { return [] }
        do throws(LoadError) { return try LoadCondition.parse(failIf) } catch {
            throw ValidationError("--fail-if: \(error.description)")
        }
    }

    private func plan(_ context: Context) async throws -> LoadPlan {
        let source = scenario
        let scenario = try await context.untilSignalled { try await source.resolved() }
        do throws(LoadError) {
            return try LoadPlan(
                rate: rate, seconds: duration, rampSeconds: ramp, patients: patients, scenario: scenario,
                seed: source.seed)
        } catch {
            throw Failure(.usage, error.description)
        }
    }

    /// A name that nobody else is likely to use, short enough for a column.
    private static func name(at now: Int64) -> String { "load-" + Instant.text(now).filter(\.isNumber).prefix(17) }

    /// One line of progress.
    private static func line(_ second: LoadSecond) -> String {
        func milliseconds(_ latency: LoadSecond.Latency?) -> String {
            latency.map { "\(($0.p99 + 500) / 1000) ms" } ?? "-"
        }
        return "\(Int(second.start + second.length)) s: \(second.offered) due, \(second.acknowledged) durable "
            + "(p99 \(milliseconds(second.append))), \(second.visible) visible (p99 \(milliseconds(second.seen))), "
            + "\(second.lag) behind\n"
    }
}

/// What a load test came to; page and result are missing where nothing was tried.
private struct Measured: Sendable {
    /// Why the report could not be printed.
    var refusal: StandardStreams.Refusal?
    var status: ExitStatus
    var page: LoadPage?
    var result: LoadResult?
}

/// The files that a load test writes, which are there whole or not at all.
private struct LoadFiles: Sendable {
    private let html: FileInProgress?
    private let histogramLog: FileInProgress?

    /// Opens the files that are asked for.
    init(html: String?, histogramLog: String?) async throws {
        let page = try await WholeFileOption.begin(html)
        do {
            self.histogramLog = try await WholeFileOption.begin(histogramLog)
        } catch {
            await page?.discard()
            throw error
        }
        self.html = page
    }

    /// Writes what was found; no file is begun any more, whether this succeeds or not.
    func write(_ measured: Measured) async throws {
        guard let page = measured.page, let result = measured.result else { return await discard() }
        do {
            try await Self.finish(html, page.html)
        } catch {
            await histogramLog?.discard()
            throw error
        }
        try await Self.finish(histogramLog, HistogramLog.text(of: result))
    }

    /// Gives up the files that were begun.
    func discard() async {
        await html?.discard()
        await histogramLog?.discard()
    }

    private static func finish(_ file: FileInProgress?, _ text: @autoclosure () -> String) async throws {
        guard let file else { return }
        do {
            try await file.write(Array(text().utf8))
            try await file.finish()
        } catch {
            await file.discard()
            throw error
        }
    }
}
