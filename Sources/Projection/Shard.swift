import EventLog
import Postgres
import Trial

/// An actor that folds its share of a study's slices over a connection of its own.
///
/// Shards share nothing: each takes slices by stride, reads one at a time, and keeps the outcomes until they are
/// collected. All work on a slice runs in one synchronous stretch on the connection's thread.
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
        heads = stride(from: number, to: reader.heads.count, by: count).map { reader.heads[$0] }
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
        for head in heads where head.position > 0 {
            let fold = SliceFold(reader, compiled, until: until)
            let outcomes = try await connection.perform { session throws(LogError) in
                var fold = fold
                return try fold.outcomes(of: head, session)
            }
            results.append(outcomes)
            progress(outcomes.events)
        }
        await connection.close()
        return results
    }
}
