import Postgres
import Segments
import Trial

/// Packs the finished history of one slice, stretch by stretch.
///
/// What is packed is opened again, and its events must lead from the digest of the batch before the stretch to those of
/// the batches in it, before the segment is written. So whatever goes wrong between the rows and the packed bytes, in the
/// database or in the program, is found before it counts.
struct SliceSealer {
    /// What became of one stretch.
    struct Sealed: Sendable, Equatable {
        var events: Int
        var bytes: Int
        /// Up to which position the slice is sealed by it.
        var through: Int64 = 0
        /// Why the slice is not sealed further, although nothing is damaged.
        var refusal: String?
    }

    private let study: Study
    private let rows: RowStretches
    private let author: String
    /// What was recorded later is not sealed; microseconds since 1970.
    private let until: Int64?
    /// How many events the next segments pack at most; less once texts were too long for so many.
    private var eventsPerSegment: Int64
    private let textsPerSegment: Int
    private let patients: ChainPatients
    private let sourceNumbers: [Int32]
    private var writer: SegmentWriter

    /// Reads what the stretches of a slice have in common.
    ///
    /// - Parameter size: How much a segment packs at most.
    init(
        _ head: ChainHead, of study: Study, _ sources: StoredSources, until: Int64?, author: String,
        _ size: SegmentSize, _ session: Session
    ) throws(PostgresError) {
        self.study = study
        self.author = author
        self.until = until
        (eventsPerSegment, textsPerSegment) = (Int64(size.events), size.texts)
        rows = RowStretches(study: study, sources: sources, head: head)
        patients = try rows.patients(session)
        sourceNumbers = sources.numbers
        writer = SegmentWriter(slice: head.slice, limit: size.bytes)
    }

    /// Packs the next stretch that is finished and not packed yet; `nil` when there is none.
    mutating func sealNext(_ session: Session) throws(PostgresError) -> Sealed? {
        let known = try sealed(session)
        // Somebody else may have sealed beyond the head that was taken here.
        guard known.after < rows.head.position else { return nil }
        do throws(PostgresError) {
            let next = try sealNext(after: known.after, session)
            // Somebody else sealed this stretch at the same time, so that it is sealed now.
            if let next, next.events == 0, next.refusal == nil, try sealed(session) == known {
                throw damaged("there is a segment from position \(known.after + 1) on that ends before it")
            }
            return next
        } catch  where error.kind == .misuse {
            // Or have sealed this very stretch and removed its rows while it was read; then the next one follows that.
            guard try sealed(session) != known else { throw error }
            return Sealed(events: 0, bytes: 0)
        }
    }

    /// Up to which position the slice is sealed, and up to which rows were removed.
    private func sealed(_ session: Session) throws(PostgresError) -> (after: Int64, removed: Int64) {
        let found = try session.query(
            """
            SELECT (SELECT coalesce(max(last_position), 0) FROM trough.segment WHERE slice = $1),
                (SELECT coalesce(max(removed), 0) FROM trough.head WHERE slice = $1)
            """, [.int32(rows.head.slice)])
        return (try found.int64(0, 0), try found.int64(0, 1))
    }

    private mutating func sealNext(after: Int64, _ session: Session) throws(PostgresError) -> Sealed? {
        guard let stretch = try nextStretch(after: after, session) else { return nil }
        guard let parts = try pack(stretch) else {
            return Sealed(
                events: 0, bytes: 0,
                refusal: notFurther("the batch of positions \(after + 1) to \(stretch.through) has too long texts"))
        }
        guard let before = try rows.digest(upTo: after, session) else {
            throw damaged("no batch ends at position \(after)")
        }
        try verify(parts, stretch, after: before)
        return try write(parts, stretch, session)
    }

    /// Reads what the next segment packs: fewer events than usual where their texts are long, but never less than a batch.
    private mutating func nextStretch(after: Int64, _ session: Session) throws(PostgresError) -> ChainStretch? {
        while let end = try end(after: after, session) {
            let stretch = try rows.stretch(after: after, through: end, texts: textsPerSegment, session)
            guard stretch.isTooLong else { return stretch }
            if stretch.batches.count < 2 { return try rows.stretch(after: after, through: end, session) }
            eventsPerSegment = max(1, (end - after) / 2)
        }
        return nil
    }

