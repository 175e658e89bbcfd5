import ArgumentParser
import EventLog
import Foundation
import Logging
import Postgres
import Trial

/// Where `tail` begins.
enum TailStart: Sendable, ExpressibleByArgument {
    case beginning
    case now
    case place(LogPlace)

    init?(argument: String) {
        switch argument {
        case "beginning": self = .beginning
        case "now": self = .now
        default:
            let bytes = Array(argument.utf8)
            guard let place = LineWriter.sequence(from: bytes.span) else { return nil }
            self = .place(LogPlace(slice: place.slice, position: place.position))
        }
    }

    /// The place for people.
    var words: String {
        switch self {
        case .beginning: "the beginning"
        case .now: "now"
        case .place(let place): "position \(place.position) of slice \(place.slice)"
        }
    }
}

/// `trough tail`: prints events in log order.
struct TailCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Prints stored events in log order: slice by slice, position by position.",
        discussion: """
            Each line is an event line with recordedtime and sequence, its place in the log. With --follow what is there \
            is printed first, and then, as it is stored, whatever is appended to any slice, until Ctrl-C. A restart of the \
            database is waited for; nothing is left out or printed twice.

            Example:
              trough tail --subject SE-014 --type assay
              trough tail --follow --from now
            """)

    @Flag(help: "Goes on with what is appended later.")
    var follow = false
    @Option(
        help: ArgumentHelp(
            "beginning, now, or a sequence such as 0007-0000000000000000042, which is printed first.",
            valueName: "place"))
    var from = TailStart.beginning
    @Option(help: ArgumentHelp("Only this patient; with --follow also one who has no event yet.", valueName: "subject"))
    var subject: String?
    @Option(help: ArgumentHelp("Only this type: assay or trough.assay.v1.", valueName: "type"))
    var type: String?
    @Option(name: .shortAndLong, help: "ndjson: event lines.")
    var output = OutputFormat.ndjson
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        _ = try kind()
        try output.check([.ndjson], for: "tail")
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let reading = try await StudyReading(study.study, bySubject: subject != nil, database, context)
        var events = EventOutput(kind: try kind(), subject: subject.map { Array($0.utf8) })
        if case .place(let place) = from {
            guard place.slice < reading.reader.study.slices else {
                throw Failure(
                    .usage,
                    "The study \"\(study.study)\" has slices 0 to \(reading.reader.study.slices - 1); "
                        + "the sequence names slice \(place.slice).")
            }
            events.from = place
        }
        let logger = context.logger(database.verbosity)
        logger.debug(
            """
            study "\(study.study)": \(reading.reader.events) events in \(reading.reader.heads.count) slices, read from \
            \(from.words)\(follow ? ", then followed" : "")
            """)
        if follow { return try await follow(reading, events, context) }
        if case .now = from { return .done }
        let began = context.now
        let count = try await events.print(reading.reader, over: reading.connection, to: context.output)
        logger.debug("\(count) events printed in \(String(format: "%.3f", Double(context.now - began) / 1e6)) s")
        if count == 0, let subject {
            let isKnown = try await reading.connection.perform { session throws(LogError) in
                try reading.reader.patient(Array(subject.utf8), session) != nil
            }
            if !isKnown { throw Failure.unknownSubject(subject, in: study.study) }
        }
        await reading.connection.close()
        return .done
    }

    /// Prints what there is and then what comes, for ever.
    private func follow(_ reading: StudyReading, _ events: EventOutput, _ context: Context) async throws -> ExitStatus {
        await reading.connection.close()
        let positions = reading.reader.heads.map { head -> Int64 in
            switch from {
            case .beginning: return 0
            case .now: return head.position
            case .place(let place): return Self.position(before: place, reading.reader.index(of: head), head)
            }
        }
        let follower = try await LogFollower(
            reading.reader.study, from: positions, subject: events.subject, at: reading.configuration,
            logger: context.logger(database.verbosity))
        while true {
            if let page = try await follower.next(within: .seconds(1)) {
                try await context.output.write(events.lines(of: page).lines)
            }
            context.output.endIfUnread()
        }
    }

    /// From where a slice is read so that what there is begins with a place; slices before its own are read from their
    /// ends.
    private static func position(before place: LogPlace, _ slice: Int, _ head: SliceHead) -> Int64 {
        if slice != place.slice { return slice < place.slice ? head.position : 0 }
        return min(max(0, place.position - 1), head.position)
    }

    private func kind() throws -> EventKind? {
        guard let type else { return nil }
        guard let kind = EventKind.allCases.first(where: { $0.name == type || $0.word == type }) else {
            throw ValidationError(
                "--type takes \(EventKind.allCases.map(\.word).joined(separator: ", ")), bare or in full; "
                    + "\"\(type)\" is none of them.")
        }
        return kind
    }
}

/// `trough export`: the log as event lines.
struct ExportCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints the log as event lines; appended to an empty study they give the same outcomes and digest.",
        discussion: """
            Example:
              trough export > history.ndjson
            """)

    @Option(help: ArgumentHelp("Only this patient.", valueName: "subject"))
    var subject: String?
    @Option(name: .shortAndLong, help: "ndjson: event lines.")
    var output = OutputFormat.ndjson
    @OptionGroup var study: StudyOption
    @OptionGroup var database: DatabaseOptions

    func validate() throws { try output.check([.ndjson], for: "export") }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let reading = try await StudyReading(study.study, bySubject: subject != nil, database, context)
        let events = EventOutput(subject: subject.map { Array($0.utf8) })
        let count = try await events.print(reading.reader, over: reading.connection, to: context.output)
        await reading.connection.close()
        if let subject, count == 0 { throw Failure.unknownSubject(subject, in: study.study) }
        return .done
    }
}

extension Failure {
    /// There is no event of this patient.
    static func unknownSubject(_ subject: String, in study: String) -> Failure {
        Failure(
            .usage, "There is no subject \"\(subject)\" in the study \"\(study)\"; \"trough patients\" lists them all.")
    }
}
