import ArgumentParser
import Report
import Trial

/// `trough protocol`: what counts as failure.
struct ProtocolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protocol",
        abstract: "Shows the default protocol, or checks a protocol file.",
        discussion: "Example:\n  trough protocol show > mine.yaml",
        subcommands: [Show.self, Check.self])

    /// The command `trough protocol show`.
    struct Show: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the default protocol, roblin-2020, as a file to start one's own from.",
            discussion: "Example:\n  trough protocol show > mine.yaml")
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            let text = TrialProtocol.defaultYAML
            await context.output.write(text.hasSuffix("\n") ? text : text + "\n")
            return .done
        }
    }

    /// The command `trough protocol check`.
    struct Check: TroughCommand {
        static let configuration = CommandConfiguration(
            abstract: "Checks a protocol file and says in words what it asks for.",
            discussion: "Example:\n  trough protocol check mine.yaml")
        @Argument(help: "The protocol file, - for standard input.")
        var file: String
        @OptionGroup var verbosity: Verbosity

        mutating func run(in context: Context) async throws -> ExitStatus {
            let trial = try await ProtocolSource.read(file)
            var text = "\(file): protocol \(trial.name)\n"
            text += "arms        \(trial.arms.joined(separator: ", "))\n"
            text += "horizon     day \(trial.horizon)\n"
            text += "treatment stop that is not for an adverse event: \(trial.treatmentStop.rawValue)\n"
            for endpoint in trial.endpoints {
                text += "\n\(endpoint.name)\n"
                for criterion in endpoint.criteria {
                    text += Self.lines("\(criterion.name): \(criterion.summary)", context)
                }
            }
            // The file may be from somebody else, and its names hold whatever is no control character.
            await context.output.write(Launch.printable(text))
            return .done
        }

        /// A criterion below its endpoint, on a terminal in lines that it shows whole.
        private static func lines(_ criterion: String, _ context: Context) -> String {
            guard context.output.isTerminal else { return "  \(criterion)\n" }
            return "  " + criterion.wrapped(to: context.style.width - 4).joined(separator: "\n    ") + "\n"
        }
    }
}
