import ArgumentParser
import Report
import VirtualCohort

/// `trough scenario`: what virtual patients are made from.
struct ScenarioCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenario",
        abstract: "Lists and shows the scenarios that are built in, or checks a scenario file.",
        discussion: "Example:\n  trough scenario show pants-hr > mine.yaml",
        subcommands: [List.self, Show.self, Check.self])

    /// The command `trough scenario list`.
    struct List: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the scenarios that are built in.", discussion: "Example:\n  trough scenario list")
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            let width = (Scenario.builtInNames.map(\.count).max() ?? 0) + 2
            let lines = Scenario.builtInNames.map { name in
                name + String(repeating: " ", count: width - name.count) + Scenario.purpose(ofBuiltIn: name) + "\n"
            }
            await context.output.write(lines.joined())
            return .done
        }
    }

    /// The command `trough scenario show`.
    struct Show: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a scenario as a file to start one's own from.",
            discussion: "Example:\n  trough scenario show roblin-2020 > mine.yaml")
        @Argument(help: "A scenario that is built in, or a scenario file.")
        var scenario = "roblin-2020"
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            await context.output.write(try await ScenarioOptions.read(scenario).yaml)
            return .done
        }
    }

    /// The command `trough scenario check`.
    struct Check: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks a scenario file and shows what it changes.",
            discussion: "Example:\n  trough scenario check mine.yaml")
        @Argument(help: "The scenario file.")
        var file: String
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            let scenario = try await ScenarioOptions.read(file)
            await context.output.write(ScenarioDescription(scenario).table(context.style))
            return .done
        }
    }
}
