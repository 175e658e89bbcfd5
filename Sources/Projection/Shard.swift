import EventLog
import Postgres
import Trial

/// An actor that folds its share of a study's slices over a connection of its own.
///
/// Shards share nothing: each takes slices by stride and keeps the outcomes until they are collected. While one piece of a
/// slice is folded on the pool, the next is read on the connection's thread.
actor Shard {
    private let connection: Connection
    private let steps: [SliceStep]
    private let reader: LogReader
    private var fold: SliceFold

    init(
        _ number: Int, of count: Int, _ reader: LogReader, _ fold: SliceFold, at configuration: ConnectionConfiguration
    ) async throws(ReplayError) {
        let heads = stride(from: number, to: reader.heads.count, by: count).map { reader.heads[$0] }
        self.reader = reader
        self.fold = fold
        do throws(LogError) { steps = try SliceStep.steps(heads, reader) } catch { throw .log(error) }
        do throws(PostgresError) {
            connection = try await Connection.open(configuration)
        } catch {
            throw .log(.database(error))
        }
    }

    /// Folds all slices, and reports the events of each piece when it is done.
    ///
    /// - Parameters:
    ///   - runs: Where outcomes go, slice by slice, or sooner where a slice has more than should lie in memory.
    ///   - limit: How many bytes those are; without it slices stay whole.
    func run(
        into runs: consuming OutcomeRuns, cuttingAt limit: Int?, _ progress: @Sendable (Int) -> Void
    ) async throws(ReplayError) -> OutcomeRuns {
        var next = try await Self.read(0, of: steps, reader, connection).get()
        for (index, step) in steps.enumerated() {
            guard let piece = next.take() else { break }
            async let following = Self.read(index + 1, of: steps, reader, connection)
            let outcomes = Result { () throws(LogError) in
                try fold.outcomes(with: piece, of: step, cuttingAt: limit)
            }.mapError(ReplayError.log)
            next = try await following.get()
            if let outcomes = try outcomes.get() {
                do throws(SpillError) {
                    try await runs.add(FoldedSlice(index: step.index, outcomes: outcomes))
                } catch {
                    throw .spill(error)
                }
            }
            progress(step.events)
        }
        await connection.close()
        return runs
    }

    /// Reads what one of the steps needs; `nil` after the last.
    private static func read(
        _ index: Int, of steps: [SliceStep], _ reader: LogReader, _ connection: Connection
    ) async -> Result<SlicePiece?, ReplayError> {
        guard index < steps.count else { return .success(nil) }
        do throws(LogError) {
            return .success(
                try await connection.perform { session throws(LogError) in
                    try steps[index].read(reader, session)
                })
        } catch {
            return .failure(.log(error))
        }
    }
}
