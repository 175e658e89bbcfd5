package import EventLog
package import Postgres
package import Trial

/// Folds a study's history into outcomes, in parallel.
package struct Replay: Sendable {
    /// Where the log is; the settings of a reading session are added.
    package var configuration: ConnectionConfiguration
    /// Further copies of the log, whose readers have the heads of the one that is replayed: shards are spread over the
    /// first and these.
    package var copies: [Copy] = []
    /// The protocols, prepared, of which there is at least one.
    package var protocols: [CompiledProtocol]
    /// What happened later does not count; microseconds since 1970.
    package var until: Int64?
    /// How many shards fold side by side.
    package var shards: Int
    /// Whether results have outcome lines and a digest; statistics do not need them.
    package var spellsLines = true
    /// Where outcomes go that memory should not hold; without it all stay in memory, some hundred bytes a patient.
    package var spillSpace: SpillSpace?

    /// A copy of the log, such as a hot standby.
    package struct Copy: Sendable {
        let configuration: ConnectionConfiguration
        let reader: LogReader

        /// A copy, and a reader that was opened there.
        package init(at configuration: ConnectionConfiguration, _ reader: LogReader) {
            self.configuration = configuration.reading
            self.reader = reader
        }
    }

    /// A replay from its parts.
    package init(
        at configuration: ConnectionConfiguration, _ protocols: [CompiledProtocol], until: Int64? = nil, shards: Int
    ) {
        precondition(!protocols.isEmpty, "A replay folds under one protocol at least.")
        self.configuration = configuration.reading
        self.protocols = protocols
        self.until = until
        self.shards = shards
    }

    /// Replays a study up to the reader's heads, in one read whatever the number of protocols.
    ///
    /// - Parameter progress: Told the number of events of each slice that is done; called from several threads.
    /// - Returns: The result under each protocol, in order.
    package func run(
        _ reader: LogReader, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(ReplayError) -> [ReplayResult] {
        let shards = shardCount(reader)
        // A slice is cut where what it has given is to be put aside anyway.
        let space = spillSpace.map { SpillSpace(folder: $0.folder, bytes: $0.bytes / shards) }
        return ReplayResult.results(
            try await fold(reader, space, progress), protocols: protocols.map(\.source), shards: shards)
    }

    /// Folds the slices of a reader up to its heads, in memory.
    ///
    /// - Returns: For each slice that has events, ascending, the outcomes under each protocol.
    package func outcomes(
        _ reader: LogReader, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(ReplayError) -> [[SliceOutcomes]] {
        try await fold(reader, nil, progress).flatMap(\.folded).sorted { $0.index < $1.index }.map(\.outcomes)
    }

    /// What each shard makes of its slices.
    private func fold(
        _ reader: LogReader, _ space: SpillSpace?, _ progress: @escaping @Sendable (Int) -> Void
    ) async throws(ReplayError) -> [OutcomeRuns] {
        let count = shardCount(reader)
        let places = places(reader)
        return try await sideBySide(count, named: "shard", isCancellation: \ReplayError.isCancellation) {
            number throws(ReplayError) in
            let place = places[number % places.count]
            // Each shard prepares protocols of its own: cores that count references to the same objects wait for each
            // other.
            let own = protocols.map { CompiledProtocol($0.source) }
            let fold = SliceFold(own, until: until, spellsLines: spellsLines)
            let shard = try await Shard(number, of: count, place.reader, fold, at: place.configuration)
            let runs = OutcomeRuns(protocols.map(\.source), space)
            return try await shard.run(into: runs, cuttingAt: space?.bytes, progress)
        }
    }

    /// How many shards there are: no more than slices.
    func shardCount(_ reader: LogReader) -> Int { max(1, min(shards, reader.heads.count)) }

    /// Where shards read, in turn.
    func places(_ reader: LogReader) -> [Copy] { [Copy(at: configuration, reader)] + copies }
}

extension ConnectionConfiguration {
    /// This place, with the settings of a reading session.
    fileprivate var reading: ConnectionConfiguration {
        var configuration = self
        for (name, value) in LogReader.settings { configuration.options[name] = value }
        return configuration
    }
}

/// Why a study could not be replayed.
package enum ReplayError: Error, Sendable, CustomStringConvertible {
    /// The log could not be read.
    case log(LogError)
    /// Outcomes could not be put aside.
    case spill(SpillError)

    /// What failed and what was expected.
    package var description: String {
        switch self {
        case .log(let error): error.description
        case .spill(let error): error.description
        }
    }

    /// Whether it was stopped from outside.
    var isCancellation: Bool {
        guard case .log(let error) = self else { return false }
        return error.isCancellation
    }
}
