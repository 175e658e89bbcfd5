import EventLog
import Foundation
import LiveProjection
import LoadTest
import Logging
import Postgres
import Subprocess
import SystemPackage
import Trial

/// A study made for a load test, and everything that works on it.
struct LoadBench: Sendable {
    /// What the test drives.
    let target: LoadTarget
    private let study: Study
    private let appender: Appender
    private let connection: Connection

    /// Makes the study and opens the connections.
    init(
        _ name: String, slices: Int, connections: Int, _ database: DatabaseOptions, _ context: Context
    ) async throws {
        let (configuration, connection) = try await database.open(context)
        self.connection = connection
        let study = try await connection.perform { session throws(LogError) -> Study? in
            if try Studies.all(session).contains(where: { $0.name == name }) { return nil }
            return try Studies.openOrCreate(name, slices: slices, isDisposable: true, session)
        }
        guard let study else {
            await connection.close()
            throw Failure(
                .usage, "There is a study \"\(name)\" already; a load test makes one of its own, and removes it.")
        }
        self.study = study
        let (set, appender): (ProjectionSet, Appender)
        do {
            set = try await connection.perform { session throws(LogError) in
                try ProjectionSet.open(study, .roblin2020, session)
            }
            appender = try await Appender(
                to: study, at: configuration,
                by: Attribution(author: context.environment.loginName, reason: "load test", client: Version.text),
                lanes: connections, patience: .seconds(10), logger: context.logger(database.verbosity))
        } catch {
            try? await connection.perform { session throws(LogError) in
                try Studies.removeDisposable(name, session)
            }
            await connection.close()
            throw error
        }
        self.appender = appender
        target = LoadTarget(
            slices: study.slices, slice: { SliceHash.slice(of: $0, among: study.slices) },
            append: { batch in
                let receipt: AppendReceipt
                do throws(LogError) { receipt = try await appender.append(batch) } catch {
                    throw await study.explained(error, over: connection)
                }
                return Acknowledgement(
                    heads: receipt.heads.map { .init(slice: $0.slice, position: $0.position) },
                    refused: receipt.decisions.indices.filter { receipt.decisions[$0] != .stored })
            },
            checkpoints: {
                // Whoever measures how a log outlives its database must see it come back, too.
                do throws(PostgresError) {
                    if await connection.isBroken { try await connection.reconnect() }
                    return try await connection.perform { session throws(PostgresError) in
                        try set.checkpoints(session)
                    }
                } catch {
                    throw LogError.database(error)
                }
            })
    }

    /// What a part of the work came to.
    private enum Part<R: Sendable>: Sendable {
        case ready
        case worker(failure: String?)
        case value(R)
    }

    /// Runs `body` beside worker processes of this program, which end with it.
    ///
    /// - Returns: What the body gave, and whether all workers lived as long as it.
    /// - Throws: what the body throws; ``Failure`` where a worker does not even begin.
    func withWorkers<R: Sendable>(
        _ count: Int, _ database: DatabaseOptions, _ context: Context, _ body: @escaping @Sendable () async throws -> R
    ) async throws -> (R, haveLived: Bool) {
        let logger = context.logger(database.verbosity)
        let line = try LifeLine()
        defer { line.close() }
        return try await withThrowingTaskGroup(of: Part<R>.self) { group in
            defer { group.cancelAll() }
            for _ in 0..<count {
                group.addTask(name: "load worker") { .worker(failure: try await runWorker(database, line)) }
            }
            group.addTask(name: "load start") {
                if count > 0 { try await waitForWorkers(or: context.signals) }
                return .ready
            }
            var (hasBegun, haveLived) = (false, true)
            while let part = try await group.next() {
                switch part {
                case .ready:
                    hasBegun = true
                    group.addTask(name: "load test") { .value(try await body()) }
                case .worker(let failure) where !hasBegun:
                    throw Failure(
                        .database, "A worker of the load test did not begin: \(failure ?? "it ended at once.")")
                case .worker(let failure):
                    // The others take its slices, and how long that takes may be what is measured.
                    logger.warning("A worker of the load test ended early: \(failure ?? "somebody stopped it.")")
                    haveLived = false
                case .value(let value):
                    return (value, haveLived)
                }
            }
            throw CancellationError()
        }
    }

