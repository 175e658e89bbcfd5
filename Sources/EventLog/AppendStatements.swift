import Postgres
import Trial

/// The statements of an append.
enum AppendStatements {
    /// Waits until nobody keeps the tables from being written, as an index under construction does.
    ///
    /// The statements that go out with COMMIT cannot be cancelled any more, so they must not have to wait for anybody.
    ///
    /// Of the events the table as a whole: partitions are many, and no program of the log gets at one of them past it.
    static let lockTables = Statement("LOCK TABLE ONLY trough.event, trough.batch, trough.head IN ROW EXCLUSIVE MODE")

    /// Locks the heads of slices in ascending order, so that appenders cannot deadlock.
    ///
    /// Gives a row for each: slice, position, patients, digest, a time of recording that is neither before the slice's last
    /// one nor before its lock, the number of the type of an event's row, and how far rows were removed. The latest of the times is after all locks,
    /// since rows are read one by one as they are locked.
    static func lockHeads(_ slices: [Int32]) -> Statement {
        // What is reported as stored is durable, whatever the role's or the database's settings say.
        Statement(
            """
            WITH locked AS MATERIALIZED (
                SELECT slice, position, patients, digest, recorded_at, removed FROM trough.head
                WHERE slice = ANY ($1) ORDER BY slice FOR UPDATE)
            SELECT slice, position, patients, digest, greatest(clock_timestamp(), recorded_at),
                'trough.event'::regtype::oid::bigint, removed,
                (SELECT set_config('synchronous_commit', 'on', true)
                 WHERE current_setting('synchronous_commit') = 'off')
            FROM locked
            """, [.int32Array(slices)])
    }

    /// Inserts the rows of events.
    static func insertEvents(_ rows: Parameter) -> Statement {
        Statement("INSERT INTO trough.event SELECT * FROM unnest($1::trough.event[])", [rows])
    }

    /// Takes the rows of events as ``write(_:of:at:_:to:)`` spells them.
    static let copyEvents = """
        COPY trough.event (slice, patient, position, occurred_at, recorded_at, value, source, kind, code, unit,
            qualifier, level, id, detail, attributes) FROM STDIN (FORMAT binary)
        """

    /// Writes the row of an event.
    static func write<Writer: RowWriter & ~Copyable>(
        _ record: EventRecord, of batch: EventBatch,
        at place: (slice: Int32, patient: Int32, position: Int64, source: Int32), _ recordedAt: Int64,
        to writer: inout Writer
    ) {
        writer.row(fields: 15)
        writer.int32(place.slice)
        writer.int32(place.patient)
        writer.int64(place.position)
        writer.timestamp(microsecondsSinceUnixEpoch: record.time)
        writer.timestamp(microsecondsSinceUnixEpoch: recordedAt)
        writer.double(record.value)
        writer.int32(place.source)
        writer.int16(record.kind.rawValue)
        writer.int16(record.code)
        writer.int16(record.unit)
        writer.int16(record.qualifier)
        writer.int16(record.level)
        let arena = batch.arena.span
        writer.text(arena.extracting(record.id.indices))
        if record.detail.isEmpty { writer.nullJSON() } else { writer.json(arena.extracting(record.detail.indices)) }
        if record.attributes.isEmpty {
            writer.nullJSON()
        } else {
            writer.json(arena.extracting(record.attributes.indices))
        }
    }

    /// Writes one batch row for each slice that got events.
    static func insertBatches(
        _ grown: [SliceHeads.Head], _ recordedAt: Int64, _ attribution: Attribution
    ) -> Statement {
        Statement(
            """
            INSERT INTO trough.batch (slice, first_position, last_position, recorded_at, author, reason, client, digest)
            SELECT k.slice, k.first, k.last, $5, $6, $7, $8, k.digest
            FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bytea[]) AS k (slice, first, last, digest)
            """,
            [
                .int32Array(grown.map(\.slice)), .int64Array(grown.map(\.firstPosition)),
                .int64Array(grown.map(\.position)), .byteaArray(grown.map(\.digest)),
                .timestamp(microsecondsSinceUnixEpoch: recordedAt), .string(attribution.author),
                attribution.reason.map(Parameter.string) ?? .null, .string(attribution.client),
            ])
    }

