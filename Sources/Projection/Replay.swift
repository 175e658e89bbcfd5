package import EventLog
package import Postgres
package import Trial

/// Folds a study's history into outcomes, in parallel.
package struct Replay: Sendable {
    /// Where the log is; the settings of a reading session are added.
    package var configuration: ConnectionConfiguration
    /// The protocol, prepared.
    package var compiled: CompiledProtocol
    /// What happened later does not count; microseconds since 1970.
    package var until: Int64?
    /// How many shards fold side by side.
    package var shards: Int

    /// A replay from its parts.
    package init(
        at configuration: ConnectionConfiguration, _ compiled: CompiledProtocol, until: Int64? = nil, shards: Int
    ) {
        self.configuration = configuration
        for (name, value) in LogReader.settings { self.configuration.options[name] = value }
        self.compiled = compiled
        self.until = until
        self.shards = shards
    }

    /// Replays a study up to the reader's heads.
    ///
    /// - Parameter progress: Told the number of events of each slice that is done; called from several threads.
    package func run(
        _ reader: LogReader, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(LogError) -> ReplayResult {
        let count = max(1, min(shards, reader.heads.count))
        let results = await withTaskGroup(of: Result<[SliceOutcomes], LogError>.self) { group in
            for number in 0..<count {
                group.addTask(name: "shard \(number)") {
                    do throws(LogError) {
                        let shard = try await Shard(
                            number, of: count, reader, compiled, until: until, at: configuration)
                        return .success(try await shard.run(progress))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            var results: [Result<[SliceOutcomes], LogError>] = []
            for await result in group {
                if case .failure = result { group.cancelAll() }
                results.append(result)
            }
            return results
        }
        // A failure cancels the other shards; the first one that is not such a cancellation is the cause.
        for case .failure(let error) in results where !error.isCancellation { throw error }
        var slices: [SliceOutcomes] = []
        for result in results { slices += try result.get() }
        return ReplayResult(slices, protocol: compiled.source, shards: count)
    }
}

extension LogError {
    /// Whether this is only the echo of a cancelled task.
    package var isCancellation: Bool {
        if case .database(let error) = self { error.kind == .cancelled } else { false }
    }
}
