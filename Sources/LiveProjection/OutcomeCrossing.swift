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
    /// The slice that is being told, and what was told of it last.
    private var slice = 0
    private var patient: Int32 = 0
    private var endpoint = ""

    init(
        from old: Int32, told: [OutcomeCursor.Place], to new: ProjectionSet, ends: [OutcomeCursor.Place],
        of study: Study
    ) {
        (self.old, self.told, self.new, self.ends, self.study) = (old, told, new, ends, study)
    }

    /// The next outcomes, slice by slice; none at the end.
    mutating func next(_ limit: Int, _ session: Session) throws(PostgresError) -> [OutcomeReading.Outcome] {
        var page: [OutcomeReading.Outcome] = []
        while slice < min(told.count, ends.count) {
            // Where the new set has come no farther, there is no such patient.
            if ends[slice].position > told[slice].position {
                let wanted = limit - page.count
                let rows = try rows(wanted, session)
                page += try OutcomeReading.outcomes(rows, from: 1)
                if rows.count >= wanted {
                    patient = try rows.int32(rows.count - 1, 0)
                    endpoint = try rows.string(rows.count - 1, 3)
                    return page
                }
            }
            (slice, patient, endpoint) = (slice + 1, 0, "")
        }
        return page
    }

    private func rows(_ limit: Int, _ session: Session) throws(PostgresError) -> Rows {
        let (told, end) = (told[slice], ends[slice])
        return try session.query(
            Self.differences,
            [
                .int32(new.number), .int32(study.firstSlice + Int32(slice)), .int32(patient), .string(endpoint),
                .int64(told.position), .int64(end.revision), .int32(old), .int64(told.revision),
                .int32(told.patient), .string(told.endpoint), .int32(Int32(clamping: limit)),
            ])
    }

    /// By the keys of patients, one slice after the other; places are compared part by part, since of a comparison of rows
    /// the planner makes a scan that begins at the same place for every patient.
    ///
    /// Then the outcomes that were told of patients who have none now: by their latest events, or parked behind them.
    private static let differences = """
        SELECT * FROM (
            (SELECT o.patient, \(OutcomeReading.columns)
            FROM trough.patient_state t
            JOIN trough.outcome o ON o.projection = t.projection AND o.slice = t.slice AND o.patient = t.patient
            WHERE t.projection = $1 AND t.slice = $2 AND t.patient >= $3
                AND (t.patient > $3 OR o.endpoint COLLATE "C" > $4)
                AND \(hasNews)
                AND o.revision <= $6
                AND NOT EXISTS (
                    SELECT FROM trough.outcome a
                    WHERE a.projection = $7 AND a.slice = $2 AND a.patient = o.patient AND a.endpoint = o.endpoint
                        AND \(wasTold)
                        AND (a.is_event, a.day, a.cause, a.evidence::text)
                            = (o.is_event, o.day, o.cause, o.evidence::text))
            ORDER BY t.patient, o.endpoint COLLATE "C" LIMIT $11)
            UNION ALL
            (SELECT w.patient, \(OutcomeReading.withdrawnColumns)
            FROM (
                SELECT t.patient, t.subject, a.endpoint, 'not-randomised' AS cause, t.recorded_at,
                    t.projected_at AS changed_at
                FROM trough.patient_state t
                JOIN trough.outcome a ON a.projection = $7 AND a.slice = $2 AND a.patient = t.patient
                WHERE t.projection = $1 AND t.slice = $2 AND t.patient >= $3
                    AND (t.patient > $3 OR a.endpoint COLLATE "C" > $4)
                    AND t.line IS NULL AND \(hasNews) AND \(wasTold)
                ORDER BY t.patient, a.endpoint COLLATE "C" LIMIT $11) AS w)
            UNION ALL
            (SELECT w.patient, \(OutcomeReading.withdrawnColumns)
            FROM (
                SELECT q.patient, t.subject, a.endpoint, 'parked' AS cause, q.parked_at AS recorded_at,
                    q.parked_at AS changed_at
                FROM trough.parked q
                JOIN trough.outcome a ON a.projection = $7 AND a.slice = $2 AND a.patient = q.patient
                JOIN trough.patient_state t
                    ON t.projection = a.projection AND t.slice = a.slice AND t.patient = a.patient
                WHERE q.projection = $1 AND q.slice = $2 AND q.patient >= $3
                    AND (q.patient > $3 OR a.endpoint COLLATE "C" > $4)
                    AND q.position > $5 AND \(wasTold)
                ORDER BY q.patient, a.endpoint COLLATE "C" LIMIT $11) AS w)
        ) AS d
        ORDER BY d.patient, d.endpoint COLLATE "C" LIMIT $11
        """

    /// Whether a patient `t` has events of which nobody was told.
    private static let hasNews = """
        t.position > $5 AND t.recorded_at >= coalesce((
            -- When the first of them was recorded.
            SELECT b.recorded_at FROM trough.batch b WHERE b.slice = $2 AND b.first_position <= $5 + 1
            ORDER BY b.first_position DESC LIMIT 1), '-infinity')
        """

    /// Whether an outcome `a` of the old set was told.
    private static let wasTold = """
        (a.revision < $8 OR a.revision = $8
            AND (a.patient < $9 OR a.patient = $9 AND a.endpoint COLLATE "C" <= $10))
        """
}
