import ArgumentParser
import Foundation
import Projection
import Report
import Simulation

/// `trough merge`: joins the partial results of a simulation or of a replay.
struct MergeCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Joins partial results of simulate --partial or of replay --partial into the result of one run.",
        discussion: """
            The parts may come in any order. What is printed is byte for byte what one run over all of them would have \
            printed. Exits with 1 when parts of a simulation are missing at the ends; a gap between parts is refused.

            Parts of a replay must be of one study under the same protocols and cuts, every slice in exactly one of them. \
            The same table or json is printed as by replay: seconds and rate are those of the merge, and shards is the \
            number of parts. The parts need not be of one moment; replay --as-of cuts all of them at one.

            Example:
              trough merge part-*.trough -o json
              trough merge part-*.trough --outcomes outcomes.ndjson
            """)

    @Argument(help: "The partial results.")
    var files: [String]
    @Option(help: ArgumentHelp("Writes the joined parts as a partial result again.", valueName: "file"))
    var partial: String?
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Of a replay: writes one outcome line for each randomised patient; - for standard output. With several "
                + "protocols given once for each, in their order.",
            valueName: "file"))
    var outcomes: [String] = []
    @Option(
        name: .shortAndLong,
        help: "table or json; of a simulation also csv or ndjson (an object for each endpoint or trial).")
    var output = OutputFormat.table
    @OptionGroup var verbosity: Verbosity

    func validate() throws {
        try InputFile.checkReadOnce(files)
        try ReplayOutput.check(outcomes, besides: files)
        if partial != nil, !outcomes.isEmpty {
            throw ValidationError("--partial and --outcomes are both given; expected one of them.")
        }
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let began = context.now
        let first = try await Self.read(files[0])
        guard !ReplayPart.isMeant(by: first) else { return try await mergeReplay(first, since: began, context) }
        guard outcomes.isEmpty else {
            throw Failure(.usage, "\(files[0]): The file is no partial replay, and only those have --outcomes.")
        }
        return try await mergeSimulation(first, context)
    }

    private func mergeSimulation(_ first: [UInt8], _ context: Context) async throws -> ExitStatus {
        var parts: [SimulationResult] = []
        for (number, file) in files.enumerated() {
            let bytes = number == 0 ? first : try await Self.read(file)
            if ReplayPart.isMeant(by: bytes) { throw otherKind(file, "replay") }
            do throws(PartialResultError) {
                parts.append(try PartialResult.decode(bytes))
            } catch {
                throw Failure(.usage, "\(file): The file \(error.reason)")
            }
        }
        let result: SimulationResult
        do throws(MergeError) {
            result = try SimulationResult.merging(parts)
        } catch {
            let file = if case .otherSimulation(let part, _) = error { files[part] + ": " } else { "" }
            throw Failure(.usage, file + error.description)
        }
        if let partial {
            try await WholeFile.write(try PartialResult.encode(result), to: partial)
        } else {
            await context.output.write(try SimulationOutput.text(of: result, as: output, context))
        }
        guard !result.isWhole else { return .done }
        if !verbosity.quiet { await context.errors.write("trough: \(Self.stretch(of: result))\n") }
        return partial == nil ? .fellShort : .done
    }

    /// Which patients or trials they are, where they are not all of them.
    private static func stretch(of result: SimulationResult) -> String {
        let (all, range) = (result.header.count, result.range)
        if range.isEmpty {
            return
                "There are none of the \(counted(all, result.header.isTrials ? "trial" : "patient")) in what was given; "
                + "their parts were not."
        }
        return "These are the \(result.header.isTrials ? "trials" : "patients") \(range.lowerBound + 1) to "
            + "\(range.upperBound) of \(all); the parts of the others were not given."
    }

    private func otherKind(_ file: String, _ kind: String) -> Failure {
        Failure(
            .usage,
            "\(file): The file is part of a \(kind), and \(files[0]) is not; expected parts of one replay or of one "
                + "simulation.")
    }

    private static func read(_ path: String) async throws -> [UInt8] {
        let limit = max(PartialResult.greatestSize, Projection.Limits.partSize)
        return try await untilCancelled { try InputFile.bytes(path, kind: "partial result", upTo: limit) }
    }
}

extension MergeCommand {
    /// Joins the parts of a replay and tells what one replay tells.
    private func mergeReplay(_ first: [UInt8], since began: Int64, _ context: Context) async throws -> ExitStatus {
        guard output == .table || output == .json else {
            throw Failure(.usage, "Partial replays are merged into table or json, not \(output.rawValue).")
        }
        var parts: [ReplayPart] = []
        for (number, file) in files.enumerated() {
            let bytes = number == 0 ? first : try await Self.read(file)
            if PartialResult.isMeant(by: bytes) { throw otherKind(file, "simulation") }
            parts.append(try Self.part(bytes, file))
        }
        let whole = try joined(parts)
        if let partial {
            try await WholeFile.write(whole.encoded(), to: partial)
            return .done
        }
        do throws(ReplayJoinError) { try whole.requireWhole() } catch { throw Failure(.usage, error.description) }
        let stated = whole.origin.protocols
        guard outcomes.isEmpty || outcomes.count == stated.count else {
            throw Failure(
                .usage,
                "--outcomes is given \(counted(outcomes.count, "time")) and the parts have "
                    + "\(counted(stated.count, "protocol")); expected one file for each, in the same order.")
        }
        let results = whole.results(shards: parts.count)
        return try await ReplayOutput(
            results: results, names: stated.map(\.file), outcomes: outcomes, format: output,
            isQuiet: verbosity.quiet, began: began
        ).write(context)
    }

    private func joined(_ parts: [ReplayPart]) throws -> ReplayPart {
        do throws(ReplayJoinError) {
            return try ReplayPart.joining(parts)
        } catch {
            switch error {
            case .otherReplay(let part, _): throw Failure(.usage, "\(files[part]): \(error.description)")
            case .doubled(_, let part, let other):
                throw Failure(.usage, "\(files[part]), after \(files[other]): \(error.description)")
            case .nothing, .missing: throw Failure(.usage, error.description)
            }
        }
    }

    private static func part(_ bytes: [UInt8], _ file: String) throws -> ReplayPart {
        do throws(ReplayPartError) {
            return try ReplayPart(bytes)
        } catch {
            throw Failure(.usage, "\(file): The file \(error.reason)")
        }
    }
}
