import ArgumentParser
import EventLog
import Projection
import Report
import Trial

extension PatientState.Phase: ExpressibleByArgument {}

/// `trough patients`: the projected state of every patient.
struct PatientsCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "patients",
        abstract: "Lists the projected state of every patient, a line each, as of any cut.",
        discussion: """
            The table is as wide as the terminal. In a pipe or a file it has 80 columns, or as many as the environment \
            variable COLUMNS says, at least 40.

            Example:
              trough patients --arm monotherapy --failed clinical-failure
            """)

    @Option(help: ArgumentHelp("Only this arm; may be given several times.", valueName: "name"))
    var arm: [String] = []
    @Option(help: ArgumentHelp("Only this phase; may be given several times.", valueName: "phase"))
    var phase: [PatientState.Phase] = []
    @Option(help: ArgumentHelp("Only patients who met this endpoint.", valueName: "endpoint"))
    var failed: String?
    @Option(name: .shortAndLong, help: "table, json, ndjson or csv.")
    var output = OutputFormat.table
    @OptionGroup var trial: ProtocolOption
    @OptionGroup var cut: CutOptions
    @OptionGroup var replay: ReplayOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    /// How the list is spelled for programs; `nil` for people.
    private var spelling: PatientList.Spelling? {
        switch output {
        case .table: nil
        case .json: .json
        case .ndjson: .ndjson
        case .csv: .csv
        }
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let trial = try await trial.trialProtocol()
        let prepared = try await StudyReplay([trial], study, cut, replay, database, context)
        let bar = ProgressBar(
            of: Int(prepared.reader.events), unit: "events",
            isShown: replay.progress.isShown(database.verbosity, context), context)
        let states = try await PatientCollection.states(prepared.reader, prepared.replay) { bar.advance(by: $0) }
        bar.clear()
        let list: PatientList
        do throws(PatientFilterError) {
            list = try PatientList(
                states, protocol: trial,
                filter: PatientFilter(arms: arm, phases: phase, failed: failed))
        } catch {
            throw Failure(.usage, error.message)
        }
        guard let spelling else {
            var text: [UInt8] = []
            list.appendTable(width: context.output.width(context.environment), to: &text)
            await context.output.write(text)
            return .done
        }
        var number = 0
        while let page = list.page(number, as: spelling) {
            await context.output.write(page)
            number += 1
        }
        return .done
    }
}

/// `trough patient`: one patient's history.
struct PatientCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "patient",
        abstract: "Prints one patient's timeline, outcomes and the very events that made them.",
        discussion: """
            Example:
              trough patient FO-002 --until 2015-12-31
            """)

    @Argument(help: "The subject.")
    var subject: String
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @OptionGroup var trial: ProtocolOption
    @OptionGroup var cut: CutOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        try output.check([.table, .json], for: "patient")
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let trial = try await trial.trialProtocol()
        let prepared = try await StudyReplay([trial], study, cut, ReplayOptions.parse([]), database, context)
        let until = prepared.replay.until
        let timeline = try await PatientCollection.one(Array(subject.utf8), prepared.reader, prepared.replay) {
            subject, outcome, history, batch throws(DetailError) in
            try PatientTimeline(
                subject: subject, outcome: outcome, history: history, batch: batch, protocol: trial, until: until)
        }
        guard let timeline else {
            guard cut.asOf != nil || cut.until != nil else { throw Failure.unknownSubject(subject, in: study.study) }
            throw Failure(
                .usage,
                "There is no event of a subject \"\(subject)\" in the study \"\(study.study)\" before the cut; without "
                    + "--as-of and --until the whole history counts.")
        }
        var text: [UInt8] = []
        if output == .table {
            timeline.appendTable(width: context.output.width(context.environment), to: &text)
        } else {
            timeline.appendJSON(to: &text)
        }
        await context.output.write(text)
        return .done
    }
}
