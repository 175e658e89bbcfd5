-- Functions of the live projection as they were, but for what each says of itself: shares that leave nobody without slices,
-- steps that delete by key, revisions that no crash gives out again, and a removal that waits for steps under way.
SET search_path = pg_catalog, pg_temp;
SET ROLE trough_owner;

-- Says that a worker lives, gives back what is more than its share, takes what is nobody's or a dead worker's, and tells
-- what it holds. SQLSTATE TR002: the worker is not known (any more).
CREATE OR REPLACE FUNCTION trough.hold_slices(for_worker bigint) RETURNS TABLE (slice integer, epoch bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    shared  integer;
    living  integer;
    earlier integer;
    held    integer;
    share   integer;
BEGIN
    UPDATE trough.worker w SET heartbeat_at = clock_timestamp() WHERE w.worker = for_worker
    RETURNING w.projection INTO shared;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'worker % is not registered', for_worker USING ERRCODE = 'TR002';
    END IF;
    -- As many for each, and one more for the first where they do not come out even.
    SELECT count(*), count(*) FILTER (WHERE w.worker < for_worker) INTO living, earlier FROM trough.worker w
    WHERE w.projection = shared AND (w.worker = for_worker OR w.heartbeat_at > clock_timestamp() - w.lease);
    SELECT count(*) / living + CASE WHEN earlier < count(*) % living THEN 1 ELSE 0 END,
        count(*) FILTER (WHERE c.worker = for_worker)
    INTO share, held FROM trough.checkpoint c WHERE c.projection = shared;
    -- Rows that are locked are passed over: they are being written, and waiting for them would cost the heartbeat. They
    -- are chosen in an array, which is made once whatever the plan.
    IF held > share THEN
        UPDATE trough.checkpoint c SET worker = NULL, epoch = c.epoch + 1
        WHERE c.projection = shared AND c.slice = ANY (ARRAY(
            SELECT o.slice FROM trough.checkpoint o WHERE o.projection = shared AND o.worker = for_worker
            ORDER BY o.slice DESC LIMIT held - share FOR UPDATE SKIP LOCKED));
    ELSIF held < share THEN
        UPDATE trough.checkpoint c SET worker = for_worker, epoch = c.epoch + 1
        WHERE c.projection = shared AND c.slice = ANY (ARRAY(
            SELECT o.slice FROM trough.checkpoint o
            WHERE o.projection = shared AND o.worker IS DISTINCT FROM for_worker AND NOT EXISTS (
                SELECT FROM trough.worker w
                WHERE w.worker = o.worker AND w.heartbeat_at > clock_timestamp() - w.lease)
            ORDER BY o.slice LIMIT share - held FOR UPDATE SKIP LOCKED));
    END IF;
    DELETE FROM trough.worker w
    WHERE w.projection = shared AND w.heartbeat_at < clock_timestamp() - greatest(w.lease, interval '1 hour')
        AND NOT EXISTS (SELECT FROM trough.checkpoint c WHERE c.worker = w.worker);
    RETURN QUERY SELECT c.slice, c.epoch FROM trough.checkpoint c
        WHERE c.projection = shared AND c.worker = for_worker ORDER BY c.slice;
END
$$;

COMMENT ON COLUMN trough.checkpoint.revision IS 'Grows with each step written; the microseconds since 1970 of the last one, unless the clock went back.';

-- Moves checkpoints on, and writes the states and outcomes of the patients whose events lay in between: all of it or
-- nothing. SQLSTATE TR001: a slice is not held by this worker under this epoch, or its checkpoint is another.
-- Empty texts, the smallest integer and NaN stand for NULL. Tells how many outcomes changed.
CREATE OR REPLACE FUNCTION trough.project(
    of_projection integer, by_worker bigint,
    slices integer[], epochs bigint[], starts bigint[], ends bigint[],
    s_slice integer[], s_patient integer[], s_subject text[], s_phase text[], s_arm text[], s_disease text[],
    s_drug text[], s_randomised_on integer[], s_day integer[], s_trough double precision[],
    s_calprotectin double precision[], s_score integer[], s_findings integer[], s_line text[], s_recorded timestamptz[],
    o_slice integer[], o_patient integer[], o_endpoint text[], o_is_event boolean[], o_day integer[], o_cause text[],
    o_evidence text[], o_recorded timestamptz[],
    p_slice integer[], p_patient integer[], p_subject text[], p_reason text[]
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    none    CONSTANT integer := -2147483648;
    instant CONSTANT timestamptz := clock_timestamp();
    counted integer;
    changed integer := 0;
    gone    record;
BEGIN
    PERFORM FROM trough.checkpoint c WHERE c.projection = of_projection AND c.slice = ANY (slices)
    ORDER BY c.slice FOR UPDATE;
    -- What a crash of the server took back, since its commit had not waited for the disk, may have been shown: no revision
    -- is given out again.
    UPDATE trough.checkpoint c SET position = k.reached, projected_at = instant,
        revision = greatest(c.revision + 1, (extract(epoch FROM instant) * 1000000)::bigint)
    FROM unnest(slices, epochs, starts, ends) AS k (slice, epoch, start, reached)
    JOIN trough.head h ON h.slice = k.slice
    WHERE c.projection = of_projection AND c.slice = k.slice AND c.epoch = k.epoch AND c.worker = by_worker
        AND c.position = k.start AND k.reached BETWEEN k.start AND h.position;
    GET DIAGNOSTICS counted = ROW_COUNT;
    -- Not true is also what an array that is NULL makes of it.
    IF (counted = cardinality(slices) AND s_slice <@ slices AND o_slice <@ slices AND p_slice <@ slices)
        IS NOT TRUE THEN
        RAISE EXCEPTION 'worker % holds only % of % slices under these epochs and checkpoints',
            by_worker, counted, cardinality(slices) USING ERRCODE = 'TR001';
    END IF;

    INSERT INTO trough.patient_state AS t (projection, slice, patient, subject, phase, arm, disease, drug,
        randomised_on, day, trough, calprotectin, score, findings, line, position, recorded_at, projected_at)
    SELECT of_projection, s.slice, s.patient, s.subject, s.phase, nullif(s.arm, ''), nullif(s.disease, ''),
        nullif(s.drug, ''), date '1970-01-01' + nullif(s.randomised_on, none), nullif(s.day, none),
        nullif(s.trough, 'NaN'), nullif(s.calprotectin, 'NaN'), nullif(s.score, none), s.findings, nullif(s.line, ''),
        k.reached, s.recorded, instant
    FROM unnest(s_slice, s_patient, s_subject, s_phase, s_arm, s_disease, s_drug, s_randomised_on, s_day, s_trough,
        s_calprotectin, s_score, s_findings, s_line, s_recorded) AS s (slice, patient, subject, phase, arm, disease,
        drug, randomised_on, day, trough, calprotectin, score, findings, line, recorded)
    JOIN unnest(slices, ends) AS k (slice, reached) ON k.slice = s.slice
    ON CONFLICT (projection, slice, patient) DO UPDATE SET
        phase = excluded.phase, arm = excluded.arm, disease = excluded.disease, drug = excluded.drug,
        randomised_on = excluded.randomised_on, day = excluded.day, trough = excluded.trough,
        calprotectin = excluded.calprotectin, score = excluded.score, findings = excluded.findings,
        line = excluded.line, position = excluded.position, recorded_at = excluded.recorded_at,
        projected_at = excluded.projected_at;

    IF cardinality(o_slice) > 0 THEN
        INSERT INTO trough.outcome AS t (projection, slice, patient, endpoint, is_event, day, cause, evidence, revision,
            recorded_at, changed_at)
        SELECT of_projection, o.slice, o.patient, o.endpoint, o.is_event, o.day, o.cause, o.evidence::json, c.revision,
            o.recorded, instant
        FROM unnest(o_slice, o_patient, o_endpoint, o_is_event, o_day, o_cause, o_evidence, o_recorded)
            AS o (slice, patient, endpoint, is_event, day, cause, evidence, recorded)
        JOIN trough.checkpoint c ON c.projection = of_projection AND c.slice = o.slice
        ON CONFLICT (projection, slice, patient, endpoint) DO UPDATE SET
            is_event = excluded.is_event, day = excluded.day, cause = excluded.cause, evidence = excluded.evidence,
            revision = excluded.revision, recorded_at = excluded.recorded_at, changed_at = excluded.changed_at
        WHERE (t.is_event, t.day, t.cause, t.evidence::text)
            IS DISTINCT FROM (excluded.is_event, excluded.day, excluded.cause, excluded.evidence::text);
        GET DIAGNOSTICS changed = ROW_COUNT;
    END IF;

    -- Patient by patient, by the key: whether a join would go by it, is for statistics to decide, which know nothing of a
    -- set that is new.
    --
    -- A patient whose randomisation was voided has outcomes no longer; a parked one has none that can be relied on.
    FOR gone IN SELECT s.slice, s.patient FROM unnest(s_slice, s_patient, s_line) AS s (slice, patient, line)
        WHERE s.line = ''
    LOOP
        DELETE FROM trough.outcome t
        WHERE t.projection = of_projection AND t.slice = gone.slice AND t.patient = gone.patient;
    END LOOP;
    IF EXISTS (SELECT FROM trough.parked t WHERE t.projection = of_projection AND t.slice = ANY (slices)) THEN
        FOR place IN 1..cardinality(s_slice) LOOP
            DELETE FROM trough.parked t
            WHERE t.projection = of_projection AND t.slice = s_slice[place] AND t.patient = s_patient[place];
        END LOOP;
    END IF;
    IF cardinality(p_slice) > 0 THEN
        FOR place IN 1..cardinality(p_slice) LOOP
            DELETE FROM trough.outcome t
            WHERE t.projection = of_projection AND t.slice = p_slice[place] AND t.patient = p_patient[place];
            DELETE FROM trough.patient_state t
            WHERE t.projection = of_projection AND t.slice = p_slice[place] AND t.patient = p_patient[place];
        END LOOP;
        INSERT INTO trough.parked AS t (projection, slice, patient, subject, position, reason)
        SELECT of_projection, p.slice, p.patient, p.subject, k.reached, p.reason
        FROM unnest(p_slice, p_patient, p_subject, p_reason) AS p (slice, patient, subject, reason)
        JOIN unnest(slices, ends) AS k (slice, reached) ON k.slice = p.slice
        ON CONFLICT (projection, slice, patient) DO UPDATE SET
            position = excluded.position, reason = excluded.reason, is_retried = false;
    END IF;
    RETURN changed;
END
$$;

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
    -- Whoever projects at this moment is waited for, and finds nothing to write to afterwards.
    PERFORM FROM trough.projection p WHERE p.study = number ORDER BY p.projection FOR UPDATE;
    PERFORM FROM trough.checkpoint c JOIN trough.projection p USING (projection) WHERE p.study = number
    ORDER BY c.projection, c.slice FOR UPDATE OF c;
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

INSERT INTO trough.schema_version (version, name) VALUES (10, 'live_repairs');
RESET ROLE;
