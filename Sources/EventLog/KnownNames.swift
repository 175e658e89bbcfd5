import Postgres
import Trial

/// Finds events whose name (subject, source, id) is taken already, in the log or earlier in the same work, and tells
/// duplicates from conflicts by comparing the content.
struct KnownNames {
    private let work: AppendWork
    private let study: Study
    /// The stored events, as a batch of their own, and for each item the one with its name or -1.
    private var stored = EventBatch()
    private var storedOf: [Int32]

    init(_ work: AppendWork, of study: Study) {
        self.work = work
        self.study = study
        storedOf = [Int32](repeating: -1, count: work.items.count)
    }

    /// Decides every item.
    mutating func decide(_ decisions: inout [Decision], _ session: Session) throws(PostgresError) {
        try fetch(session)
        var names = NameTable(expecting: work.items.count)
        var firstOf: [Int] = []
        for (index, item) in work.items.enumerated() {
            let record = work.record(item)
            let batch = work.batches[Int(item.batch)]
            let number = Int(names.intern(key(item, record, batch).span))
            let isSecond = number < firstOf.count
            if !isSecond { firstOf.append(index) }
            if storedOf[index] >= 0 {
                let same = batch.hasSameContent(record, as: stored.records[Int(storedOf[index])], in: stored)
                decisions[index] = same ? .duplicate : .conflict
            } else if isSecond {
                let first = work.items[firstOf[number]]
                let same = batch.hasSameContent(record, as: work.record(first), in: work.batches[Int(first.batch)])
                decisions[index] = same ? .duplicate : .conflict
            }
        }
    }

    /// A spelling of slice, patient, source and id that no other name shares.
    private func key(_ item: AppendWork.Item, _ record: EventRecord, _ batch: EventBatch) -> [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(12 + Int(record.id.count))
        for number in [item.slice, work.patient(item), work.source(item)] {
            for shift in [0, 8, 16, 24] as [Int32] { key.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        key.append(contentsOf: batch.bytes(record.id))
        return key
    }

    /// Reads the stored events with the names of the items, in one query.
    private mutating func fetch(_ session: Session) throws(PostgresError) {
        let items = work.items
        // In the order of the key of names, and not as an equality of all its columns: of a partition that has just been
        // made, the planner would take another key for as good.
        let rows = try session.query(
            """
            SELECT k.n::integer, e.occurred_at, e.value, e.kind, e.code, e.unit, e.qualifier, e.level, e.detail::text
            FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::text[]) WITH ORDINALITY
                AS k (slice, patient, source, id, n)
            CROSS JOIN LATERAL (
                SELECT * FROM trough.event
                WHERE slice = k.slice AND \(study.isSlice) AND patient = k.patient AND source = k.source
                    AND id >= k.id COLLATE "C" AND id <= k.id COLLATE "C"
                ORDER BY id LIMIT 1) e
            """,
            [
                .int32Array(items.map(\.slice)), .int32Array(items.map(work.patient)),
                .int32Array(items.map(work.source)),
                .textArray(items.map { Array(work.batches[Int($0.batch)].bytes(work.record($0).id)) }),
            ])
        for row in 0..<rows.count {
            guard let kind = EventKind(rawValue: try rows.int16(row, 3)) else {
                throw PostgresError(.misuse, "A stored event is of the unknown kind \(try rows.int16(row, 3)).")
            }
            var record = EventRecord(
                time: try rows.timestamp(row, 1), patient: 0, source: 0, id: .none, kind: kind)
            record.value = try rows.double(row, 2)
            record.code = try rows.int16(row, 4)
            record.unit = try rows.int16(row, 5)
            record.qualifier = try rows.int16(row, 6)
            record.level = try rows.int16(row, 7)
            if try !rows.isNull(row, 8) {
                let detail = try rows.bytes(row, 8)
                record.detail = stored.store(detail.span)
            }
            storedOf[Int(try rows.int32(row, 0)) - 1] = Int32(stored.records.count)
            stored.records.append(record)
        }
    }
}
