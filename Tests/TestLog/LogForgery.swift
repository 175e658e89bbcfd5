package import Postgres

/// What someone can do to a log who may do everything in the database: a superuser with the triggers off.
///
/// In SQL alone. Chains are computed again as ``LogFaults`` does it, so that no code of the log helps to forge it.
package struct LogForgery {
    private let log: TestLog
    /// The number of the slice in the database.
    private let slice: Int32

    /// A forger of one slice; from here on the triggers of the log are off.
    package init(_ log: TestLog, slice: Int32) async throws(PostgresError) {
        self.log = log
        self.slice = slice
        for table in ["event", "batch", "patient", "source", "study", "head"] {
            try await log.execute("ALTER TABLE trough.\(table) DISABLE TRIGGER ALL")
        }
    }

    /// Changes the value of the event at a position.
    package func change(_ position: Int) async throws(PostgresError) {
        try await log.execute(
            "UPDATE trough.event SET value = value + 1 WHERE slice = \(slice) AND position = \(position)")
    }

    /// Takes the event at a position away and closes the gap, in events, batch and head.
    package func remove(_ position: Int) async throws(PostgresError) {
        try await log.execute("DELETE FROM trough.event WHERE slice = \(slice) AND position = \(position)")
        try await shift(eventsAfter: position, pivot: position, by: -1)
    }

    /// Puts an event before the one at a position, like that but for its id, and moves the others on.
    package func insert(before position: Int, id: String = "forged") async throws(PostgresError) {
        try await shift(eventsAfter: position - 1, pivot: position, by: 1)
        try await log.execute(
            """
            INSERT INTO trough.event SELECT slice, patient, \(position), occurred_at, recorded_at, value, source, kind,
                code, unit, qualifier, level, '\(id)', detail, attributes
            FROM trough.event WHERE slice = \(slice) AND position = \(position + 1)
            """)
    }

    /// Exchanges two events of one batch.
    package func swap(_ one: Int, _ other: Int) async throws(PostgresError) {
        try await log.execute(
            """
            UPDATE trough.event SET position = -\(one) WHERE slice = \(slice) AND position = \(one);
            UPDATE trough.event SET position = \(one) WHERE slice = \(slice) AND position = \(other);
            UPDATE trough.event SET position = \(other) WHERE slice = \(slice) AND position = -\(one);
            """)
    }

    /// Takes away the last batch with everything that came with it, and moves the head back.
    package func truncate() async throws(PostgresError) {
        try await log.execute(
            """
            DELETE FROM trough.batch WHERE slice = \(slice) AND last_position =
                (SELECT position FROM trough.head WHERE slice = \(slice));
            DELETE FROM trough.event e WHERE slice = \(slice) AND position >
                (SELECT coalesce(max(last_position), 0) FROM trough.batch WHERE slice = \(slice));
            DELETE FROM trough.patient p WHERE slice = \(slice) AND NOT EXISTS
                (SELECT FROM trough.event e WHERE e.slice = p.slice AND e.patient = p.patient);
            UPDATE trough.head h SET (position, recorded_at, digest) =
                (SELECT last_position, recorded_at, digest FROM trough.batch b WHERE b.slice = h.slice
                 ORDER BY first_position DESC LIMIT 1),
                patients = (SELECT count(*) FROM trough.patient p WHERE p.slice = h.slice)
            WHERE slice = \(slice);
            """)
    }

    /// Computes all digests of the slice again, so that they fit what is stored.
    package func recompute() async throws(PostgresError) {
        try await log.execute(
            """
            DO $$
            DECLARE
                b trough.batch;
                before bytea := decode(repeat('00', 32), 'hex');
            BEGIN
                FOR b IN SELECT * FROM trough.batch WHERE slice = \(slice) ORDER BY first_position LOOP
                    UPDATE trough.batch SET digest = (
                        SELECT sha256(\(LogFaults.batchBytes) || x.events) FROM \(LogFaults.eventBytes) x)
                    WHERE slice = b.slice AND first_position = b.first_position RETURNING digest INTO before;
                END LOOP;
                UPDATE trough.head SET digest = before WHERE slice = \(slice);
            END
            $$
            """)
    }

    /// Moves the events behind a position, and the ends of the batches from the one around `pivot` on, by a step.
    private func shift(eventsAfter position: Int, pivot: Int, by step: Int) async throws(PostgresError) {
        // By way of numbers far away, since a key is looked at row by row.
        let far = 1_000_000
        try await log.execute(
            """
            UPDATE trough.event SET position = position + \(far) WHERE slice = \(slice) AND position > \(position);
            UPDATE trough.event SET position = position - \(far) + (\(step)) WHERE slice = \(slice) AND position > \(far);
            UPDATE trough.batch SET last_position = last_position + (\(step))
                WHERE slice = \(slice) AND \(pivot) BETWEEN first_position AND last_position;
            UPDATE trough.batch SET first_position = first_position + \(far), last_position = last_position + \(far)
                WHERE slice = \(slice) AND first_position > \(pivot);
            UPDATE trough.batch SET first_position = first_position - \(far) + (\(step)),
                last_position = last_position - \(far) + (\(step)) WHERE slice = \(slice) AND first_position > \(far);
            UPDATE trough.head SET position = position + (\(step)) WHERE slice = \(slice);
            """)
    }
}
