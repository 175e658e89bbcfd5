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
    ) async throws(LogError) -> [ReplayResult] {
        ReplayResult.results(
            try await outcomes(reader, progress: progress), protocols: protocols.map(\.source),
            shards: shardCount(reader))
    }

    /// Folds the slices of a reader up to its heads.
    ///
    /// - Returns: For each slice that has events, ascending, the outcomes under each protocol.
    package func outcomes(
        _ reader: LogReader, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(LogError) -> [[SliceOutcomes]] {
        let count = shardCount(reader)
        let fold = SliceFold(protocols, until: until, spellsLines: spellsLines)
        let places = [Copy(at: configuration, reader)] + copies
        let results = await withTaskGroup(of: Result<[FoldedSlice], LogError>.self) { group in
            for number in 0..<count {
                group.addTask(name: "shard \(number)") {
                    do throws(LogError) {
                        let place = places[number % places.count]
                        let shard = try await Shard(number, of: count, place.reader, fold, at: place.configuration)
                        return .success(try await shard.run(progress))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            var results: [Result<[FoldedSlice], LogError>] = []
            for await result in group {
                if case .failure = result { group.cancelAll() }
                results.append(result)
            }
            return results
        }
        // A failure cancels the other shards; the first one that is not such a cancellation is the cause.
        for case .failure(let error) in results where !error.isCancellation { throw error }
        var slices: [FoldedSlice] = []
        for result in results { slices += try result.get() }
        return slices.sorted { $0.index < $1.index }.map(\.outcomes)
    }

    private func shardCount(_ reader: LogReader) -> Int { max(1, min(shards, reader.heads.count)) }
}

extension ConnectionConfiguration {
    /// This place, with the settings of a reading session.
    fileprivate var reading: ConnectionConfiguration {
        var configuration = self
        for (name, value) in LogReader.settings { configuration.options[name] = value }
        return configuration
    }
}
