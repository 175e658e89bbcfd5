-- Who follows outcomes is told, too, that a patient has none any more.
SET search_path = pg_catalog, pg_temp;
SET ROLE trough_owner;

-- A row goes with its checkpoint: dropping a set or removing a study needs no word about it.
CREATE TABLE trough.withdrawn (
    projection  integer     NOT NULL,
    slice       integer     NOT NULL,
    patient     integer     NOT NULL,
    subject     text        COLLATE "C" NOT NULL,
    endpoint    text        NOT NULL,
    cause       text        NOT NULL CHECK (cause IN ('not-randomised', 'parked')),
    revision    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (projection, slice, patient, endpoint),
    FOREIGN KEY (projection, slice) REFERENCES trough.checkpoint ON DELETE CASCADE
);
COMMENT ON TABLE trough.withdrawn IS 'Outcomes that were there and are not: the randomisation was voided, or the patient is parked.';
CREATE INDEX withdrawn_change ON trough.withdrawn (projection, slice, revision);
REVOKE ALL ON trough.withdrawn FROM PUBLIC;
GRANT SELECT ON trough.withdrawn TO trough_reader, trough_writer;

-- Moves checkpoints on, and writes the states and outcomes of the patients whose events lay in between: all of it or
-- nothing. SQLSTATE TR001: a slice is not held by this worker under this epoch, or its checkpoint is another.
-- Empty texts, the smallest integer and NaN stand for NULL. Tells how many outcomes changed, or are there no longer.
--
-- A patient who is parked again stays to be tried again where that was asked for after the caller last looked: p_asked is
-- the number of askings that it saw, -1 for none. A program that came before 011 does not say, and forgets them all.
CREATE OR REPLACE FUNCTION trough.project(
    of_projection integer, by_worker bigint,
    slices integer[], epochs bigint[], starts bigint[], ends bigint[],
    s_slice integer[], s_patient integer[], s_subject text[], s_phase text[], s_arm text[], s_disease text[],
    s_drug text[], s_randomised_on integer[], s_day integer[], s_trough double precision[],
    s_calprotectin double precision[], s_score integer[], s_findings integer[], s_line text[], s_recorded timestamptz[],
    o_slice integer[], o_patient integer[], o_endpoint text[], o_is_event boolean[], o_day integer[], o_cause text[],
    o_evidence text[], o_recorded timestamptz[],
    p_slice integer[], p_patient integer[], p_subject text[], p_reason text[], p_asked bigint[] DEFAULT NULL
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
    FOR gone IN
        SELECT s.slice, s.patient, 'not-randomised' AS cause, s.recorded
        FROM unnest(s_slice, s_patient, s_line, s_recorded) AS s (slice, patient, line, recorded) WHERE s.line = ''
        UNION ALL SELECT p.slice, p.patient, 'parked', NULL FROM unnest(p_slice, p_patient) AS p (slice, patient)
    LOOP
        -- Nearly always: who is enrolled and not yet randomised never had any.
        CONTINUE WHEN NOT EXISTS (
            SELECT FROM trough.outcome t
            WHERE t.projection = of_projection AND t.slice = gone.slice AND t.patient = gone.patient);
        WITH ended AS (
            DELETE FROM trough.outcome t
            WHERE t.projection = of_projection AND t.slice = gone.slice AND t.patient = gone.patient
            RETURNING t.endpoint)
        INSERT INTO trough.withdrawn (projection, slice, patient, subject, endpoint, cause, revision, recorded_at,
            changed_at)
        SELECT of_projection, gone.slice, gone.patient, t.subject, e.endpoint, gone.cause, c.revision,
            coalesce(gone.recorded, (
                SELECT b.recorded_at FROM trough.batch b WHERE b.slice = gone.slice AND b.first_position <= c.position
                ORDER BY b.first_position DESC LIMIT 1), instant), instant
        FROM ended e
        JOIN trough.patient_state t
            ON t.projection = of_projection AND t.slice = gone.slice AND t.patient = gone.patient
        JOIN trough.checkpoint c ON c.projection = of_projection AND c.slice = gone.slice
        ON CONFLICT (projection, slice, patient, endpoint) DO UPDATE SET
            cause = excluded.cause, revision = excluded.revision, recorded_at = excluded.recorded_at,
            changed_at = excluded.changed_at;
        GET DIAGNOSTICS counted = ROW_COUNT;
        changed := changed + counted;
    END LOOP;
    IF EXISTS (SELECT FROM trough.withdrawn t WHERE t.projection = of_projection AND t.slice = ANY (slices)) THEN
        FOR place IN 1..cardinality(s_slice) LOOP
            CONTINUE WHEN s_line[place] = '';
            DELETE FROM trough.withdrawn t
            WHERE t.projection = of_projection AND t.slice = s_slice[place] AND t.patient = s_patient[place];
        END LOOP;
    END IF;
    IF EXISTS (SELECT FROM trough.parked t WHERE t.projection = of_projection AND t.slice = ANY (slices)) THEN
        FOR place IN 1..cardinality(s_slice) LOOP
            DELETE FROM trough.parked t
            WHERE t.projection = of_projection AND t.slice = s_slice[place] AND t.patient = s_patient[place];
        END LOOP;
    END IF;
    IF cardinality(p_slice) > 0 THEN
        FOR place IN 1..cardinality(p_slice) LOOP
            DELETE FROM trough.patient_state t
            WHERE t.projection = of_projection AND t.slice = p_slice[place] AND t.patient = p_patient[place];
        END LOOP;
        INSERT INTO trough.parked AS t (projection, slice, patient, subject, position, reason, asked)
        SELECT of_projection, p.slice, p.patient, p.subject, k.reached, p.reason, p.asked
        FROM unnest(p_slice, p_patient, p_subject, p_reason, p_asked) AS p (slice, patient, subject, reason, asked)
        JOIN unnest(slices, ends) AS k (slice, reached) ON k.slice = p.slice
        ON CONFLICT (projection, slice, patient) DO UPDATE SET
            subject = coalesce(nullif(excluded.subject, ''), t.subject), position = excluded.position,
            reason = excluded.reason, is_retried = coalesce(t.is_retried AND t.asked <> excluded.asked, false);
    END IF;
    RETURN changed;
END
$$;

INSERT INTO trough.schema_version (version, name) VALUES (12, 'withdrawn');
RESET ROLE;
