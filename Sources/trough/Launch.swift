import ArgumentParser
import EventLog
import Foundation
import Postgres
import Projection
import Report

/// Runs one command from its arguments to an exit status.
enum Launch {
    /// Parses the arguments, runs the command and translates whatever it throws.
    static func run(_ arguments: [String]) async -> ExitStatus {
        openStandardDescriptors()
        let environment = Environment(ProcessInfo.processInfo.environment)
        MemoryAllocation.keepFreedMemory(environment)
        let command: any ParsableCommand
        do {
            // Only parsed, which fails, and never run.
            if let unknown = unknownCommand(helpedBy: arguments) { _ = try Trough.parseAsRoot(unknown) }
            command = try Trough.parseAsRoot(NegativeValues.joined(arguments))
        } catch {
            return await explain(error)
        }
        guard let command = command as? any TroughCommand else {
            // Help, a completion script, or a command that only has subcommands: printing is all it does.
            do {
                var command = command
                try command.run()
                return .done
            } catch {
                return await explain(error)
            }
        }
        let signals = await Signals()
        let context = Context(environment: environment, signals: signals)
        return await run(command, context)
    }

    /// The words up to the first that is no command, where help is asked for it; the parser would show that of what leads there.
    private static func unknownCommand(helpedBy arguments: [String]) -> [String]? {
        let isAsked = arguments.first == "help"
        let path = Array((isAsked ? arguments.dropFirst() : arguments[...]).prefix { !$0.hasPrefix("-") })
        guard isAsked || arguments.dropFirst(path.count).contains(where: ["-h", "--help"].contains) else { return nil }
        var command: any ParsableCommand.Type = Trough.self
        for (index, word) in path.enumerated() {
            let subcommands = command.configuration.subcommands
            if subcommands.isEmpty { return nil }
            // The name that the parser goes by, also where it is that of the type.
            guard let next = subcommands.first(where: { $0._commandName == word }) else { return Array(path[...index]) }
            command = next
        }
        return nil
    }

    /// Gives standard input, output and error something to lead to where they came closed, so that no file or
    /// connection gets their number.
    ///
    /// Opened the wrong way round: data that nobody can get are a failure, and not lost in silence.
    private static func openStandardDescriptors() {
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Ends the process.
    ///
    /// Nothing is buffered in the program by then.
    static func exit(_ status: ExitStatus) -> Never { Foundation.exit(status.code) }

    /// Runs a command beside a watch for the first signal, which cancels commands that can be dropped half-way.
    ///
    /// What waits for an answer that never comes, over a connection that is only half there, does not keep them from ending.
    private static func run(_ command: any TroughCommand, _ context: Context) async -> ExitStatus {
        await withTaskGroup(of: ExitStatus.self) { group in
            group.addTask { await finish(command, context) }
            if !type(of: command).finishesWhenSignalled {
                group.addTask {
                    await context.signals.first()
                    await context.endAfterGrace()
                    return .done
                }
            }
            let status = await group.next() ?? .defect
            group.cancelAll()
            return status
        }
    }

    private static func finish(_ command: any TroughCommand, _ context: Context) async -> ExitStatus {
        let result = await withTaskGroup(of: ExitStatus?.self) { group in
            group.addTask {
                var command = command
                do {
                    return try await command.run(in: context)
                } catch {
                    return await explain(error, context)
                }
            }
            group.addTask {
                await context.signals.first()
                return nil
            }
            while let status = await group.next() {
                if let status {
                    group.cancelAll()
                    return status
                }
                if context.signals.received != nil, !type(of: command).finishesWhenSignalled { group.cancelAll() }
            }
            return .defect
        }
        await context.finishTelling()
        if let signal = context.signals.received { return .signal(signal) }
        return result
    }

    /// A message without anything that would move a terminal's cursor: names of files and studies may hold whatever they like.
    static func printable(_ message: String) -> String {
        message.components(separatedBy: "\n").map { line in
            line.replacingOccurrences(of: "\t", with: "  ").printable(Style())
        }.joined(separator: "\n")
    }

    /// Prints what went wrong, to standard error, and tells the exit status for it.
    private static func explain(_ error: any Error, _ context: Context? = nil) async -> ExitStatus {
        switch error {
        case let failure as Failure:
            if !failure.message.isEmpty { await StandardStreams.error.write("trough: \(printable(failure.message))\n") }
            return failure.status
        case let error as LogError:
            return await explain(Failure(error), context)
        case let error as ReplayError:
            return await explain(Failure(error), context)
        case let error as SpillError:
            return await explain(Failure(error), context)
        case let error as PostgresError:
            return await explain(Failure(LogError.database(error)), context)
        case is CancellationError:
            return .done
        default:
            let code = Trough.exitCode(for: error)
            let text = Trough.fullMessage(for: error)
            guard code.isSuccess else {
                await StandardStreams.error.write(printable(text) + "\n")
                return code == .validationFailure ? .usage : .defect
            }
            await StandardStreams.output.write(text + "\n")
            return .done
        }
    }
}
