import Foundation
import Measuring
import Subprocess
import SystemPackage

/// The Python library `eventsourcing` on the same server, run in processes of its own.
struct EventSourcingPeer: Sendable {
    private let python: String
    private let script: String
    /// The versions of Python, the library and its driver, as a line.
    let description: String

    /// What a run printed.
    struct Run: Decodable, Sendable {
        let events: Int
        /// Without the start of Python and its imports.
        let seconds: Double
        let peakMegabytes: Double

        /// Events in a second.
        var rate: Double { Double(events) / seconds }
    }

    /// The peer.
    ///
    /// - Parameters:
    ///   - python: the path of a Python that has the library.
    ///   - script: the program that uses it.
    init(_ python: String, script: String) async throws {
        guard FileManager.default.fileExists(atPath: script) else {
            throw Failure("\(script) is not there; start in the folder of the package, or name it with --peer.")
        }
        self.python = python
        self.script = script
        do {
            description = try await Self.output(of: python, [script, "version"])
                .trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw Failure("\(python) cannot use the library eventsourcing; make bench-peers installs it. \(error)")
        }
    }

    /// Appends a file of event lines to an empty database.
    func append(_ lines: String, to url: String) async throws -> Run {
        try await run(["append", url, lines])
    }

    /// Folds what is in a database into a file of outcome lines.
    func replay(_ url: String, into outcomes: String) async throws -> Run {
        try await run(["replay", url, outcomes])
    }

    private func run(_ arguments: [String]) async throws -> Run {
        let text = try await Self.output(of: python, [script] + arguments)
        return try JSONDecoder().decode(Run.self, from: Data(text.utf8))
    }

    private static func output(of python: String, _ arguments: [String]) async throws -> String {
        let executable: Executable = python.contains("/") ? .path(FilePath(python)) : .name(python)
        let result = try await Subprocess.run(
            executable, arguments: Arguments(arguments), input: .none, output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else { throw Failure("Python failed: \(result.standardError)") }
        return result.standardOutput
    }
}