    /// Removes the study, unless it is kept, and closes the connections.
    ///
    /// - Throws: ``Failure`` that says what is left behind.
    func close(keeping isKept: Bool) async throws(Failure) {
        await appender.close()
        if !isKept { try await remove() }
        await connection.close()
    }

    /// Removes the study; a database that is away is waited for a while.
    private func remove() async throws(Failure) {
        let name = study.name
        let deadline = ContinuousClock.now + Self.timeToRemove
        var pause = GrowingPause()
        while true {
            do throws(LogError) {
                try await connected()
                return try await connection.perform { session throws(LogError) in
                    try Studies.removeDisposable(name, session)
                }
            } catch {
                if case .database(let cause) = error, cause.isPassing, ContinuousClock.now < deadline,
                    (try? await Task.sleep(for: pause.next(jitter: .random(in: 0...1)))) != nil
                {
                    continue
                }
                // Nothing is left behind in a log that is gone.
                if case .database(let cause) = error, cause.isOfMissingLog { throw Failure(error) }
                if case .unknownStudy = await study.explained(error, over: connection) {
                    throw Failure(
                        .usage,
                        "The study \"\(name)\" of the load test is not there any more: somebody else removed it.")
                }
                throw Failure(
                    .database,
                    "The study \"\(name)\" of the load test is left behind: \(error.description) "
                        + "In psql, SELECT trough.remove_study('\(name)') removes it.")
            }
        }
    }

    private func connected() async throws(LogError) {
        do throws(PostgresError) {
            if await connection.isBroken { try await connection.reconnect() }
        } catch {
            throw .database(error)
        }
    }

    /// For how long a database that is away is waited for, to leave nothing behind in it.
    private static let timeToRemove = Duration.seconds(10)

    /// Runs a worker until it ends or the task is cancelled; tells why it failed.
    private func runWorker(_ database: DatabaseOptions, _ line: LifeLine) async throws -> String? {
        // A password in an address must not show among the arguments of a process.
        var environment = Subprocess.Environment.inherit
        if let url = database.database { environment = .inherit.updating(["DATABASE_URL": url]) }
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(5))]
        // Ctrl-C is for the test to hear, which ends its workers when it has seen everything projected.
        options.processGroupID = 0
        let result = try await Subprocess.run(
            .path(FilePath(Executable.path)),
            arguments: ["worker", "--quiet", "--while-input-open", "--study", study.name],
            environment: environment, platformOptions: options,
            input: .fileDescriptor(line.end, closeAfterSpawningProcess: false), output: .discarded,
            error: .string(limit: 1 << 16))
        if result.terminationStatus.isSuccess { return nil }
        let words = result.standardError.trimmingCharacters(in: .whitespacesAndNewlines)
        if !words.isEmpty { return String(words.trimmingPrefix("trough: ")) }
        return switch result.terminationStatus {
        case .exited(let code): "it ended with status \(code)."
        case .signaled(let number): "it was killed by signal \(number)."
        }
    }

    /// Waits until all slices are held, or a signal comes.
    private func waitForWorkers(or signals: Signals) async throws {
        let study = study
        while signals.received == nil {
            let isReady = try await connection.perform { session throws(LogError) in
                try ProjectionStatus.all(of: study, session).contains { status in
                    status.slices.allSatisfy { $0.owner != nil }
                }
            }
            if isReady { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

/// A pipe that nobody writes to: its end is open for as long as this process lives, however it dies.
private struct LifeLine: Sendable {
    /// What others read from until it ends.
    let end: FileDescriptor
    private let held: FileDescriptor

    init() throws(Failure) {
        do {
            (end, held) = try FileDescriptor.pipe()
        } catch {
            throw Failure(.defect, "A pipe cannot be made: \(error).")
        }
        // No worker may inherit what is held here; none is started before this is said.
        for descriptor in [end, held] { _ = fcntl(descriptor.rawValue, F_SETFD, FD_CLOEXEC) }
    }

    func close() {
        try? held.close()
        try? end.close()
    }
}
