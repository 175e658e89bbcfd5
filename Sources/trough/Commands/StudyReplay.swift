import EventLog
import Logging
import Postgres
import Projection
import Report
import Trial

/// Everything that a command needs to replay a study.
struct StudyReplay: Sendable {
    let reader: LogReader
    var replay: Replay
    let began: Int64
    /// When the study was made, and the chain's digest at each head, where they were asked for.
    private(set) var provenance: (created: Int64, digests: [[UInt8]])?

    /// The slices that are read, where they are not all of the study's.
    private(set) var someSlices: ReplaySummary.Slices?

    /// Opens the study, takes its heads and prepares the protocols.
    ///
    /// - Parameters:
    ///   - slices: What is read of the study; all of it without them.
    ///   - hasProvenance: Whether it is looked up where the heads come from.
    init(
        _ protocols: [TrialProtocol], _ study: StudyOption, _ cut: CutOptions, _ options: ReplayOptions,
        _ database: DatabaseOptions, slices: SliceRange? = nil, hasProvenance: Bool = false, _ context: Context
    ) async throws {
        began = context.now
        let compiled = protocols.map(CompiledProtocol.init)
        let (configuration, connection, further) = try await database.openFirst(context)
        let looksUp = hasProvenance || !further.isEmpty
        let cache = try options.segmentCache(context.logger(database.verbosity))
        let (name, asOf) = (study.study, cut.asOf?.microseconds)
        (reader, provenance) = try await connection.perform { session throws(LogError) in
            var reader = try LogReader(Studies.open(name, session), asOf: asOf, session)
            reader.cache = cache
            if let slices, slices.numbers.upperBound < reader.study.slices { reader.restrict(to: slices.numbers) }
            guard looksUp else { return (reader, nil) }
            return (reader, (try reader.created(session), try reader.chainDigests(session)))
        }
        await connection.close()
        try slices?.check(reader.study)
        if let slices { someSlices = ReplaySummary.Slices(Range(slices.numbers), of: reader.study.slices) }
        context.logger(database.verbosity).debug(
            "study \"\(name)\": \(reader.events) events in \(reader.heads.count) slices")
        replay = Replay(
            at: configuration, compiled, until: cut.until?.microseconds,
            shards: options.shards.shards ?? max(options.shardCount, 1 + further.count))
        replay.spillSpace = SpillSpace(
            folder: context.environment.temporaryFolder, protocols: protocols.count)
        for (index, place) in further.enumerated() { replay.copies.append(try await copy(index + 2, at: place)) }
    }

    /// Finds the heads in a further database, which may have to catch up.
    private func copy(_ number: Int, at place: ConnectionConfiguration) async throws -> Replay.Copy {
        guard let provenance else { throw Failure(.defect, "A copy was looked for without the log's provenance.") }
        let connection = try await Connection.open(place)
        try await connection.perform { session throws(LogError) in try LogSchema.check(session) }
        let found = try await reader.copy(
            number: number, at: connection, created: provenance.created, digests: provenance.digests)
        await connection.close()
        return Replay.Copy(at: place, found)
    }

    /// Folds the study under each protocol, with a progress bar where one is wanted.
    func run(_ options: ReplayOptions, _ verbosity: Verbosity, _ context: Context) async throws -> [ReplayResult] {
        try await withBar(options, verbosity, context) { try await replay.run(reader, progress: $0) }
    }

    /// Folds the slices under each protocol into a part of a replay; provenance must have been asked for.
    func part(
        _ stated: [StatedProtocol], _ cut: CutOptions, _ options: ReplayOptions, _ verbosity: Verbosity,
        _ context: Context
    ) async throws -> ReplayPart {
        guard let provenance else { throw Failure(.defect, "A part was made without its provenance.") }
        let outcomes = try await withBar(options, verbosity, context) {
            try await replay.outcomes(reader, progress: $0)
        }
        let origin = ReplayPart.Origin(
            study: reader.study, created: provenance.created, asOf: cut.asOf?.microseconds,
            until: cut.until?.microseconds, protocols: stated)
        return ReplayPart(origin, reader, digests: provenance.digests, outcomes: outcomes)
    }

    private func withBar<R>(
        _ options: ReplayOptions, _ verbosity: Verbosity, _ context: Context,
        _ body: (@escaping @Sendable (Int) -> Void) async throws -> R
    ) async throws -> R {
        let bar = ProgressBar(
            of: Int(reader.events), unit: "events", isShown: options.progress.isShown(verbosity, context), context)
        defer { bar.clear() }
        return try await body { bar.advance(by: $0) }
    }
}
