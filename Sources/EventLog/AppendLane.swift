import Logging
import Postgres

/// A connection that appends to its own share of a study's slices, and the callers that wait for it.
///
/// One COPY fills one core of the server; lanes with disjoint slices let several run side by side without ever waiting
/// for each other's heads. Callers that arrive while a commit is under way are committed together: one of them leads, the
/// others get their receipts from it.
struct AppendLane: Sendable {
    private let queue = CommitQueue()
    private let writer: LaneWriter

    init(
        to study: Study, _ configuration: ConnectionConfiguration, _ attribution: Attribution, _ patience: Patience,
        _ ends: StoredEnds, _ logger: Logger
    ) async throws(LogError) {
        writer = try await LaneWriter(to: study, configuration, attribution, patience, ends, logger)
    }

    func close() async { await writer.close() }

    /// Appends the events, together with those of whoever else is waiting, and returns when they are durable.
    func append(_ share: LaneShare) async throws(LaneFailure) -> LaneReceipt {
        if case .decided(let result) = await queue.turn(with: share) { return try result.get() }
        let group = await queue.group(with: share)
        let work = AppendWork([share] + group.shares)
        let result: Result<AppendOutcome, LaneFailure>
        do throws(LaneFailure) {
            result = .success(try await writer.append(work))
        } catch {
            if error.reason.isCancellation {
                queue.giveBack(group)
                queue.pass()
                throw error
            }
            result = .failure(error)
        }
        let receipts = result.map(work.receipts)
        group.tell { number in receipts.map { $0[number + 1] } }
        queue.pass()
        return try receipts.get()[0]
    }
}
