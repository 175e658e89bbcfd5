import ArgumentParser
import SystemPackage
import Trial

/// What counts: the protocol, and the data cut.
struct CutOptions: ParsableArguments {
    @Option(
        name: .customLong("protocol"),
        help: ArgumentHelp("The protocol file; roblin-2020 without it.", valueName: "file"))
    var protocolFile: String?

    @Option(
        help: ArgumentHelp(
            "As it was known at this time, such as 2016-06-30T12:00:00Z or 2016-06-30: drops what was recorded later.",
            discussion: "RFC 3339; a date alone means the end of that day in UTC.",
            valueName: "time"))
    var asOf: CutTime?

    @Option(
        help: ArgumentHelp(
            "Drops what happened after this time, such as 2016-06-30T12:00:00Z or 2016-06-30.",
            discussion: "RFC 3339; a date alone means the end of that day in UTC.",
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
        let bytes: [UInt8]
        do {
            let descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            bytes = try descriptor.closeAfter { try all(of: descriptor) }
        } catch {
            throw Failure(.usage, "\(path): the protocol file cannot be read: \(error).")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.usage, "\(path): the protocol file is not valid UTF-8.")
        }
        do throws(ProtocolError) {
            return try ProtocolFile.parse(text, fileName: path)
        } catch {
            throw Failure(.usage, error.description)
        }
    }

    /// What a file holds, as far as a protocol file may be long.
    private static func all(of descriptor: FileDescriptor) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= ProtocolFile.greatestSize {
            // The buffer is an array of its own, and the call fills no more than its size.
            let count = try unsafe buffer.withUnsafeMutableBytes { unsafe try descriptor.read(into: $0) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
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
