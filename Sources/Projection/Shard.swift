import EventLog
import Postgres
import Trial

/// An actor that folds its share of a study's slices over a connection of its own.
///
/// Shards share nothing: each takes slices by stride and keeps the outcomes until they are collected. While one slice is
/// folded on the pool, the next is read on the connection's thread; two slices are in memory at a time.
actor Shard {
    private let connection: Connection
    private let heads: [SliceHead]
    private let reader: LogReader
    private let compiled: CompiledProtocol
    private let until: Int64?

    init(
        _ number: Int, of count: Int, _ reader: LogReader, _ compiled: CompiledProtocol, until: Int64?,
        at configuration: ConnectionConfiguration
    ) async throws(LogError) {
        heads = stride(from: number, to: reader.heads.count, by: count).map { reader.heads[$0] }.filter {
            $0.position > 0
        }
        self.reader = reader
        self.compiled = compiled
        self.until = until
        do throws(PostgresError) {
            connection = try await Connection.open(configuration)
        } catch {
            throw .database(error)
        }
    }

    /// Folds all slices, and reports the events of each when it is done.
    func run(_ progress: @Sendable (Int) -> Void) async throws(LogError) -> [SliceOutcomes] {
        var results: [SliceOutcomes] = []
        var fold = SliceFold(compiled, until: until)
        var next = try await read(0)
        for index in heads.indices {
            guard let events = next.take() else { break }
            async let following = Self.read(index + 1, of: heads, reader, connection)
            let outcomes = Result { () throws(LogError) in try fold.outcomes(of: events) }
            next = try await following.get()
            results.append(try outcomes.get())
            progress(results[index].events)
        }
        await connection.close()
        return results
    }

    private func read(_ index: Int) async throws(LogError) -> SliceEvents? {
        try await Self.read(index, of: heads, reader, connection).get()
    }

    /// Reads one of the slices; `nil` after the last.
    private static func read(
        _ index: Int, of heads: [SliceHead], _ reader: LogReader, _ connection: Connection
    ) async -> Result<SliceEvents?, LogError> {
        guard index < heads.count else { return .success(nil) }
        do throws(LogError) {
            return .success(
                try await connection.perform { session throws(LogError) in
                    try SliceEvents(heads[index], reader, session)
                })
        } catch {
            return .failure(error)
        }
    }
}
