import ArgumentParser
import Foundation
import LocalServer

/// `trough demo`: start to finish on the bundled trial history.
struct DemoCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Streams the bundled trial history into a private log in a temporary place, replays and reports it.",
        discussion: """
            The history is a virtual replica of the trial's shape, 90 patients of whom none exists; it is not patient data. \
            Nothing is left behind.

            Example:
              trough demo
            """)
    static let finishesWhenSignalled = true
    @OptionGroup var verbosity: Verbosity

    mutating func run(in context: Context) async throws -> ExitStatus {
        let example = try Executable.resource("roblin-replica.ndjson")
        let home = try Self.makeFolder()
        let server = LocalServer(
            home: home, environmentPath: context.environment.path, logger: context.logger(verbosity))
        let clearAway = { @Sendable () async in
            try? await server.destroy()
            try? FileManager.default.removeItem(atPath: home)
        }
        // A reader may have seen enough at any step.
        var context = context
        context.output = context.output.clearingAway(clearAway)
        let result: Result<ExitStatus, any Error>
        do {
            result = .success(try await play(example, on: server, context))
        } catch {
            result = .failure(error)
        }
        await clearAway()
        return try result.get()
    }

    private func play(_ example: String, on server: LocalServer, _ context: Context) async throws -> ExitStatus {
        await say("The history of 90 virtual patients, shaped like the trial's; not patient data.\n", context)
        await say("Starting a private PostgreSQL in a temporary place …", context)
        do throws(LocalServerError) { _ = try await server.start() } catch {
            throw Failure(error)
        }
        let patient = "FO-002"
        let steps: [[String]] = [
            ["schema", "install"], ["append", example], ["replay"], ["patient", patient], ["report", "--curves"],
        ]
        for step in steps {
            if context.signals.received != nil { return .done }
            let shown = step.map { $0 == example ? "roblin-replica.ndjson" : $0 }
            await say("\n$ trough " + shown.joined(separator: " "), context)
            let command = try Trough.parseAsRoot(step + ["--database", server.url] + verbosity.arguments)
            guard var command = command as? any TroughCommand else { continue }
            let status = try await command.run(in: context)
            if status != .done { return status }
        }
        await say(
            "\nThat was it; the log is gone again. The same commands work on your own files:\ntrough --help", context)
        return .done
    }

    private func say(_ text: String, _ context: Context) async { await context.output.write(text + "\n") }

    private static func makeFolder() throws -> String {
        let path = NSTemporaryDirectory() + "trough-demo-" + UUID().uuidString.prefix(8)
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        } catch {
            throw Failure(.fellShort, "\(path): the temporary folder cannot be made: \(error.localizedDescription)")
        }
        return path
    }
}
