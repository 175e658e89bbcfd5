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
        var runs = runs
        let failure: ReplayError? = await withTaskGroup { group in
            do throws(ReplayError) {
                begin(0, in: &group)
                for (index, step) in steps.enumerated() {
                    guard let piece = try await group.next()?.get() else { break }
                    begin(index + 1, in: &group)
                    if let outcomes = try folded(piece, of: step, cuttingAt: limit) {
                        try await Self.keep(FoldedSlice(index: step.index, outcomes: outcomes), in: &runs)
                    }
                    progress(step.events)
                }
                return nil
            } catch {
                group.cancelAll()
                return error
            }
        }
        if let failure {
            guard case .log(let error) = failure else { throw failure }
            throw .log(await reader.located(error, over: connection))
        }
        await connection.close()
        return runs
    }

    /// Begins to read what one of the steps needs.
    ///
    /// At once and on this thread, up to where the connection's own takes over: the pool may have no other thread until this
    /// shard waits.
    private func begin(_ index: Int, in group: inout TaskGroup<Result<SlicePiece?, ReplayError>>) {
        let (steps, reader, connection) = (steps, reader, connection)
        group.addImmediateTask { await Self.read(index, of: steps, reader, connection) }
    }

    private func folded(
        _ piece: consuming SlicePiece, of step: SliceStep, cuttingAt limit: Int?
    ) throws(ReplayError) -> [SliceOutcomes]? {
        do throws(LogError) { return try fold.outcomes(with: piece, of: step, cuttingAt: limit) } catch {
            throw .log(error)
        }
    }

    private static func keep(_ slice: FoldedSlice, in runs: inout OutcomeRuns) async throws(ReplayError) {
        do throws(SpillError) { try await runs.add(slice) } catch { throw .spill(error) }
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
