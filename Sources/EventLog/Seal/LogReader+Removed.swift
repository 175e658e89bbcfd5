import Postgres
import Trial

extension LogReader {
    /// Reads what a fold needs of a slice after a position, up to its head, anew: from the segments that hold what has no
    /// rows any more, and from the rows behind them.
    ///
    /// - Returns: Whether there are such segments; without them nothing is read.
    func readRemoved(
        _ head: SliceHead, after position: Int64, into batch: inout EventBatch, _ session: Session
    ) throws(PostgresError) -> Bool {
        var later = self
        guard try later.learnSegments(head.slice, session) else { return false }
        // Such a segment may have events beyond the head, of sources that are younger than the reader.
        try later.learnSources(session)
        batch.records.removeAll(keepingCapacity: true)
        batch.arena.removeAll(keepingCapacity: true)
        let sources = later.storedSources
        for run in StoredRun.runs(after: position, through: head.position, later.segments(ofSlice: head.slice)) {
            guard let place = run.segment else {
                let end = SliceHead(slice: head.slice, position: run.through, patients: head.patients)
                try readRows(end, after: run.after, into: &batch, session)
                continue
            }
            let segment = try LogSegment(place, sources: sources.names, number: { sources[$0] }, session)
            for position in run.after + 1...run.through {
                do throws(PostgresError) {
                    try append(segment.record(at: position), of: segment, head, to: &batch)
                } catch {
                    throw LogPlace(slice: index(of: head), position: position).unreadable(error)
                }
            }
        }
        return true
    }

    private func append(
        _ record: EventRecord, of segment: LogSegment, _ head: SliceHead, to batch: inout EventBatch
    ) throws(PostgresError) {
        var taken = record
        let arena = segment.events.arena.span
        taken.id = batch.store(arena.extracting(record.id.indices))
        taken.detail = record.detail.isEmpty ? .none : batch.store(arena.extracting(record.detail.indices))
        taken.attributes = .none
        try check(taken, head)
        batch.records.append(taken)
    }
}
