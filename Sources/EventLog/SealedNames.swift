import Postgres
import Segments
import Trial

/// Finds events whose names are taken by events that stand only in segments, where the key of names does not see them.
///
/// A lane keeps one. Where its slices have no segment without rows, it asks nothing as long as nobody else appends to
/// them; and else one small question, which goes out together with the locks.
struct SealedNames: Sendable {
    private var rowless = RowlessSegments()
    /// Whether a head did not stand where the lane had left it, the last time.
    private var isShared = false
    private var opened = RecentlyOpened<Segment>(limit: Limits.segmentsOfLane)
    private var hashes = SealedHashes(limit: Limits.sealedNamesOfLane)

    /// The question about slices that is sent behind the statement which locks their heads; none where they will
    /// probably stand where the lane left them.
    func question(_ slices: [Int32]) -> [Statement] {
        let asked = asked(slices)
        return asked.isEmpty ? [] : [rowless.question(asked)]
    }

    /// Learns which segments without rows slices have whose heads are locked and stand at these positions.
    ///
    /// Such a segment comes together with its positions: where a head stands where it was last seen, or where this lane
    /// has moved it, there is none that is not known. Only a removal of rows makes others; it is told by the head, too.
    ///
    /// - Parameter answer: What ``question(_:)`` gave, which the server has looked up when the heads were locked.
    mutating func learn(
        _ heads: [SegmentPlace.Known], of study: Study, _ answer: Rows?, _ session: Session
    ) throws(PostgresError) {
        let asked = asked(heads.map(\.slice))
        isShared = heads.contains {
            rowless.isKnown($0.slice, through: 0) && !rowless.isKnown($0.slice, through: $0.position)
        }
        let ends = heads.map { (slice: $0.slice, position: $0.position) }
        if let answer { _ = try rowless.take(answer, ends.filter { asked.contains($0.slice) }) }
        let behind = zip(heads, ends).filter { head, _ in
            !rowless.isKnown(head.slice, through: head.position)
                || !rowless.isKnown(head.slice, removedThrough: head.removed)
        }
        if !behind.isEmpty { _ = try rowless.learn(behind.map(\.1), session) }
        let learnt = Set(asked + behind.map(\.0.slice))
        // Where neither a row nor a segment holds a position, nobody knows the name of its event.
        for head in heads where learnt.contains(head.slice) {
            guard let gap = rowless.firstGap(head.slice, through: head.removed) else { continue }
            throw PostgresError(
                .misuse,
                "The rows of slice \(head.slice - study.firstSlice) of the study \"\(study.name)\" were removed up to position "
                    + "\(head.removed), and no segment holds position \(gap).")
        }
    }

    /// Whether it is known that none of the events has its name in a segment without rows, if the heads of their slices
    /// stand where the lane left them.
    func holdsNone(of work: AppendWork) -> Bool {
        guard asked(work.slices).isEmpty else { return false }
        if rowless.isEmpty { return true }
        return work.runs.allSatisfy { run in
            rowless[work.items[run.lowerBound].slice].allSatisfy { place in
                mayBeHeld(run, of: work, by: place).isEmpty
            }
        }
    }

    /// Those of a run whose names the segment may hold: by their patients and, where it is remembered, by their hashes.
    private func mayBeHeld(_ run: Range<Int>, of work: AppendWork, by place: SegmentPlace) -> [Int] {
        let held = run.filter { place.mayHold(work.patient(work.items[$0])) }
        // Most events are new, and a segment need not be opened to know that.
        guard let known = hashes[place] else { return held }
        return held.filter { known.mayHold(Self.hash($0, of: work)) }
    }

    private func asked(_ slices: [Int32]) -> [Int32] {
        isShared ? slices : slices.filter { !rowless.isKnown($0, through: 0) }
    }

    /// Takes notice of what the lane has committed, as rows, behind the positions that it had learnt about.
    mutating func advance(_ outcome: AppendOutcome) {
        for head in outcome.heads { rowless.noteRows(head.slice, through: head.position) }
    }

    /// Decides those items whose names stand in a segment without rows; the others stay as they are.
    ///
    /// Patients who are new with the work have greater numbers than any segment holds.
    mutating func decide(
        _ work: AppendWork, _ decisions: inout [Decision], _ session: Session
    ) throws(PostgresError) {
        if rowless.isEmpty { return }
        for run in work.runs {
            for place in rowless[work.items[run.lowerBound].slice] {
                let held = mayBeHeld(run, of: work, by: place)
                if held.isEmpty { continue }
                // Sources keep their numbers in the database, which are those of the work.
                let segment = try opened.value(of: place) { () throws(PostgresError) in
                    try place.segment(sources: NameTable(), number: { $0 }, session)
                }
                hashes.remember(segment, at: place)
                for (patient, items) in Dictionary(grouping: held, by: { work.patient(work.items[$0]) }) {
                    guard let index = segment.index(of: patient) else { continue }
                    decide(items, work, StoredNames(index, of: segment), &decisions)
                }
            }
        }
    }

    private static func hash(_ index: Int, of work: AppendWork) -> UInt64 {
        let item = work.items[index]
        let batch = work.batches[Int(item.batch)]
        let id = batch.arena.span.extracting(work.record(item).id.indices)
        return EventNames.hash(patient: work.patient(item), source: work.source(item), id)
    }

    private func decide(
        _ items: [Int], _ work: AppendWork, _ stored: StoredNames, _ decisions: inout [Decision]
    ) {
        for index in items {
            let item = work.items[index]
            let batch = work.batches[Int(item.batch)]
            let record = work.record(item)
            guard let other = stored.record(work.source(item), batch.bytes(record.id)) else { continue }
            decisions[index] = batch.hasSameContent(record, as: other, in: stored.batch) ? .duplicate : .conflict
        }
    }
}

/// The events of one patient in one segment, by name.
private struct StoredNames {
    /// What the events refer to.
    let batch: EventBatch
    private var records: [EventRecord] = []
    private var numbers: [Key: Int] = [:]

    private struct Key: Hashable {
        var source: Int32
        var id: ArraySlice<UInt8>
    }

    init(_ index: Int, of segment: Segment) {
        batch = segment.batch
        segment.append(index, to: &records)
        for (number, record) in records.enumerated() {
            numbers[Key(source: record.source, id: batch.bytes(record.id))] = number
        }
    }

    /// The event with this name.
    func record(_ source: Int32, _ id: ArraySlice<UInt8>) -> EventRecord? {
        numbers[Key(source: source, id: id)].map { records[$0] }
    }
}
