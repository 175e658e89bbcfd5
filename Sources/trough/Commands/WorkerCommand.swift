import ArgumentParser
import Dispatch
import EventLog
import Foundation
import LiveProjection
import Logging
import Postgres
import Report
import ServiceLifecycle
import Telemetry
import Trial

/// `trough worker`: the live projection.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Keeps outcomes up to date while events come in; several workers share a study.",
        discussion: """
            Without a subcommand it runs; "trough worker run --help" lists the options for that.

            Example:
              trough worker --study main
              trough worker retry --study main
            """,
        subcommands: [RunWorkerCommand.self, RetryParkedCommand.self, DropOutcomesCommand.self],
        defaultSubcommand: RunWorkerCommand.self)
}

/// `trough worker run`: projects until it is stopped.
struct RunWorkerCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Projects a study until stopped; this is what \"trough worker\" does.",
        discussion: """
            Follows the log, folds the patients whose events are new, and writes their states and outcomes for \
            "trough outcomes" and for people with psql. A worker that dies is replaced by the others within seconds. \
            Under another protocol the outcomes are built beside the present ones, and take their place when they have \
            come as far; workers of the protocol before it end then.

            Example:
              trough worker --study main
            """)
    static let finishesWhenSignalled = true

    @Flag(help: "End once everything is projected that was in the log at the start.")
    var untilCaughtUp = false
    @Option(
        name: .customLong("protocol"),
        help: ArgumentHelp("The protocol file; roblin-2020 without it.", valueName: "file"))
    var protocolFile: String?
    @Option(help: ArgumentHelp("How many actors project side by side.", valueName: "n"))
    var shards = 2
    @Option(
        help: ArgumentHelp("How long this worker keeps its slices after it was last heard of.", valueName: "seconds"))
    var lease = 3.0
    @Option(help: ArgumentHelp("How many events are remembered at most, of about 100 bytes each.", valueName: "events"))
    var remember = Limits.rememberedEvents
    @Option(
        help: ArgumentHelp(
            "Serves /metrics, /healthz and /readyz on this port; 0 takes a free one and says which.", valueName: "port")
    )
    var metricsPort: UInt16?
    @Option(help: ArgumentHelp("Where the metrics are served; 127.0.0.1 without it.", valueName: "address"))
    var metricsHost: String?
    @Flag(
        help: ArgumentHelp(
            "End when standard input does, as it does when whoever started this is gone.", visibility: .hidden))
    var whileInputOpen = false
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if metricsHost != nil, metricsPort == nil { throw ValidationError("--metrics-host goes with --metrics-port.") }
        try check(shards, isIn: 1...64, "--shards")
        try check(lease, isIn: 0.2...300, "--lease", "seconds")
        try check(remember, isIn: 1...1_000_000_000, "--remember", "events")
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let file = protocolFile
        let trial = try await context.untilSignalled { try await ProtocolSource.read(file) }
        let logger = context.logger(database.verbosity)
        let (configuration, opened) = try await openStudy(study.study, database, context)
        let metrics = PrometheusMetrics(help: WorkerMetrics.help)
        let worker = ProjectionWorker(
            on: opened, CompiledProtocol(trial), at: configuration,
            name: "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)",
            shards: shards, lease: .seconds(lease), rememberedEvents: remember, untilCaughtUp: untilCaughtUp,
            metrics: WorkerMetrics(study: opened.name, factory: metrics), logger: logger)
        let services = services(of: worker, metrics, logger)
        do {
            try await context.run(services)
        } catch let error as LiveProjectionError {
            switch error {
            case .log(let cause): throw Failure(cause)
            // The protocol that was asked for is one of before; whoever starts workers anew need not try it again.
            case .retired: throw Failure(.usage, error.description)
            // Nothing was wrong with what was asked for, and yet it was not done: to go on until it is stopped.
            case .superseded, .dropped: throw Failure(.fellShort, error.description)
            }
        } catch let error as MetricsEndpointError {
            throw Failure(.usage, error.description)
        }
        return .done
    }

    /// The worker, and the endpoint of its metrics where that is wanted; one that ends takes the other with it.
    private func services(
        of worker: ProjectionWorker, _ metrics: PrometheusMetrics, _ logger: Logger
    ) -> ServiceGroup {
        var members: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: worker, successTerminationBehavior: .gracefullyShutdownGroup)
        ]
        if whileInputOpen {
            members.append(.init(service: InputWatch(), successTerminationBehavior: .gracefullyShutdownGroup))
        }
        if let metricsPort {
            let host = metricsHost ?? "127.0.0.1"
            let endpoint = MetricsEndpoint(
                host: host, port: metricsPort, metrics: metrics,
                whenListening: { logger.notice("worker: metrics on http://\(host):\($0)/metrics") }
            ) {
                worker.trouble(at: .now).map { .notReady(reason: $0) } ?? .ready
            }
            members.append(.init(service: endpoint))
        }
        // The life cycle's own words are of no interest to those who run a worker.
        var quiet = logger
        if quiet.logLevel > .trace { quiet.logLevel = .error }
        return ServiceGroup(configuration: ServiceGroupConfiguration(services: members, logger: quiet))
    }
}

