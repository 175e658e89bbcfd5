import ArgumentParser
import EventLog
import Postgres
import Report
import Trial

/// `trough status`: what the log holds.
struct StatusCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tells which studies the log holds, how far their slices have come, and the heads of their chains.",
        discussion: """
            Example:
              trough status --slices
            """)

    @Option(help: ArgumentHelp("Only this study.", valueName: "name"))
    var study: String?
    @Flag(help: "A line for each slice.")
    var slices = false
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @OptionGroup var database: DatabaseOptions

    func validate() throws { try output.check([.table, .json], for: "status") }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let (_, connection) = try await database.open(context)
        let name = study
        let states = try await connection.perform { session throws(LogError) in
            let studies = if let name { [try Studies.open(name, session)] } else { try Studies.all(session) }
            var states: [StudyState] = []
            for study in studies { states.append(try StudyState(study, session)) }
            return states
        }
        await connection.close()
        await context.output.write(output == .json ? Self.object(states) : table(states))
        return .done
    }

    private static func object(_ states: [StudyState]) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("studies")
            writer.array(states) { writer, state in writer.object { write(state, to: &$0) } }
        }
        writer.endLine()
        return writer.text
    }

    private static func write(_ state: StudyState, to writer: inout JSONWriter) {
        writer.member("name", state.study.name)
        writer.member("events", Int(state.events))
        writer.member("patients", state.patients)
        writer.member("recorded", optional: state.lastRecorded.map(Instant.text))
        writer.key("slices")
        writer.array(state.slices) { writer, slice in
            writer.object { writer in
                writer.member("slice", slice.index)
                writer.member("position", Int(slice.position))
                writer.member("patients", slice.patients)
                writer.member("digest", slice.digest)
            }
        }
    }

    private func table(_ states: [StudyState]) -> String {
        if states.isEmpty { return "The log holds no study yet.\n" }
        var text = Self.row("study", "events", "patients", "slices", "last recorded")
        for state in states {
            text += Self.row(
                state.study.name, String(state.events), String(state.patients), String(state.study.slices),
                state.lastRecorded.map(Instant.text) ?? "-")
            guard slices else { continue }
            for slice in state.slices {
                text += Self.row(
                    "  slice \(slice.index)", String(slice.position), String(slice.patients), "",
                    slice.digest.prefix(16) + "…")
            }
        }
        return text
    }

    private static func row(
        _ name: String, _ events: String, _ patients: String, _ slices: String, _ last: String
    ) -> String {
        name.padded(to: 20) + events.padded(to: -12) + patients.padded(to: -10) + slices.padded(to: -8) + "  " + last
            + "\n"
    }
}

extension String {
    /// The text filled with spaces to a width: behind it, or before it where the width is negative.
    fileprivate func padded(to width: Int) -> String {
        let space = String(repeating: " ", count: max(0, abs(width) - count))
        return width < 0 ? space + self : self + space
    }
}
