import Postgres
import Segments
import Trial

/// One attempt at appending whole histories as segments, inside a transaction; an error leaves nothing behind.
struct SealedTransaction {
    private let histories: SealedAppender.Histories
    private let slice: Int32
    private let study: String
    private let sources: [Int32]
    private let attribution: Attribution

    /// The head of the slice, which moves as segments are written.
    private var position: Int64 = 0
    private var patients: Int32 = 0
    private var digest: [UInt8] = []
    private var recordedAt: Int64 = 0

    init(
        _ histories: SealedAppender.Histories, slice: Int32, of study: String, sources: [Int32],
        _ attribution: Attribution
    ) {
        self.histories = histories
        self.slice = slice
        self.study = study
        self.sources = sources
        self.attribution = attribution
    }

    /// How far the slice has come.
    var end: LogMark.End { LogMark.End(slice: slice, position: position, digest: digest) }

    mutating func run(_ session: Session) throws(PostgresError) -> SealedAppender.Receipt {
        try session.makeDurable()
        try lockHead(session)
        let known = try knownPatients(session)
        let fresh = histories.members.indices.filter { !known.contains($0) }
        var receipt = SealedAppender.Receipt()
        receipt.stored = fresh.reduce(0) { $0 + histories.members[$1].count }
        receipt.known = histories.members.reduce(0) { $0 + $1.count } - receipt.stored
        if fresh.isEmpty { return receipt }
        let first = position
        try checkSealed(session)
        try insertPatients(fresh, session)
        var start = 0
        var writer = SegmentWriter(slice: slice)
        while start < fresh.count {
            var (end, events) = (start, 0)
            while end < fresh.count, events + histories.members[fresh[end]].count <= Segments.Limits.events {
                events += histories.members[fresh[end]].count
                end += 1
            }
            guard end > start else {
                throw PostgresError(
                    .misuse, "A history of \(histories.members[fresh[start]].count) events does not fit a segment.")
            }
            try write(fresh[start..<end], events, &writer, session)
            start = end
        }
        guard position == first + Int64(receipt.stored) else {
            throw PostgresError(.misuse, "\(position - first) events were packed, \(receipt.stored) were given.")
        }
        _ = try session.query(
            "UPDATE trough.head SET position = $2, patients = $3, recorded_at = $4, digest = $5 WHERE slice = $1",
            [
                .int32(slice), .int64(position), .int32(patients),
                .timestamp(microsecondsSinceUnixEpoch: recordedAt), .bytes(digest),
            ])
        return receipt
    }

    private mutating func lockHead(_ session: Session) throws(PostgresError) {
        let rows = try session.query(
            """
            SELECT position, patients, digest, greatest(clock_timestamp(), recorded_at) FROM trough.head
            WHERE slice = $1 FOR UPDATE
            """, [.int32(slice)])
        guard rows.count == 1 else { throw PostgresError(.misuse, "The slice number \(slice) has no head.") }
        position = try rows.int64(0, 0)
        patients = try rows.int32(0, 1)
        digest = try rows.bytes(0, 2)
        recordedAt = try rows.timestamp(0, 3)
    }

    /// The indices of patients whom the slice has already.
    private func knownPatients(_ session: Session) throws(PostgresError) -> Set<Int> {
        if patients == 0 { return [] }
        if try areBehindKnown(session) { return [] }
        let subjects = histories.members.indices.map { Array(histories.batch.subjects[$0]) }
        let rows = try session.query(
            """
            SELECT k.n::integer FROM unnest($2::text[]) WITH ORDINALITY AS k (subject, n)
            JOIN trough.patient p ON p.slice = $1 AND p.subject = k.subject COLLATE "C"
            """, [.int32(slice), .textArray(subjects)])
        var known: Set<Int> = []
        for row in 0..<rows.count { known.insert(Int(try rows.int32(row, 0)) - 1) }
        return known
    }

    /// Whether all subjects come behind the greatest that the slice has.
    ///
    /// So it is where a cohort is written in its order, and one look at the end of the index spares a look for each patient.
    private func areBehindKnown(_ session: Session) throws(PostgresError) -> Bool {
        let rows = try session.query(
            "SELECT subject FROM trough.patient WHERE slice = $1 ORDER BY subject DESC LIMIT 1", [.int32(slice)])
        if rows.count == 0 { return true }
        let greatest = try rows.bytes(0, 0)
        return histories.members.indices.allSatisfy { greatest.lexicographicallyPrecedes(histories.batch.subjects[$0]) }
    }

    private func checkSealed(_ session: Session) throws(PostgresError) {
        let sealed = try session.query(
            "SELECT coalesce(max(last_position), 0) FROM trough.segment WHERE slice = $1", [.int32(slice)]
        ).int64(0, 0)
        guard sealed == position else {
            throw PostgresError(
                .misuse,
                "The study \"\(study)\" has \(position - sealed) events in rows alone in one of its slices, behind which "
                    + "no segment can begin; \"trough seal --study '\(study)'\" packs them.")
        }
    }

    private mutating func insertPatients(_ fresh: [Int], _ session: Session) throws(PostgresError) {
        let first = patients
        let copied = try session.copyIn(
            "COPY trough.patient (slice, patient, subject) FROM STDIN (FORMAT binary)"
        ) { writer throws(PostgresError) in
            for (number, index) in fresh.enumerated() {
                writer.row(fields: 3)
                writer.int32(slice)
                writer.int32(first + Int32(truncatingIfNeeded: number) + 1)
                writer.text(histories.batch.subjects[index].span)
            }
        }
        guard copied == fresh.count else {
            throw PostgresError(.misuse, "\(fresh.count) patients were copied, and the server took \(copied).")
        }
    }

    /// Packs the histories of some patients as one batch and one segment.
    private mutating func write(
        _ fresh: ArraySlice<Int>, _ events: Int, _ writer: inout SegmentWriter, _ session: Session
    ) throws(PostgresError) {
        let batch = histories.batch
        let first = position + 1
        var chain = BatchDigest(
            after: digest, slice: slice, firstPosition: first, count: events, recordedAt: recordedAt,
            attribution: attribution)
        writer.begin(at: first)
        for index in fresh {
            patients += 1
            let (members, subject) = (histories.members[index], batch.subjects[index])
            writer.add(patient: patients, subject: subject.span, members, of: batch, sources: sources)
            chain.add(members, patient: patients, subject: subject, of: batch)
        }
        let parts: SegmentParts
        do throws(SegmentError) { parts = try writer.finish() } catch { throw PostgresError(.misuse, error.message) }
        digest = chain.finish()
        position += Int64(events)
        _ = try session.query(
            """
            INSERT INTO trough.batch (slice, first_position, last_position, recorded_at, author, reason, client, digest)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .int32(slice), .int64(first), .int64(position), .timestamp(microsecondsSinceUnixEpoch: recordedAt),
                .string(attribution.author), attribution.reason.map(Parameter.string) ?? .null,
                .string(attribution.client), .bytes(digest),
            ])
        _ = try session.query(
            SegmentPlace.insertion,
            parts.insertion(slice: slice, through: position, author: attribution.author, hasRows: false, chain: digest))
    }
}
