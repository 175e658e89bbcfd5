-- Rows of events in partitions, a study's own in one, so that they can be taken away as a whole once segments hold the
-- same events. Programs of earlier versions must have ended before that is done: they would not notice.
SET search_path = pg_catalog, pg_temp;
SET ROLE trough_owner;

-- The table so far becomes the partition that the studies of today share. None of its rows is moved.
ALTER TABLE trough.event RENAME TO event_shared;
ALTER TABLE trough.event_shared RENAME CONSTRAINT event_position TO event_shared_position;
ALTER TABLE trough.event_shared RENAME CONSTRAINT event_name TO event_shared_name;

CREATE TABLE trough.event (
    LIKE trough.event_shared INCLUDING COMMENTS,
    CONSTRAINT event_position PRIMARY KEY (slice, position),
    CONSTRAINT event_name UNIQUE (slice, patient, source, id)
) PARTITION BY RANGE (slice);
COMMENT ON TABLE trough.event IS 'What happened, append-only. See the views dose, assay, score, adverse_event, correction, timeline.';
COMMENT ON TABLE trough.event_shared IS 'Rows of studies that are older than partitions.';

-- Rights are those of the table as a whole; nobody has any on a partition. The owner's DELETE is a right to lock the
-- table: the trigger below refuses every row.
REVOKE ALL ON trough.event FROM PUBLIC;
REVOKE ALL ON trough.event_shared FROM trough_reader, trough_writer;
GRANT SELECT ON trough.event TO trough_reader, trough_writer;
GRANT INSERT ON trough.event TO trough_writer;
REVOKE UPDATE, TRUNCATE ON trough.event FROM trough_owner;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trough.event
    FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_change();
ALTER TABLE trough.event ENABLE ALWAYS TRIGGER append_only;

-- The other views stand on this one.
CREATE OR REPLACE VIEW trough.timeline WITH (security_invoker = true) AS
SELECT s.name AS study, p.subject, e.occurred_at, k.name AS type, e.code, e.unit, e.qualifier, e.level, e.value,
       e.detail, e.attributes, o.uri AS source, e.id, e.recorded_at, e.slice, e.position
FROM trough.event e
JOIN trough.head h ON h.slice = e.slice
JOIN trough.study s ON s.study = h.study
JOIN trough.patient p ON p.slice = e.slice AND p.patient = e.patient
JOIN trough.source o ON o.source = e.source
JOIN trough.vocabulary k ON k.domain = 'kind' AND k.code = e.kind;
COMMENT ON VIEW trough.timeline IS 'Every event that has a row, as stored, corrections not applied; order by occurred_at, source, id.';

DO $$
DECLARE
    bound bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM trough.study) AND NOT EXISTS (SELECT FROM trough.event_shared) THEN
        DROP TABLE trough.event_shared;
        RETURN;
    END IF;
    SELECT 1 + greatest((SELECT max(first_slice + slices - 1) FROM trough.study),
        (SELECT max(slice) FROM trough.event_shared), (SELECT last_value FROM trough.slice_number WHERE is_called))
    INTO bound;
    EXECUTE pg_catalog.format(
        'ALTER TABLE trough.event ATTACH PARTITION trough.event_shared FOR VALUES FROM (MINVALUE) TO (%s)', bound);
    -- Slices from there on are of studies yet to be made.
    IF bound > 0 THEN
        PERFORM setval('trough.slice_number', bound - 1);
    END IF;
END
$$;