    /// Where the next segment ends; `nil` where what comes next is not to be sealed.
    private func end(after: Int64, _ session: Session) throws(PostgresError) -> Int64? {
        let head = rows.head
        let limit = until.map { Parameter.timestamp(microsecondsSinceUnixEpoch: $0) } ?? .null
        // Batches are never torn; the greatest that is ever written is far smaller than the greatest segment.
        let end = try session.query(
            """
            SELECT max(last_position) FROM trough.batch
            WHERE slice = $1 AND first_position > $2 AND first_position <= $3
                AND (last_position <= $3 OR first_position = $2 + 1 AND last_position <= $4)
                AND recorded_at <= coalesce($5, 'infinity'::timestamptz)
            """,
            [
                .int32(head.slice), .int64(after), .int64(min(after + eventsPerSegment, head.position)),
                .int64(min(after + Int64(Segments.Limits.events), head.position)), limit,
            ])
        if try !end.isNull(0, 0) { return try end.int64(0, 0) }
        let isLater = try session.query(
            """
            SELECT EXISTS (SELECT FROM trough.batch WHERE slice = $1 AND first_position = $2 + 1 AND recorded_at > $3)
            """, [.int32(head.slice), .int64(after), limit]
        ).bool(0, 0)
        guard isLater else { throw damaged("no sound batch begins at position \(after + 1)") }
        return nil
    }

    /// Packs a stretch; `nil` where it is too much for one segment.
    private mutating func pack(_ stretch: ChainStretch) throws(PostgresError) -> SegmentParts? {
        if let fault = stretch.fault { throw damaged(fault.reason) }
        for (record, position) in zip(stretch.events.records, stretch.positions) {
            if let fault = record.fault { throw damaged("position \(position): \(fault)") }
        }
        for (index, position) in stretch.positions.enumerated() where position != stretch.after + Int64(index) + 1 {
            throw damaged("position \(stretch.after + Int64(index) + 1) is missing")
        }
        guard Int64(stretch.positions.count) == stretch.through - stretch.after else {
            throw damaged("position \(stretch.after + Int64(stretch.positions.count) + 1) is missing")
        }
        let batch = stretch.events
        var members = Array(batch.records.indices)
        members.sort { left, right in
            let (one, two) = (batch.records[left], batch.records[right])
            return one.patient != two.patient ? one.patient < two.patient : batch.precedes(one, two)
        }
        writer.begin(at: stretch.after + 1)
        var start = 0
        while start < members.count {
            let patient = batch.records[members[start]].patient
            var end = start + 1
            while end < members.count, batch.records[members[end]].patient == patient { end += 1 }
            guard let subject = patients[patient] else { throw damaged("there is no sound patient \(patient)") }
            writer.add(
                patient: patient, subject: subject.span, members[start..<end], of: batch, from: 0,
                sources: sourceNumbers)
            start = end
        }
        do throws(SegmentError) { return try writer.finish() } catch {
            if error.isTooMuch { return nil }
            throw damaged(error.message)
        }
    }

    /// Opens what was packed, and follows the chain through it.
    private func verify(
        _ parts: SegmentParts, _ stretch: ChainStretch, after before: [UInt8]
    ) throws(PostgresError) {
        let events: EventBatch
        do throws(SegmentError) {
            let segment = try Segment(parts.data, sources: rows.sources.names) { rows.sources[$0] }
            events = try SegmentRest(parts.rest, of: segment).logOrder(segment)
        } catch {
            throw damaged("the packed events cannot be opened again: \(error.message)")
        }
        let check = SegmentCheck(slice: rows.head.slice, patients: patients)
        if let reason = check.reason(events, stretch, after: before) { throw damaged(reason) }
    }

    private func write(
        _ parts: SegmentParts, _ stretch: ChainStretch, _ session: Session
    ) throws(PostgresError) -> Sealed? {
        guard let chain = stretch.batches.last?.digest else { return nil }
        do throws(PostgresError) {
            _ = try session.query(
                SegmentPlace.insertion,
                parts.insertion(
                    slice: rows.head.slice, through: stretch.through, author: author, hasRows: true, chain: chain))
        } catch {
            // Somebody else sealed this stretch at the same time; the next one follows it.
            guard error.sqlState == "23505" else { throw error }
            return Sealed(events: 0, bytes: 0)
        }
        return Sealed(
            events: parts.events, bytes: parts.data.count + parts.rest.count, through: stretch.through)
    }

    private func damaged(_ reason: String) -> PostgresError {
        PostgresError(.misuse, notFurther(reason))
    }

    private func notFurther(_ reason: String) -> String {
        let place = "Slice \(rows.head.slice - study.firstSlice) of study \"\(study.name)\""
        return "\(place) is not sealed further: \(reason)" + (reason.hasSuffix(".") ? "" : ".")
    }
}