/// `trough worker retry`: folds parked patients again.
struct RetryParkedCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Has the workers fold parked patients again, all or one.",
        discussion: """
            A patient is parked when one of the events cannot be decoded, or what was made of them cannot be written; \
            "trough status" shows them. What was repaired before this command began counts.

            Example:
              trough worker retry --subject SE-014
            """)

    @Option(help: ArgumentHelp("Only this patient.", valueName: "subject"))
    var subject: String?
    @Option(help: ArgumentHelp("How long to wait for the workers.", valueName: "seconds"))
    var wait = 10.0
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws { try check(wait, isIn: 0...86_400, "--wait", "seconds") }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let (configuration, opened) = try await openStudy(study.study, database, context)
        let connection = try await Connection.open(configuration)
        let subject = subject
        let set = try await currentSet(of: opened, over: connection)
        let asked = try await connection.perform { session throws(PostgresError) in
            let asked = try set.retryParked(subject, session)
            try session.notify(LogChannel.name, payload: LogChannel.payload(of: opened))
            return asked
        }
        if asked == 0, let subject {
            throw Failure(.usage, "There is no parked patient \"\(subject)\" in the study \"\(study.study)\".")
        }
        let deadline = ContinuousClock.now + .seconds(wait)
        var waiting = asked
        while waiting > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(50))
            waiting = try await connection.perform { session throws(PostgresError) in
                try OutcomeReading.parked(in: set, onlyRetried: true, session)
            }
        }
        let left = try await connection.perform { session throws(PostgresError) in
            try OutcomeReading.parked(in: set, onlyRetried: false, session)
        }
        await connection.close()
        if waiting > 0 {
            throw Failure(
                .fellShort,
                "\(counted(waiting, "patient")) \(waiting == 1 ? "waits" : "wait") to be folded again: no worker came within "
                    + "\(String(format: "%g", wait)) s. One that comes later does it.")
        }
        await context.output.write(
            asked == 0 ? "no patient is parked\n" : "\(counted(asked, "patient")) folded again, \(left) still parked\n")
        return left > 0 ? .fellShort : .done
    }

}

/// `trough worker drop`: removes a set of outcomes.
struct DropOutcomesCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Removes a set of outcomes that is not the current one; \"trough status\" lists the sets.",
        discussion: """
            Example:
              trough worker drop 1
            """)

    @Argument(help: "The number of the set.")
    var set: Int32
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    mutating func run(in context: Context) async throws -> ExitStatus {
        let (configuration, opened) = try await openStudy(study.study, database, context)
        let connection = try await Connection.open(configuration)
        let number = set
        let sets = try await connection.perform { session throws(LogError) in
            try ProjectionSet.all(of: opened, session)
        }
        guard let set = sets.first(where: { $0.number == number }) else {
            let known = sets.map { "\($0.number) (\($0.state.rawValue))" }.joined(separator: ", ")
            throw Failure(
                .usage,
                "The study \"\(study.study)\" has no set \(number); it has \(known.isEmpty ? "none" : known).")
        }
        guard set.state != .current else {
            throw Failure(.usage, "Set \(number) is the current one of the study \"\(study.study)\" and stays.")
        }
        do throws(PostgresError) {
            try await connection.perform { session throws(PostgresError) in try set.drop(session) }
        } catch {
            guard error.sqlState == "TR003" else { throw error }
            throw Failure(
                .usage,
                "Set \(number) of the study \"\(study.study)\" became the current one, or was removed, just now.")
        }
        await connection.close()
        return .done
    }
}

/// The set of outcomes that a study shows; a sentence where no worker ever ran.
func currentSet(of study: Study, over connection: Connection) async throws -> ProjectionSet {
    let set = try await connection.perform { session throws(LogError) in
        try ProjectionSet.current(of: study, session)
    }
    guard let set else {
        throw Failure(
            .usage, "No worker has projected the study \"\(study.name)\" yet; \"trough worker\" does that.")
    }
    return set
}

/// Opens the log and finds a study.
func openStudy(
    _ name: String, _ database: DatabaseOptions, _ context: Context
) async throws -> (ConnectionConfiguration, Study) {
    let (configuration, connection) = try await database.open(context)
    let study = try await connection.perform { session throws(LogError) in try Studies.open(name, session) }
    await connection.close()
    return (configuration, study)
}

/// Ends when standard input does.
private struct InputWatch: Service {
    func run() async throws {
        let input = AsyncStream<Void> { continuation in
            // Only its own queue and the end of the stream touch the source, and a source may be cancelled from anywhere.
            nonisolated(unsafe) let source = DispatchSource.makeReadSource(
                fileDescriptor: STDIN_FILENO, queue: DispatchQueue(label: "trough.input"))
            unsafe source.setEventHandler {
                var bytes = [UInt8](repeating: 0, count: 4096)
                // The array is as long as the call is told.
                let count = unsafe read(STDIN_FILENO, &bytes, bytes.count)
                if count == 0 || count < 0 && errno != EINTR && errno != EAGAIN { continuation.finish() }
            }
            continuation.onTermination = { _ in unsafe source.cancel() }
            unsafe source.activate()
        }
        await cancelWhenGracefulShutdown { for await _ in input {} }
    }
}

extension Context {
    /// Runs services until they end or the first signal asks them to.
    ///
    /// What waits for an answer that never comes, over a connection that is only half there, does not keep the program
    /// from ending: what was not finished then is the next worker's, once the lease has run out.
    func run(_ services: ServiceGroup) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            group.addTask {
                await signals.first()
                if signals.received == nil { return }
                await services.triggerGracefulShutdown()
                await endAfterGrace()
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