-- Makes the partition of a study. Appends to others go on meanwhile: nothing here locks out those who write or read.
CREATE FUNCTION trough.make_partition(number integer, first_slice integer, slices integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own text := 'event_' || number;
BEGIN
    EXECUTE format(
        'CREATE TABLE trough.%I (
            LIKE trough.event INCLUDING COMMENTS,
            CONSTRAINT %I PRIMARY KEY (slice, position),
            CONSTRAINT %I UNIQUE (slice, patient, source, id))', own, own || '_position', own || '_name');
    EXECUTE format('REVOKE ALL ON trough.%I FROM PUBLIC, trough_reader, trough_writer', own);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON trough.%I FROM trough_owner', own);
    EXECUTE format(
        'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trough.%I
         FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_change()', own);
    EXECUTE format('ALTER TABLE trough.%I ENABLE ALWAYS TRIGGER append_only', own);
    EXECUTE format(
        'ALTER TABLE trough.event ATTACH PARTITION trough.%I FOR VALUES FROM (%s) TO (%s)',
        own, first_slice, first_slice + slices);
END
$$;

-- Who makes a study need not be the owner, whom the partition belongs to.
CREATE FUNCTION trough.give_partition() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM trough.make_partition(NEW.study, NEW.first_slice, NEW.slices);
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION trough.make_partition(integer, integer, integer), trough.give_partition() FROM PUBLIC;
CREATE TRIGGER own_partition AFTER INSERT ON trough.study
    FOR EACH ROW EXECUTE FUNCTION trough.give_partition();
ALTER TABLE trough.study ENABLE ALWAYS TRIGGER own_partition;

-- The log's own record of what was taken away.
CREATE TABLE trough.removal (
    slice      integer     NOT NULL,
    through    bigint      NOT NULL CHECK (through > 0),
    chain      bytea       NOT NULL CHECK (octet_length(chain) = 32),
    removed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    login      name        NOT NULL DEFAULT session_user,
    author     text        NOT NULL,
    reason     text        CHECK (reason <> ''),
    PRIMARY KEY (slice, through)
);
COMMENT ON TABLE trough.removal IS 'Who took away the rows of which slice up to which position, when and why; segments hold the events.';
COMMENT ON COLUMN trough.removal.chain IS 'The digest of the batch that ends at this position.';
REVOKE ALL ON trough.removal FROM PUBLIC;
GRANT SELECT ON trough.removal TO trough_reader, trough_writer;
REVOKE UPDATE, TRUNCATE ON trough.removal FROM trough_owner;

-- In the head, which every appender locks and reads anyway, so that it notices without asking.
ALTER TABLE trough.head ADD COLUMN removed bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN trough.head.removed IS 'Up to which position rows were taken away: segments alone hold these events.';

CREATE OR REPLACE FUNCTION trough.refuse_step_back() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.slice <> OLD.slice OR NEW.study <> OLD.study OR NEW.position < OLD.position
        OR NEW.patients < OLD.patients OR NEW.recorded_at < OLD.recorded_at
        OR NEW.removed < OLD.removed OR NEW.removed > NEW.position
        OR NEW.position = OLD.position AND (NEW.patients, NEW.recorded_at, NEW.digest)
            IS DISTINCT FROM (OLD.patients, OLD.recorded_at, OLD.digest) THEN
        RAISE EXCEPTION 'the head of slice % would go back, or change without an event', OLD.slice
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION trough.refuse_removal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_kept boolean;
BEGIN
    IF TG_TABLE_NAME IN ('event_shared', 'batch', 'patient', 'segment', 'removal') THEN
        SELECT EXISTS (SELECT FROM (SELECT DISTINCT slice FROM gone) AS g WHERE NOT EXISTS (
            SELECT FROM trough.head h JOIN trough.study s ON s.study = h.study
            WHERE h.slice = g.slice AND s.is_disposable)) INTO is_kept;
    ELSE
        SELECT EXISTS (SELECT FROM (SELECT DISTINCT study FROM gone) AS g WHERE NOT EXISTS (
            SELECT FROM trough.study s WHERE s.study = g.study AND s.is_disposable)) INTO is_kept;
    END IF;
    IF is_kept THEN
        RAISE EXCEPTION 'trough.% is append-only: % is refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'insufficient_privilege',
                  HINT = 'State what is true in a new event of type trough.correction.v1.';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON trough.removal
    FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_change();
CREATE TRIGGER only_disposable AFTER DELETE ON trough.removal REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_removal();
ALTER TABLE trough.removal ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE trough.removal ENABLE ALWAYS TRIGGER only_disposable;

-- Locks the whole table of events, which taking a partition off needs, and then the heads of the study: an appender locks
-- both in this order. Whoever waits for the table makes all later appends and reads wait, too. So it is tried for a tenth
-- of a second at a time, with pauses. SQLSTATE TR006: somebody reads or writes for longer than this is tried.
CREATE FUNCTION trough.hold_events(number integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
BEGIN
    FOR try IN 1..100 LOOP
        BEGIN
            LOCK TABLE ONLY trough.event IN ACCESS EXCLUSIVE MODE;
            PERFORM FROM trough.head WHERE study = number ORDER BY slice FOR UPDATE;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.05 + random() * 0.2);
        END;
    END LOOP;
    RAISE EXCEPTION 'the table of events is in use' USING ERRCODE = 'TR006';
END
$$;

-- Takes away the rows of a study up to one position in each slice, in the order of its slices and 0 where there are none:
-- the ends of segments whose events the caller has compared with the log's chain. The partition goes as a whole; rows
-- behind these positions, which must be few, come into the new one.
--
-- Returns how many rows have gone. SQLSTATE TR004: there is no such study. TR005: it has no partition of its own.
-- TR006: the table was in use. TR007: the positions are not those of segments, or too many rows lie behind them.
CREATE FUNCTION trough.remove_rows(number integer, sealed bigint[], who text, why text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
    own      text := 'event_' || number;
    gone     text := own || '_gone';
    made     trough.study;
    count    bigint;
    behind   bigint;
    kept     bigint;
BEGIN
    -- One after the other; sources and heads that refer to the study are not kept waiting.
    SELECT * INTO made FROM trough.study s WHERE s.study = number FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no study of the number %', number USING ERRCODE = 'TR004';
    END IF;
    IF to_regclass('trough.' || own) IS NULL THEN
        RAISE EXCEPTION 'the study "%" has no partition of its own', made.name USING ERRCODE = 'TR005';
    END IF;
    IF cardinality(sealed) IS DISTINCT FROM made.slices OR EXISTS (
        SELECT FROM unnest(sealed) WITH ORDINALITY AS k (through, n)
        WHERE k.through IS NULL OR k.through <> 0 AND NOT EXISTS (
            SELECT FROM trough.segment s WHERE s.slice = made.first_slice + k.n - 1
                AND s.first_position BETWEEN k.through - 65535 AND k.through AND s.last_position = k.through)) THEN
        RAISE EXCEPTION 'no segments of the study "%" end at these positions', made.name USING ERRCODE = 'TR007';
    END IF;
    -- Segments are never changed, and what was removed is so by this function alone.
    SELECT coalesce(sum(s.last_position - s.first_position + 1), 0) INTO count
    FROM unnest(sealed) WITH ORDINALITY AS k (through, n)
    JOIN trough.head h ON h.slice = made.first_slice + k.n - 1
    JOIN trough.segment s ON s.slice = h.slice AND s.has_rows AND s.last_position > h.removed
        AND s.last_position <= k.through;
    IF count = 0 THEN
        RETURN 0;
    END IF;
    -- Ends a vacuum of the partition that is under way, and lets none begin: it would hold up the lock below.
    EXECUTE format('ALTER TABLE trough.%I SET (autovacuum_enabled = false)', own);
    PERFORM trough.hold_events(number);
    SELECT sum(h.position - k.through) INTO behind FROM unnest(sealed) WITH ORDINALITY AS k (through, n)
    JOIN trough.head h ON h.slice = made.first_slice + k.n - 1;
    IF behind > 20000 THEN
        RAISE EXCEPTION '% events of the study "%" are not sealed', behind, made.name USING ERRCODE = 'TR007';
    END IF;
    EXECUTE format('ALTER TABLE trough.event DETACH PARTITION trough.%I', own);
    EXECUTE format('ALTER TABLE trough.%I RENAME CONSTRAINT %I TO %I', own, own || '_position', gone || '_position');
    EXECUTE format('ALTER TABLE trough.%I RENAME CONSTRAINT %I TO %I', own, own || '_name', gone || '_name');
    EXECUTE format('ALTER TABLE trough.%I RENAME TO %I', own, gone);
    PERFORM trough.make_partition(number, made.first_slice, made.slices);
    EXECUTE format(
        'INSERT INTO trough.event SELECT e.* FROM unnest($1) WITH ORDINALITY AS k (through, n)
         JOIN trough.%I e ON e.slice = $2 + k.n - 1 AND e.position > k.through', gone)
    USING sealed, made.first_slice;
    GET DIAGNOSTICS kept = ROW_COUNT;
    IF kept <> behind THEN
        RAISE EXCEPTION '% of the % rows of the study "%" behind its segments are there', kept, behind, made.name
            USING ERRCODE = 'data_corrupted';
    END IF;
    EXECUTE format('DROP TABLE trough.%I', gone);
    INSERT INTO trough.removal (slice, through, chain, author, reason)
    SELECT s.slice, s.last_position, s.chain, who, nullif(why, '')
    FROM unnest(sealed) WITH ORDINALITY AS k (through, n)
    JOIN trough.head h ON h.slice = made.first_slice + k.n - 1
    JOIN trough.segment s ON s.slice = h.slice AND s.last_position = k.through
    WHERE EXISTS (SELECT FROM trough.segment t WHERE t.slice = h.slice AND t.has_rows AND t.last_position > h.removed
        AND t.last_position <= k.through);
    UPDATE trough.head h SET removed = r.through FROM trough.removal r
    WHERE h.study = number AND r.slice = h.slice AND r.through > h.removed;
    RETURN count;
END
$$;
-- To take away a copy of the events is for the owner: who may write may also write a segment that is none.
REVOKE ALL ON FUNCTION trough.hold_events(integer), trough.remove_rows(integer, bigint[], text, text) FROM PUBLIC;

-- Removing a disposable study takes its partition along. What is long is done before the table of events is locked.
CREATE OR REPLACE FUNCTION trough.remove_study(unwanted text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    number  integer;
    first   integer;
    last    integer;
    own     text;
BEGIN
    SELECT s.study, s.first_slice, s.first_slice + s.slices - 1 INTO number, first, last FROM trough.study s
    WHERE s.name = unwanted COLLATE "C" AND s.is_disposable FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no disposable study "%"', unwanted USING ERRCODE = 'TR004';
    END IF;
    DELETE FROM trough.parked t USING trough.projection p WHERE p.study = number AND t.projection = p.projection;
    DELETE FROM trough.outcome t USING trough.projection p WHERE p.study = number AND t.projection = p.projection;
    DELETE FROM trough.patient_state t USING trough.projection p WHERE p.study = number AND t.projection = p.projection;
    DELETE FROM trough.checkpoint t USING trough.projection p WHERE p.study = number AND t.projection = p.projection;
    DELETE FROM trough.worker t USING trough.projection p WHERE p.study = number AND t.projection = p.projection;
    DELETE FROM trough.projection WHERE study = number;
    own := 'event_' || number;
    IF to_regclass('trough.' || own) IS NULL THEN
        DELETE FROM trough.event_shared WHERE slice BETWEEN first AND last;
    ELSE
        DELETE FROM trough.segment WHERE slice BETWEEN first AND last;
        DELETE FROM trough.batch WHERE slice BETWEEN first AND last;
        DELETE FROM trough.patient WHERE slice BETWEEN first AND last;
        EXECUTE format('ALTER TABLE trough.%I SET (autovacuum_enabled = false)', own);
        PERFORM trough.hold_events(number);
        EXECUTE format('DROP TABLE trough.%I', own);
    END IF;
    -- With its own partition, this is what an append has added meanwhile.
    DELETE FROM trough.segment WHERE slice BETWEEN first AND last;
    DELETE FROM trough.batch WHERE slice BETWEEN first AND last;
    DELETE FROM trough.patient WHERE slice BETWEEN first AND last;
    DELETE FROM trough.removal WHERE slice BETWEEN first AND last;
    DELETE FROM trough.source WHERE study = number;
    DELETE FROM trough.head WHERE study = number;
    DELETE FROM trough.study WHERE study = number;
END
$$;

INSERT INTO trough.schema_version (version, name) VALUES (7, 'partition');
RESET ROLE;
