package import Postgres

/// Whether what is stored is what the log promises, asked in SQL alone so that no code of the log judges itself.
package enum LogFaults {
    /// Every broken promise in the whole database, as a sentence; none where all is well.
    package static func find(_ session: Session) throws(PostgresError) -> [String] {
        var faults: [String] = []
        for check in [positions, batches, times, patients, heads, chain] {
            let rows = try session.query(check)
            for row in 0..<min(rows.count, 5) { faults.append(try rows.string(row, 0)) }
        }
        return faults
    }

    /// Positions are 1, 2, 3, … up to the head.
    private static let positions = """
        SELECT format('slice %s has %s events from %s to %s, its head says %s',
            h.slice, count(e.position), min(e.position), max(e.position), h.position)
        FROM trough.head h LEFT JOIN trough.event e ON e.slice = h.slice
        GROUP BY h.slice, h.position
        HAVING count(e.position) <> h.position OR coalesce(max(e.position), 0) <> h.position
            OR coalesce(min(e.position), 1) <> 1
        UNION ALL
        SELECT format('slice %s has events and no head', e.slice)
        FROM trough.event e WHERE NOT EXISTS (SELECT FROM trough.head h WHERE h.slice = e.slice)
        """

    /// Batches lie end to end from position 1 to the head.
    private static let batches = """
        SELECT format('the batch of slice %s at %s follows one that ends at %s', slice, first_position, before)
        FROM (SELECT *, lag(last_position, 1, 0::bigint) OVER (PARTITION BY slice ORDER BY first_position) AS before
              FROM trough.batch) b
        WHERE first_position <> before + 1
        UNION ALL
        SELECT format('the last batch of slice %s ends at %s, the head is %s',
            h.slice, max(b.last_position), h.position)
        FROM trough.head h LEFT JOIN trough.batch b ON b.slice = h.slice
        GROUP BY h.slice, h.position HAVING coalesce(max(b.last_position), 0) <> h.position
        """

    /// The time of recording never goes back, and is the same in a batch, its events and the head.
    private static let times = """
        SELECT format('slice %s was recorded at %s after %s', slice, recorded_at, before)
        FROM (SELECT *, lag(recorded_at) OVER (PARTITION BY slice ORDER BY first_position) AS before
              FROM trough.batch) b
        WHERE recorded_at < before
        UNION ALL
        SELECT format('the event %s of slice %s has another time of recording than its batch', e.position, e.slice)
        FROM trough.batch b JOIN trough.event e ON e.slice = b.slice
            AND e.position BETWEEN b.first_position AND b.last_position
        WHERE e.recorded_at <> b.recorded_at
        UNION ALL
        SELECT format('the head of slice %s has the time %s', h.slice, h.recorded_at)
        FROM trough.head h LEFT JOIN trough.batch b ON b.slice = h.slice
        GROUP BY h.slice, h.recorded_at HAVING coalesce(max(b.recorded_at), '-infinity') <> h.recorded_at
        """

    /// Patients are 1, 2, 3, … in order of first appearance, each with an event.
    private static let patients = """
        SELECT format('slice %s has %s patients up to %s, its head says %s',
            h.slice, count(p.patient), max(p.patient), h.patients)
        FROM trough.head h LEFT JOIN trough.patient p ON p.slice = h.slice
        GROUP BY h.slice, h.patients
        HAVING count(p.patient) <> h.patients OR coalesce(max(p.patient), 0) <> h.patients
        UNION ALL
        SELECT format('patient %s of slice %s appears out of turn or never', patient, slice)
        FROM (SELECT p.slice, p.patient, row_number() OVER (PARTITION BY p.slice ORDER BY min(e.position)) AS turn
              FROM trough.patient p LEFT JOIN trough.event e ON e.slice = p.slice AND e.patient = p.patient
              GROUP BY p.slice, p.patient) p
        WHERE turn <> patient
        UNION ALL
        SELECT format('the event %s of slice %s has no patient or no source', e.position, e.slice)
        FROM trough.event e
        LEFT JOIN trough.patient p ON p.slice = e.slice AND p.patient = e.patient
        LEFT JOIN trough.source s ON s.source = e.source
        WHERE p.patient IS NULL OR s.source IS NULL
        """

    /// A head's digest is that of its last batch.
    private static let heads = """
        SELECT format('the head of slice %s has another digest than its last batch', h.slice)
        FROM trough.head h
        LEFT JOIN trough.batch b ON b.slice = h.slice AND b.last_position = h.position
        WHERE h.digest <> coalesce(b.digest, decode(repeat('00', 32), 'hex'))
        """

    /// The hashed bytes of the events of batch `b`, as column `events`.
    static let eventBytes = """
        (SELECT string_agg(
            int4send(e.patient) || int8send((extract(epoch FROM e.occurred_at) * 1000000)::bigint)
            || float8send(e.value) || int2send(e.kind) || int2send(e.code) || int2send(e.unit)
            || int2send(e.qualifier) || int2send(e.level)
            || int4send(octet_length(p.subject)) || convert_to(p.subject, 'UTF8')
            || int4send(octet_length(s.uri)) || convert_to(s.uri, 'UTF8')
            || int4send(octet_length(e.id)) || convert_to(e.id, 'UTF8')
            || int4send(octet_length(coalesce(e.detail::text, '')))
            || convert_to(coalesce(e.detail::text, ''), 'UTF8')
            || int4send(octet_length(coalesce(e.attributes::text, '')))
            || convert_to(coalesce(e.attributes::text, ''), 'UTF8'), ''::bytea ORDER BY e.position) AS events
        FROM trough.event e
        JOIN trough.patient p ON p.slice = e.slice AND p.patient = e.patient
        JOIN trough.source s ON s.source = e.source
        WHERE e.slice = b.slice AND e.position BETWEEN b.first_position AND b.last_position)
        """

    /// The hashed bytes of batch `b` that come before its events; `before` is the digest of the batch before it.
    static let batchBytes = """
        'trough.batch.1'::bytea || before || int4send(b.slice) || int8send(b.first_position)
        || int8send(b.last_position - b.first_position + 1)
        || int8send((extract(epoch FROM b.recorded_at) * 1000000)::bigint)
        || int4send(octet_length(b.author)) || convert_to(b.author, 'UTF8')
        || int4send(octet_length(coalesce(b.reason, ''))) || convert_to(coalesce(b.reason, ''), 'UTF8')
        || int4send(octet_length(b.client)) || convert_to(b.client, 'UTF8')
        """

    /// Each digest is SHA-256 over the one before, the batch and its events, by the documented spelling.
    private static let chain = """
        SELECT format('the digest of slice %s at %s is not that of its rows', b.slice, b.first_position)
        FROM (SELECT *, lag(digest, 1, decode(repeat('00', 32), 'hex'))
                OVER (PARTITION BY slice ORDER BY first_position) AS before FROM trough.batch) b
        CROSS JOIN LATERAL \(eventBytes) x
        WHERE b.digest IS DISTINCT FROM sha256(\(batchBytes) || x.events)
        """
}
