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

    /// Appends the histories of patients who are not there yet.
    ///
    /// - Returns: What became of the events, or why they are refused, before anything is written:
    ///   ``LogError/otherEvents(_:)``.
    mutating func run(_ session: Session) throws(PostgresError) -> Result<SealedAppender.Receipt, LogError> {
        try session.makeDurable()
        try lockHead(session)
        let found = try knownPatients(session)
        if let other = try otherPatient(found, session) { return .failure(other) }
        let known = Set(found.map(\.index))
        let fresh = histories.members.indices.filter { !known.contains($0) }
        var receipt = SealedAppender.Receipt()
        receipt.stored = fresh.reduce(0) { $0 + histories.members[$1].count }
        receipt.known = histories.members.reduce(0) { $0 + $1.count } - receipt.stored
        if fresh.isEmpty { return .success(receipt) }
        let first = position
        if let other = try unsealedEvents(session) { return .failure(other) }
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
        return .success(receipt)
    }

    private mutating func lockHead(_ session: Session) throws(PostgresError) {
        let rows = try session.query(
            """
            SELECT position, patients, digest, greatest(clock_timestamp(), recorded_at) FROM trough.head
            WHERE slice = $1 FOR UPDATE
            """, [.int32(slice)])
        guard rows.count == 1 else {
            throw PostgresError(.misuse, "Slice \(histories.slice) of the study \"\(study)\" has no head.")
        }
        position = try rows.int64(0, 0)
        patients = try rows.int32(0, 1)
        digest = try rows.bytes(0, 2)
        recordedAt = try rows.timestamp(0, 3)
    }

    /// A patient whom the slice has already: the index among the histories, and the number.
    private typealias Known = (index: Int, number: Int32)

    /// The patients whom the slice has already.
    private func knownPatients(_ session: Session) throws(PostgresError) -> [Known] {
        if patients == 0 { return [] }
        if try areBehindKnown(session) { return [] }
        let subjects = histories.members.indices.map { Array(histories.batch.subjects[$0]) }
        let rows = try session.query(
            """
            SELECT k.n::integer, p.patient FROM unnest($2::text[]) WITH ORDINALITY AS k (subject, n)
            JOIN trough.patient p ON p.slice = $1 AND p.subject = k.subject COLLATE "C"
            """, [.int32(slice), .textArray(subjects)])
        var known: [Known] = []
        for row in 0..<rows.count { known.append((Int(try rows.int32(row, 0)) - 1, try rows.int32(row, 1))) }
        return known
    }

    /// Looks for a known patient who was not appended as a whole, and may so have other events, or not all of them.
    ///
    /// Patients of a segment that never had rows came with it, under numbers that nobody else has.
    private func otherPatient(_ known: [Known], _ session: Session) throws(PostgresError) -> LogError? {
        if known.isEmpty { return nil }
        let rows = try session.query(
            """
            SELECT first_patient, last_patient FROM trough.segment WHERE slice = $1 AND NOT has_rows ORDER BY first_position
            """, [.int32(slice)])
        var whole: [ClosedRange<Int32>] = []
        for row in 0..<rows.count {
            let first = try rows.int32(row, 0)
            whole.append(first...max(first, try rows.int32(row, 1)))
        }
        let other = known.first { patient in !whole.contains { $0.contains(patient.number) } }
        guard let other else { return nil }
        let subject = String(decoding: histories.batch.subjects[other.index], as: UTF8.self)
        return .otherEvents(
            "The study \"\(study)\" has a patient \"\(subject)\" whose events came one by one, so that they may be others or "
                + "not all; expected a study without such patients: name one with --study.")
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

    /// Looks for events in rows alone.
    private func unsealedEvents(_ session: Session) throws(PostgresError) -> LogError? {
        let sealed = try session.query(
            "SELECT coalesce(max(last_position), 0) FROM trough.segment WHERE slice = $1", [.int32(slice)]
        ).int64(0, 0)
        if sealed == position { return nil }
        return .otherEvents(
            "The study \"\(study)\" has \(position - sealed) events in rows alone in one of its slices, behind which no segment "
                + "can begin; \"trough seal --study '\(study)'\" packs them.")
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
