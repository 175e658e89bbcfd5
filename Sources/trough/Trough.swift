import ArgumentParser

/// The command line: the composition root, and the only reader of the environment.
@main
struct Trough: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trough",
        abstract: "Keeps a trial's history as an append-only log in PostgreSQL and folds it into outcomes.",
        discussion: """
            Start with "trough demo", which streams a bundled trial history into a private log, replays it and reports it. \
            Without --database, DATABASE_URL, PGHOST or PGSERVICE, a private PostgreSQL of your own is started on demand.

            Example:
              trough demo
            """,
        version: Version.text,
        subcommands: [
            DemoCommand.self, AppendCommand.self, ReplayCommand.self, ReportCommand.self, DiffCommand.self,
            PatientsCommand.self, PatientCommand.self, TailCommand.self, ExportCommand.self, WorkerCommand.self,
            OutcomesCommand.self, LoadCommand.self, StatusCommand.self, SealCommand.self, VerifyCommand.self,
            AnchorCommand.self, ProtocolCommand.self, SimulateCommand.self, MergeCommand.self, ScenarioCommand.self,
            CalibrateCommand.self, SchemaCommand.self, LocalCommand.self,
        ]
    )

    static func main() async {
        let status = await Launch.run(Array(CommandLine.arguments.dropFirst()))
        Launch.exit(status)
    }
}

/// The program's version.
enum Version {
    static let number = "0.1.0"
    static let text = "trough \(number)"
}
