import ArgumentParser
import Foundation
import Projection
import Report
import Trial

/// `trough replay`: folds the log into outcomes.
struct ReplayCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Folds the log into outcomes, in parallel.",
        discussion: """
            The digest is SHA-256 over the outcome lines: equal digests mean equal outcomes, whatever the number of shards \
            and the order in which events arrived.

            Several protocols are folded in one read of the log: the table then has a row for each, json is an array with \
            an object for each, and --outcomes is given once for each or not at all.

            A replay is divided among processes and machines by --slices and --partial; trough merge joins the parts. Slices \
            are independent of each other, so that parts may be made at different moments: each holds what its slices held \
            then. --as-of cuts all of them at one moment of recording.

            The digest is of the outcomes of all slices. Of some of them there is none, with --partial or without: the table \
            says which slices they are, the json has firstSlice and lastSlice, and its digest is null.

            Outcomes take some hundred bytes a patient and protocol. What goes beyond four megabytes a protocol lies in a \
            temporary file without a name, in the folder TMPDIR, or /var/tmp without it.

            With several --database the shards are spread over them. The first says how far each slice is read; the others \
            must be copies of it, such as hot standbys, and are waited for up to ten seconds where they lag behind.

            Example:
              trough replay --until 2016-06-30 --outcomes outcomes.ndjson
              trough replay --protocol default --protocol mine.yaml
              trough replay --slices 0-31 --partial low.trough
            """)

    @Option(
        name: .customLong("protocol"), parsing: .singleValue,
        help: ArgumentHelp(
            "The protocol file, or default for roblin-2020, which it is without this; may be given up to "
                + "\(Projection.Limits.protocols) times.",
            valueName: "file"))
    var protocols: [String] = []
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Writes one outcome line for each randomised patient; - for standard output, and then the table goes to "
                + "standard error. With several protocols given once for each, in their order.",
            valueName: "file"))
    var outcomes: [String] = []
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @Option(
        help: ArgumentHelp(
            "Folds only these slices of the study, counted from 0, such as 0-15 or 7; all without it.", valueName: "a-b"
        ), transform: SliceRange.init(spelled:))
    var slices: SliceRange?
    @Option(
        help: ArgumentHelp(
            "Writes the outcomes to a file for trough merge instead of printing what they come to; with -o json, what the "
                + "file holds is printed, without a digest.", valueName: "file"))
    var partial: String?
    @OptionGroup var cut: CutOptions
    @OptionGroup var replay: ReplayOptions
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        try output.check([.table, .json], for: "replay")
        guard protocols.count <= Projection.Limits.protocols else {
            throw ValidationError(
                "--protocol is given \(protocols.count) times; expected at most \(Projection.Limits.protocols).")
        }
        guard outcomes.isEmpty || outcomes.count == max(1, protocols.count) else {
            throw ValidationError(
                "--outcomes is given \(counted(outcomes.count, "time")) and --protocol "
                    + "\(counted(protocols.count, "time")); expected one file for each protocol, in the same order.")
        }
        if partial != nil, !outcomes.isEmpty {
            throw ValidationError(
                "--partial keeps outcomes for trough merge, which takes --outcomes; expected one of them.")
        }
        try InputFile.checkReadOnce(protocols)
        try ReplayOutput.check(outcomes, besides: protocols.filter { $0 != "default" })
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let stated =
            protocols.isEmpty
            ? [StatedProtocol(file: "", text: TrialProtocol.defaultYAML, trial: .roblin2020)]
            : try await untilCancelled { [protocols] in try protocols.map(ProtocolSource.stated) }
        if let partial { return try await writePart(stated, to: partial, context) }
        let prepared = try await StudyReplay(
            stated.map(\.trial), study, cut, replay, database, slices: slices, context)
        let results = try await prepared.run(replay, database.verbosity, context)
        return try await ReplayOutput(
            results: results, slices: prepared.someSlices, names: protocols, outcomes: outcomes, format: output,
            isQuiet: database.verbosity.quiet, began: prepared.began
        ).write(context)
    }

    private func writePart(
        _ stated: [StatedProtocol], to path: String, _ context: Context
    ) async throws -> ExitStatus {
        let summary = try await WholeFile.write(to: path) { file in
            let prepared = try await StudyReplay(
                stated.map(\.trial), study, cut, replay, database, slices: slices, hasProvenance: true, context)
            let part = try await prepared.part(stated, cut, replay, database.verbosity, context)
            let bytes = part.encoded()
            guard bytes.count <= Projection.Limits.partSize else {
                throw Failure(
                    .fellShort,
                    "\(path): the part would have \(bytes.count) bytes; expected at most \(Projection.Limits.partSize): give "
                        + "it fewer --slices.")
            }
            try await file.write(bytes)
            // What is printed without being asked for would be in the way of scripts that make many parts.
            guard output == .json else { return ReplaySummary?.none }
            return ReplaySummary(
                of: part, shards: prepared.replay.shards, seconds: Double(context.now - prepared.began) / 1e6)
        }
        if let summary { await context.output.write(summary.json()) }
        return .done
    }
}