    /// Moves the heads of the slices that got events.
    static func moveHeads(_ grown: [SliceHeads.Head], _ recordedAt: Int64) -> Statement {
        Statement(
            """
            UPDATE trough.head h SET position = k.position, patients = k.patients, recorded_at = $5, digest = k.digest
            FROM unnest($1::integer[], $2::bigint[], $3::integer[], $4::bytea[])
                AS k (slice, position, patients, digest)
            WHERE h.slice = k.slice
            """,
            [
                .int32Array(grown.map(\.slice)), .int64Array(grown.map(\.position)),
                .int32Array(grown.map(\.patients)), .byteaArray(grown.map(\.digest)),
                .timestamp(microsecondsSinceUnixEpoch: recordedAt),
            ])
    }

    /// Bounds the waits of a transaction that no cancellation reaches.
    static let boundWaits = Statement("SET LOCAL lock_timeout = '\(Limits.lockPatienceMilliseconds)ms'")

    /// Does all that an append does, where heads were not locked before: moves those that stand where they are thought to,
    /// and writes events and batches if all of them did.
    ///
    /// The server dates the batches and hashes them; it gives slice, digest and time of each, in the order of slices. One
    /// statement, since that locks its tables before its rows, as everybody does who locks both.
    ///
    /// - Parameters:
    ///   - grown: The heads with their new positions.
    ///   - texts: The batch of each of them.
    ///   - recordedAt: A time before which nothing is recorded.
    /// - Throws: SQLSTATE `TR008` from the server where one of them stands elsewhere.
    static func appendUnlocked(
        _ rows: Parameter, _ grown: [SliceHeads.Head], _ texts: [BatchText], notBefore recordedAt: Int64,
        _ attribution: Attribution
    ) -> Statement {
        Statement(
            """
            WITH clock AS MATERIALIZED (SELECT greatest(clock_timestamp(), $8) AS time),
            spelled AS MATERIALIZED (
                SELECT time, int8send((extract(epoch FROM time) * 1000000)::bigint) AS bytes FROM clock),
            moved AS (
                UPDATE trough.head h SET position = k.last, recorded_at = c.time,
                    digest = sha256(k.before || c.bytes || k.behind)
                FROM spelled c, unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bigint[],
                        $6::bytea[], $7::bytea[])
                    AS k (slice, first, last, stood, removed, before, behind)
                WHERE h.slice = k.slice AND h.digest = k.stood AND h.removed = k.removed
                RETURNING h.slice, k.first, k.last, h.digest),
            checked AS MATERIALIZED (
                SELECT trough.expect_moved(count(*), cardinality($1)), (
                    SELECT set_config('synchronous_commit', 'on', true)
                    WHERE current_setting('synchronous_commit') = 'off')
                FROM moved),
            chained AS (
                INSERT INTO trough.batch
                    (slice, first_position, last_position, recorded_at, author, reason, client, digest)
                SELECT m.slice, m.first, m.last, c.time, $9, $10, $11, m.digest FROM checked, clock c, moved m),
            stored AS (
                INSERT INTO trough.event
                SELECT e.slice, e.patient, e.position, e.occurred_at, c.time, e.value, e.source, e.kind, e.code, e.unit,
                    e.qualifier, e.level, e.id, e.detail, e.attributes
                FROM checked, clock c, unnest($12::trough.event[]) AS e)
            SELECT m.slice, m.digest, c.time FROM checked, clock c, moved m
            """,
            [
                .int32Array(grown.map(\.slice)), .int64Array(grown.map(\.firstPosition)),
                .int64Array(grown.map(\.position)), .byteaArray(grown.map(\.digest)),
                .int64Array(grown.map(\.removed)), .byteaArray(texts.map(\.before)), .byteaArray(texts.map(\.behind)),
                .timestamp(microsecondsSinceUnixEpoch: recordedAt), .string(attribution.author),
                attribution.reason.map(Parameter.string) ?? .null, .string(attribution.client), rows,
            ])
    }
}

extension Session {
    /// Makes the transaction under way durable, whatever the role's or the database's settings say: what is reported as
    /// stored survives.
    func makeDurable() throws(PostgresError) {
        try query(
            "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'")
    }
}
