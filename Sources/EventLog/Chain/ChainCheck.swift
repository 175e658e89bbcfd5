import Trial

/// Checks one slice from its first position to its head: positions, batches, times, patients, events and the digests of
/// the chain, and the chain against an anchor.
///
/// Pure: stretches come in, in order, from wherever they are stored; the first that does not fit is told.
struct ChainCheck {
    /// A batch of which not all events have been seen.
    private struct OpenBatch {
        let row: ChainStretch.Batch
        var digest: BatchDigest
    }

    private let head: ChainHead
    private let patients: ChainPatients
    private let anchor: Anchor.Head?

    /// The position that comes next.
    private var next: Int64 = 1
    /// How many patients have had an event.
    private var seen: Int32 = 0
    private var recordedAt: Int64?
    private var digest = BatchDigest.origin
    private var open: OpenBatch?
    /// Those events of the stretch at hand, one patient's, that have been found sound and not been hashed yet.
    private var unhashed = 0..<0
    /// How many batches have been found to fit.
    private(set) var batches = 0

    /// A check of a slice.
    ///
    /// - Parameter anchor: Where the chain must have which digest.
    init(_ head: ChainHead, _ patients: ChainPatients, anchor: Anchor.Head?) {
        self.head = head
        self.patients = patients
        self.anchor = anchor
    }

    /// Checks the next stretch, and at the head the end of the slice; tells the first thing that does not fit.
    mutating func take(_ stretch: ChainStretch) -> ChainFault.Place? {
        var upcoming = stretch.batches[...]
        unhashed = 0..<0
        for index in stretch.positions.indices {
            if let fault = check(stretch, index, &upcoming) { return fault }
        }
        hash(stretch)
        if let fault = stretch.fault { return missing(before: fault.positions?.lowerBound ?? next) ?? fault }
        if next <= stretch.through {
            return .init(.position, at: next, "position \(next) is missing, and its head ends at \(head.position)")
        }
        if let batch = upcoming.first { return overlap(batch) }
        return stretch.through == head.position ? end() : nil
    }

    private func end() -> ChainFault.Place? {
        if digest != head.digest {
            return .init(
                .head, at: head.position > 0 ? head.position : nil,
                "its last batch, up to position \(head.position), has the digest \(short(digest)), "
                    + "and its head says \(short(head.digest))")
        }
        if recordedAt != head.recordedAt {
            return .init(
                .head, at: head.position > 0 ? head.position : nil,
                "its last batch was recorded \(time(recordedAt)), and its head says \(time(head.recordedAt))")
        }
        if let fault = patients.fault { return fault }
        if seen != head.patients {
            return .init(.patient, "\(seen) patients have events, and its head counts \(head.patients)")
        }
        if let fault = head.faultBeyond { return fault }
        if let anchor, anchor.position > head.position {
            return .init(
                .anchor, at: head.position + 1,
                "it ends at position \(head.position), and the anchor was at position \(anchor.position)")
        }
        return nil
    }

    // MARK: - One event

    private mutating func check(
        _ stretch: ChainStretch, _ index: Int, _ upcoming: inout ArraySlice<ChainStretch.Batch>
    ) -> ChainFault.Place? {
        let position = stretch.positions[index]
        if let fault = missing(before: position) { return fault }
        if position < next {
            return .init(.position, at: position, "position \(position) stands there twice")
        }
        if open == nil {
            guard let batch = upcoming.popFirst(), batch.firstPosition <= position else {
                return .init(.batch, at: position, "position \(position) belongs to no batch")
            }
            if let fault = begin(batch, at: position) { return fault }
        }
        // Field by field: a copy of the row would count the references to its texts, for every event.
        if let recordedAt = open?.row.recordedAt, stretch.recordedTimes[index] != recordedAt {
            return .init(
                .time, at: position,
                "position \(position) was recorded \(time(stretch.recordedTimes[index])), and its batch "
                    + "(\(open.map { words($0.row.positions) } ?? "")) \(time(recordedAt))")
        }
        let record = stretch.events.records[index]
        if let fault = check(record, at: position) { return fault }
        guard patients.has(record.patient) else {
            return .init(
                .patient, at: position,
                "position \(position) is of patient \(record.patient): "
                    + (patients.fault?.reason ?? "its head counts \(head.patients) patients"))
        }
        if unhashed.isEmpty || stretch.events.records[unhashed.lowerBound].patient != record.patient {
            hash(stretch)
            unhashed = index..<index
        }
        unhashed = unhashed.lowerBound..<index + 1
        next = position + 1
        guard position == open?.row.lastPosition else { return nil }
        hash(stretch)
        return close()
    }

