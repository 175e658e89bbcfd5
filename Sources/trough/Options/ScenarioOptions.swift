import ArgumentParser
import Foundation
import StrictYAML
import VirtualCohort

/// From what virtual patients are made.
struct ScenarioOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A scenario that is built in (\(Scenario.builtInNames.joined(separator: ", "))), or a scenario file.",
            valueName: "name|file"))
    var scenario = "roblin-2020"
    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "Changes one value, such as immunogenicity.azathioprineHazardRatio=0.5; may be given several times.",
            valueName: "name=value"))
    var changes: [String] = []
    @Option(help: ArgumentHelp("The seed of all random numbers, 0 to 18446744073709551615.", valueName: "s"))
    var seed: UInt64 = 1

    /// The scenario that is meant, with all changes.
    func resolved() async throws -> Scenario {
        var result = try await Self.read(scenario)
        for change in changes {
            do throws(ScenarioError) {
                try result.set(change)
            } catch {
                throw Failure(.usage, "--set: \(error.description)")
            }
        }
        return result
    }

    /// The scenario of this name, or in this file.
    static func read(_ name: String) async throws -> Scenario {
        if let scenario = Scenario.builtIn(name) { return scenario }
        return try await untilCancelled { try readFile(name) }
    }

    private static func readFile(_ name: String) throws -> Scenario {
        guard FileManager.default.fileExists(atPath: name) else {
            throw Failure(
                .usage,
                "\(name): there is no scenario of this name and no such file; expected "
                    + "\(Scenario.builtInNames.joined(separator: ", ")), or a scenario file.")
        }
        let text = try InputFile.text(name, kind: "scenario file")
        do throws(YAMLRefusal) {
            return try ScenarioFile.parse(text, fileName: name)
        } catch {
            throw Failure(.usage, error.description)
        }
    }
}

/// How many actors make patients, and whether progress is shown.
struct WorkerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many actors make patients; the number of cores without it.", valueName: "n"))
    var workers: Int?
    @Option(help: "Show progress: auto (on a terminal), always or never.")
    var progress = ProgressMode.auto

    /// The number of workers that is meant.
    var count: Int { workers ?? max(1, ProcessInfo.processInfo.activeProcessorCount) }
}

/// One part of several of a simulation, as `K/M`.
struct Part: ExpressibleByArgument, Sendable {
    /// Which part, from 1.
    var number: Int
    /// How many parts there are.
    var count: Int

    init?(argument: String) {
        let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let number = numbers[0], let count = numbers[1] else { return nil }
        self.number = number
        self.count = count
    }
}
