import ArgumentParser
import EventLog
import Foundation
import LocalServer
import Logging
import Postgres

/// What every command is given: the outside world.
struct Context: Sendable {
    let environment: Environment
    let signals: Signals
    var output = StandardStreams.output
    let errors = StandardStreams.error

    /// The instant now, in microseconds since 1970.
    var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Ends the program ten seconds after a first signal, if it is still there then.
    ///
    /// It waits for what does not come, such as an answer over a connection that is only half there. Returns where no signal
    /// came, or when the task is cancelled. Nobody who does not read what is said can put off the end.
    func endAfterGrace() async {
        guard let number = signals.received, (try? await Task.sleep(for: .seconds(10))) != nil, signals.beginEnd()
        else {
            return
        }
        errors.say(
            "trough: What was under way has not ended for ten seconds after the signal, as where the database does not "
                + "answer, or nobody takes what is written; stopped without waiting any longer.\n")
        await errors.flush(within: StandardStreams.moment)
        _exit(128 + number)
    }

    /// Waits until people have been told everything that was said; once a signal has come, no longer than a moment.
    func finishTelling() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await errors.flush() }
            group.addTask {
                await signals.first()
                try? await Task.sleep(for: StandardStreams.moment)
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Does what may wait for somebody before the work begins, such as opening a pipe, and gives it up at the first signal.
    ///
    /// Commands that finish in their own way when signalled have nothing to finish by then. What is done by the time at
    /// which it is given up counts. What cannot be given up, such as waiting for a server that does not answer, keeps the
    /// program for ten seconds at most.
    func untilSignalled<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await cancelledWhenSignalled(body) }
            group.addTask {
                await signals.first()
                await endAfterGrace()
                return nil
            }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private func cancelledWhenSignalled<R: Sendable>(
        _ body: @escaping @Sendable () async throws -> R
    ) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                await signals.first()
                return nil
            }
            while let result = try await group.next() {
                if let result { return result }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }

    /// A logger to standard error; says what a person should know where nothing else is asked for.
    func logger(_ verbosity: Verbosity? = nil) -> Logger {
        var logger = Logger(label: "trough") { _ in PlainLog() }
        logger.logLevel = verbosity?.quiet == true ? .error : verbosity?.verbose == true ? .debug : .notice
        return logger
    }
}

/// A command of the program.
protocol TroughCommand: AsyncParsableCommand, Sendable {
    /// Whether a first signal lets the command finish in its own way; otherwise it is cancelled where it stands.
    static var finishesWhenSignalled: Bool { get }

    /// Does the work.
    mutating func run(in context: Context) async throws -> ExitStatus
}

extension TroughCommand {
    static var finishesWhenSignalled: Bool { false }
}

/// Log lines for people: no time, no label.
struct PlainLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        // On a terminal a bar of progress may stand in the line, which draws itself anew.
        let start = StandardStreams.error.isTerminal ? "\r\u{1B}[K" : ""
        StandardStreams.error.say("\(start)trough: \(Launch.printable("\(event.message)"))\n")
    }
}