    /// Adds to the open batch's digest what has been found sound since the last time.
    ///
    /// In packed history a patient's events lie together, and what they have in common is spelled once.
    private mutating func hash(_ stretch: ChainStretch) {
        guard let first = unhashed.first else { return }
        let record = stretch.events.records[first]
        if let subject = patients[record.patient] {
            if unhashed.count > 1 {
                open?.digest.add(unhashed, patient: record.patient, subject: subject, of: stretch.events)
            } else {
                open?.digest.add(record, patient: record.patient, subject: subject, of: stretch.events)
            }
        }
        unhashed = 0..<0
    }

    private mutating func check(_ record: EventRecord, at position: Int64) -> ChainFault.Place? {
        if let fault = record.fault {
            return .init(.content, at: position, "position \(position) is no event: \(fault)")
        }
        if record.id.isEmpty {
            return .init(.content, at: position, "position \(position) is an event without an id")
        }
        guard record.patient > seen else { return nil }
        guard record.patient == seen + 1 else {
            return .init(
                .patient, at: position,
                "position \(position) is of patient \(record.patient), and no event of patient \(seen + 1) comes before it"
            )
        }
        seen += 1
        return nil
    }

    private func missing(before position: Int64) -> ChainFault.Place? {
        guard position > next else { return nil }
        return .init(
            .position, at: next, "position \(next) is missing: the next event is at position \(position)")
    }

    // MARK: - Batches

    private mutating func begin(_ batch: ChainStretch.Batch, at position: Int64) -> ChainFault.Place? {
        guard batch.firstPosition == position else { return overlap(batch) }
        if batch.isUnreadable {
            return .init(.batch, at: position, "the batch at position \(position) has no author, time or end")
        }
        guard batch.lastPosition >= position, batch.lastPosition <= head.position else {
            return .init(
                .batch, at: position,
                "the batch at position \(position) ends at \(batch.lastPosition), and its head at \(head.position)")
        }
        if let recordedAt, batch.recordedAt < recordedAt {
            return .init(
                .time, in: batch.positions,
                "the batch of \(words(batch.positions)) was recorded \(time(batch.recordedAt)), "
                    + "before the one that precedes it (\(time(recordedAt)))")
        }
        // The chain takes no reason and an empty one for the same; only the former is ever written.
        if batch.reason == "" {
            return .init(.batch, in: batch.positions, "the batch of \(words(batch.positions)) has an empty reason")
        }
        if let anchor, batch.firstPosition <= anchor.position, anchor.position < batch.lastPosition {
            return .init(
                .anchor, in: batch.positions,
                "a batch has \(words(batch.positions)), and by the anchor one ended at position \(anchor.position)")
        }
        recordedAt = batch.recordedAt
        open = OpenBatch(
            row: batch,
            digest: BatchDigest(
                after: digest, slice: head.slice, firstPosition: position, count: batch.positions.count,
                recordedAt: batch.recordedAt,
                attribution: Attribution(author: batch.author, reason: batch.reason, client: batch.client)))
        return nil
    }

    private func overlap(_ batch: ChainStretch.Batch) -> ChainFault.Place {
        .init(
            .batch, at: batch.firstPosition,
            "a batch begins at position \(batch.firstPosition), within the one before it or beside it")
    }

    private mutating func close() -> ChainFault.Place? {
        guard let (batch, computed) = open.take().map({ ($0.row, $0.digest.finish()) }) else { return nil }
        guard computed == batch.digest else {
            let isOne = batch.firstPosition == batch.lastPosition
            return .init(
                .digest, in: batch.positions,
                "\(words(batch.positions)) (recorded \(time(batch.recordedAt))) \(isOne ? "does" : "do") not fit "
                    + "the batch: the events say digest \(short(computed)), the batch says \(short(batch.digest))")
        }
        if let anchor, batch.lastPosition == anchor.position, computed != anchor.digest {
            return .init(
                .anchor, in: 1...anchor.position,
                "the chain has the digest \(short(computed)) at position \(anchor.position), and the anchor says "
                    + "\(short(anchor.digest)): something up to there is not what it was")
        }
        digest = computed
        batches += 1
        return nil
    }

    // MARK: - Words

    private func words(_ positions: ClosedRange<Int64>) -> String {
        positions.count == 1
            ? "position \(positions.lowerBound)" : "positions \(positions.lowerBound) to \(positions.upperBound)"
    }

    private func time(_ microseconds: Int64?) -> String { microseconds.map(Instant.text) ?? "never" }

    /// The beginning of a digest, enough to tell two apart.
    private func short(_ digest: [UInt8]) -> String { digest.prefix(8).hexadecimalText + "…" }
}

extension ChainStretch.Batch {
    /// The batch's positions; for a batch that has been found not to end before it begins.
    fileprivate var positions: ClosedRange<Int64> { firstPosition...max(firstPosition, lastPosition) }
}
