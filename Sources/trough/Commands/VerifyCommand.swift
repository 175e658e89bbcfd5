import ArgumentParser
import EventLog
import Foundation
import Postgres
import Report
import Trial

/// `trough verify`: checks that nothing of the log was altered.
struct VerifyCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Computes the chain of every slice again and tells what does not fit.",
        discussion: """
            Exits with 1 where something does not fit; the first such thing of each slice is named. Someone who may rewrite \
            the whole database can make a chain that fits; only an anchor that was kept elsewhere shows that.

            Example:
              trough anchor > anchor-2016-06.json
              trough verify --anchor anchor-2016-06.json
            """)

    @Option(
        help: ArgumentHelp("The study; main without it, or the studies of the anchor.", valueName: "name"))
    var study: String?
    @Flag(help: "All studies of the database.")
    var all = false
    @Option(
        help: ArgumentHelp(
            "What \"trough anchor\" printed earlier, - for standard input; the log must extend it.", valueName: "file"))
    var anchor: String?
    @Option(name: .shortAndLong, help: "table or json.")
    var output = OutputFormat.table
    @OptionGroup var shards: ShardOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        try output.check([.table, .json], for: "verify")
        if all, study != nil { throw ValidationError("--all and --study exclude each other.") }
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let kept = if let anchor { try await Self.read(anchor) } else { Anchor?.none }
        let names = try names(kept)
        let began = context.now
        let (configuration, connection) = try await database.open(context)
        let verification = try await connection.perform { session throws(LogError) in
            try ChainVerification(of: names, against: kept, at: configuration, session)
        }
        await connection.close()
        let bar = ProgressBar(
            of: Int(verification.events), unit: "events", isShown: shards.progress.isShown(database.verbosity, context),
            context)
        defer { bar.clear() }
        let result = try await verification.run(
            shards: shards.shardCount, logger: context.logger(database.verbosity)
        ) { bar.advance(by: $0) }
        bar.clear()
        let report = VerifyReport(result: result, anchor: kept, seconds: Double(context.now - began) / 1e6)
        await context.output.write(output == .json ? report.json : report.table(context.style))
        return result.faults.isEmpty ? .done : .fellShort
    }

    /// The studies that are meant; `nil` for all.
    private func names(_ kept: Anchor?) throws -> [String]? {
        if all { return nil }
        guard let study else { return kept?.studies.map(\.name) ?? ["main"] }
        if let kept, kept.study(study) == nil {
            throw Failure(
                .usage,
                "\(anchor ?? ""): the anchor does not speak of the study \"\(study)\"; it has "
                    + kept.studies.map { "\"\($0.name)\"" }.joined(separator: ", ") + ".")
        }
        return [study]
    }

    private static func read(_ path: String) async throws -> Anchor {
        let bytes = try await untilCancelled { try InputFile.bytes(path, kind: "anchor", upTo: Anchor.greatestSize) }
        guard bytes.count <= Anchor.greatestSize else {
            throw Failure(.usage, "\(path): has more than \(Anchor.greatestSize) bytes, which no anchor has.")
        }
        do throws(AnchorError) {
            return try Anchor(file: bytes)
        } catch {
            throw Failure(.usage, "\(path): \(error.description)")
        }
    }
}

/// `trough anchor`: prints the ends of the chains for keeping elsewhere.
struct AnchorCommand: TroughCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchor",
        abstract: "Prints the ends of all chains as JSON, to be kept where the database's owner cannot change it.",
        discussion: """
            A line for each slice: position and digest. The last line is the SHA-256 of the others, which \
            "head -n -1 FILE | sha256sum" computes again.

            Example:
              trough anchor --all > anchor-2016-06.json
            """)

    @Option(help: ArgumentHelp("The study; main without it.", valueName: "name"))
    var study: String?
    @Flag(help: "All studies of the database.")
    var all = false
    @Option(name: .shortAndLong, help: "json.")
    var output = OutputFormat.json
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        try output.check([.json], for: "anchor")
        if all, study != nil { throw ValidationError("--all and --study exclude each other.") }
    }

    mutating func run(in context: Context) async throws -> ExitStatus {
        let (names, now) = (all ? nil : [study ?? "main"], context.now)
        let (_, connection) = try await database.open(context)
        let anchor = try await connection.perform { session throws(LogError) in
            try Anchor(of: names, at: now, session)
        }
        await connection.close()
        await context.output.write(anchor.file)
        return .done
    }
}
