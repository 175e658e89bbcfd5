import ArgumentParser
import Foundation
import Trial

/// What counts: the protocol, and the data cut.
struct CutOptions: ParsableArguments {
    @Option(
        name: .customLong("protocol"),
        help: ArgumentHelp("The protocol file; roblin-2020 without it.", valueName: "file"))
    var protocolFile: String?

    @Option(
        help: ArgumentHelp(
            "As it was known at this time: drops what was recorded later.",
            discussion: "RFC 3339, such as 2016-06-30T12:00:00Z, or a date, which means the end of that day in UTC.",
            valueName: "time"))
    var asOf: CutTime?

    @Option(
        help: ArgumentHelp(
            "Drops what happened after this time.", discussion: "RFC 3339, or a date, as with --as-of.",
            valueName: "time"))
    var until: CutTime?

    /// The protocol that is meant.
    func trialProtocol() throws -> TrialProtocol {
        guard let protocolFile else { return .roblin2020 }
        return try ProtocolSource.read(protocolFile)
    }
}

/// Reads protocol files.
enum ProtocolSource {
    /// The protocol in a file.
    static func read(_ path: String) throws -> TrialProtocol {
        let text: String
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            guard let decoded = String(validating: data, as: UTF8.self) else {
                throw Failure(.usage, "\(path): the protocol file is not valid UTF-8.")
            }
            text = decoded
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.usage, "\(path): the protocol file cannot be read: \(error.localizedDescription)")
        }
        do throws(ProtocolError) {
            return try ProtocolFile.parse(text, fileName: path)
        } catch {
            throw Failure(.usage, error.description)
        }
    }
}

/// An instant on the command line.
struct CutTime: ExpressibleByArgument {
    /// Microseconds since 1970.
    var microseconds: Int64

    init?(argument: String) {
        let bytes = Array(argument.utf8)
        if let instant = Instant.parse(bytes.span) {
            microseconds = instant
        } else if bytes.count == 10, let midnight = Instant.parse(Array("\(argument)T00:00:00Z".utf8).span) {
            microseconds = midnight + Instant.day - 1
        } else {
            return nil
        }
    }
}
