import ArgumentParser
import Projection
import StrictYAML
import Trial

/// What counts as failure.
struct ProtocolOption: ParsableArguments {
    @Option(
        name: .customLong("protocol"), parsing: .singleValue,
        help: ArgumentHelp("The protocol file; roblin-2020 without it.", valueName: "file"))
    var files: [String] = []

    func validate() throws {
        if files.count > 1 {
            throw ValidationError("--protocol is given \(files.count) times; only replay takes several, and diff two.")
        }
    }

    /// The protocol that is meant.
    func trialProtocol() async throws -> TrialProtocol { try await ProtocolSource.read(files.first) }
}

/// What counts: the data cut.
struct CutOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "As it was known at this time, such as 2016-06-30T12:00:00Z or 2016-06-30: drops what was recorded later.",
            discussion: "RFC 3339; a date alone means the end of that day in UTC.",
            valueName: "time"), transform: CutTime.init(spelled:))
    var asOf: CutTime?

    @Option(
        help: ArgumentHelp(
            "Drops what happened after this time, such as 2016-06-30T12:00:00Z or 2016-06-30.",
            discussion: "RFC 3339; a date alone means the end of that day in UTC.",
            valueName: "time"), transform: CutTime.init(spelled:))
    var until: CutTime?
}

/// Reads protocol files.
enum ProtocolSource {
    /// The word for the protocol that is built in, which also goes by its own name.
    static let builtIn = "default"

    /// The protocol that is built in, where no name or its own is given, else the one in a file.
    static func read(_ path: String?) async throws -> TrialProtocol {
        guard let path else { return .roblin2020 }
        return try await untilCancelled { try stated(path).trial }
    }

    /// The same, together with the text that states it; blocks while a pipe is not filled.
    static func stated(_ path: String) throws -> StatedProtocol {
        if path == builtIn || path == TrialProtocol.roblin2020.name {
            return StatedProtocol(file: path, text: TrialProtocol.defaultYAML, trial: .roblin2020)
        }
        let text = try InputFile.text(path, kind: "protocol file")
        do throws(YAMLRefusal) {
            return StatedProtocol(file: path, text: text, trial: try ProtocolFile.parse(text, fileName: path))
        } catch {
            throw Failure(.usage, error.description)
        }
    }
}

/// An instant on the command line.
struct CutTime {
    /// Microseconds since 1970.
    var microseconds: Int64

    /// - Throws: A sentence where the text is neither an instant nor a date.
    init(spelled text: String) throws {
        let bytes = Array(text.utf8)
        if let instant = Instant.parse(bytes.span) {
            microseconds = instant
        } else if bytes.count == 10, let midnight = Instant.parse(Array("\(text)T00:00:00Z".utf8).span) {
            microseconds = midnight + Instant.day - 1
        } else {
            throw ValidationError(
                "There is no such time; expected a date such as 2016-06-30, or a time with its offset such as "
                    + "2016-06-30T12:00:00Z.")
        }
    }
}
