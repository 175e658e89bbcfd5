import EventLog
import Postgres

/// The way from a set of outcomes to the one that took its place, for somebody who was told the changes of the old one.
///
/// Until then he was told what the old set made of the events up to a position of each slice. The new set has taken in
/// others behind them, of which its revisions say nothing: they were given out while nobody listened. So of every patient
/// with events from there on, those outcomes are told that are not as they were told last. Who is meant is seen from the
/// time at which a patient's latest event was recorded, which does not go back within a slice. What the new set makes
/// otherwise of events that are known, under another protocol, is no change.
///
/// As long as the old set is there, nothing is told twice and nothing is left out; where it was dropped before the
/// crossing is done, nobody knows any more what was told, and all outcomes of those patients are.
struct OutcomeCrossing: Sendable {
    /// The set of which changes were told.
    let old: Int32
    /// How far.
    let told: [OutcomeCursor.Place]
    private let new: ProjectionSet
    /// The ends of the new set when the crossing began; what changes behind them is told as a change.
    private let ends: [OutcomeCursor.Place]
    private let study: Study
    private var slice: Int32 = -1
    private var patient: Int32 = 0
    private var endpoint = ""

    init(
        from old: Int32, told: [OutcomeCursor.Place], to new: ProjectionSet, ends: [OutcomeCursor.Place],
        of study: Study
    ) {
        (self.old, self.told, self.new, self.ends, self.study) = (old, told, new, ends, study)
    }

    /// The next outcomes; none at the end.
    mutating func next(_ limit: Int, _ session: Session) throws(PostgresError) -> [OutcomeReading.Outcome] {
        let rows = try session.query(
            Self.differences,
            [
                .int32(new.number), .int32(old), .int32(study.firstSlice), .int64Array(told.map(\.position)),
                .int64Array(ends.map(\.revision)),
            ] + OutcomeCursor.parameters(told) + [
                .int32(slice), .int32(patient), .string(endpoint), .int32(Int32(clamping: limit)),
            ])
        guard rows.count > 0 else { return [] }
        slice = try rows.int32(rows.count - 1, 0)
        patient = try rows.int32(rows.count - 1, 1)
        endpoint = try rows.string(rows.count - 1, 4)
        return try OutcomeReading.outcomes(rows, from: 2)
    }

    private static let differences = """
        WITH k AS MATERIALIZED (
            -- When the first event was recorded of which nobody was told.
            SELECT $3 + u.n::integer - 1 AS slice, u.*, (
                SELECT b.recorded_at FROM trough.batch b
                WHERE b.slice = $3 + u.n - 1 AND b.first_position <= u.position + 1
                ORDER BY b.first_position DESC LIMIT 1) AS recorded_at
            FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::integer[], $8::text[]) WITH ORDINALITY
                AS u (position, last, revision, patient, endpoint, n)
        )
        SELECT o.slice, o.patient, \(OutcomeReading.columns)
        FROM k JOIN trough.outcome o ON o.projection = $1 AND o.slice = k.slice AND o.revision <= k.last
        JOIN trough.patient_state t ON t.projection = o.projection AND t.slice = o.slice AND t.patient = o.patient
        WHERE (o.slice, o.patient, o.endpoint COLLATE "C") > ($9::integer, $10::integer, $11 COLLATE "C")
            AND t.position > k.position AND t.recorded_at >= coalesce(k.recorded_at, '-infinity')
            AND NOT EXISTS (
                SELECT FROM trough.outcome a
                WHERE a.projection = $2 AND a.slice = o.slice AND a.patient = o.patient AND a.endpoint = o.endpoint
                    AND (a.revision, a.patient, a.endpoint COLLATE "C") <= (k.revision, k.patient, k.endpoint COLLATE "C")
                    AND (a.is_event, a.day, a.cause, a.evidence::text)
                        = (o.is_event, o.day, o.cause, o.evidence::text))
        ORDER BY o.slice, o.patient, o.endpoint COLLATE "C" LIMIT $12
        """
}
