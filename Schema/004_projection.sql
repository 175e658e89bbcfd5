-- The live projection: what workers make of the log and keep up to date beside it.
--
-- A projection is one study under one protocol and one version of the fold. Everything in these tables can be made again
-- from the log. They are written by functions alone, which refuse whoever does not hold the slice.
SET search_path = pg_catalog, pg_temp;
SET ROLE trough_owner;

CREATE TABLE trough.projection (
    projection      integer     PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    study           integer     NOT NULL REFERENCES trough.study,
    protocol        text        NOT NULL,
    protocol_digest text        NOT NULL,
    fold_version    integer     NOT NULL,
    state           text        NOT NULL CHECK (state IN ('building', 'current', 'retired')),
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    switched_at     timestamptz,
    UNIQUE (study, protocol_digest, fold_version)
);
COMMENT ON TABLE trough.projection IS 'Sets of outcomes: building beside the current one, current, or retired and not dropped yet.';
CREATE UNIQUE INDEX projection_current ON trough.projection (study) WHERE state = 'current';

-- A worker is alive as long as its heartbeat is younger than its lease.
CREATE TABLE trough.worker (
    worker       bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    projection   integer     NOT NULL REFERENCES trough.projection,
    name         text        NOT NULL,
    lease        interval    NOT NULL CHECK (lease > interval '0'),
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE trough.worker IS 'Who projects, and when it was last heard of.';

-- How far a slice is projected, and who may carry on. The epoch grows each time the slice changes hands: what was read
-- under an older one cannot be written any more.
CREATE TABLE trough.checkpoint (
    projection   integer     NOT NULL REFERENCES trough.projection,
    slice        integer     NOT NULL,
    position     bigint      NOT NULL DEFAULT 0,
    epoch        bigint      NOT NULL DEFAULT 0,
    -- Counts the steps written; whoever watches outcomes stands at a revision of each slice.
    revision     bigint      NOT NULL DEFAULT 0,
    worker       bigint,
    projected_at timestamptz,
    PRIMARY KEY (projection, slice)
) WITH (fillfactor = 50);
COMMENT ON TABLE trough.checkpoint IS 'How far each slice is projected, by whom, under which epoch.';

CREATE TABLE trough.patient_state (
    projection    integer     NOT NULL,
    slice         integer     NOT NULL,
    patient       integer     NOT NULL,
    subject       text        COLLATE "C" NOT NULL,
    phase         text        NOT NULL,
    arm           text,
    disease       text,
    drug          text,
    randomised_on date,
    day           integer,
    trough        double precision,
    calprotectin  double precision,
    score         integer,
    findings      integer     NOT NULL,
    -- The outcome line, byte for byte as a replay writes it; NULL for a patient who was not randomised.
    line          text,
    position      bigint      NOT NULL,
    recorded_at   timestamptz NOT NULL,
    projected_at  timestamptz NOT NULL,
    PRIMARY KEY (projection, slice, patient)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE trough.patient_state IS 'Each patient as of the last event projected: position, when it was recorded, when projected.';
COMMENT ON COLUMN trough.patient_state.trough IS 'Last trough level of the study drug, in ug/mL; a limit of quantification where it lay beyond.';
COMMENT ON COLUMN trough.patient_state.calprotectin IS 'Last faecal calprotectin, in ug/g.';

CREATE TABLE trough.outcome (
    projection  integer     NOT NULL,
    slice       integer     NOT NULL,
    patient     integer     NOT NULL,
    endpoint    text        NOT NULL,
    is_event    boolean     NOT NULL,
    day         integer     NOT NULL,
    cause       text        NOT NULL,
    evidence    json        NOT NULL,
    revision    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (projection, slice, patient, endpoint)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE trough.outcome IS 'Each endpoint of each randomised patient: whether and when it was met, through what, by which events.';
COMMENT ON COLUMN trough.outcome.recorded_at IS 'When the latest event was recorded of those the patient had when the outcome changed; changed_at says when it did.';
CREATE INDEX outcome_change ON trough.outcome (projection, slice, revision);

CREATE TABLE trough.parked (
    projection integer     NOT NULL,
    slice      integer     NOT NULL,
    patient    integer     NOT NULL,
    subject    text        COLLATE "C" NOT NULL,
    position   bigint      NOT NULL,
    reason     text        NOT NULL,
    is_retried boolean     NOT NULL DEFAULT false,
    parked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (projection, slice, patient)
);
COMMENT ON TABLE trough.parked IS 'Patients with an event that cannot be decoded: why, and how far the slice was when they were parked.';

-- Opens the projection of a study under a protocol, made where there is none. The first of a study is current at once;
-- a later one is built beside it.
CREATE FUNCTION trough.open_projection(
    for_study integer, protocol_name text, digest text, version integer, OUT projection integer, OUT state text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM trough.study s WHERE s.study = for_study FOR NO KEY UPDATE;
    SELECT p.projection, p.state INTO open_projection.projection, open_projection.state FROM trough.projection p
    WHERE p.study = for_study AND p.protocol_digest = digest AND p.fold_version = version;
    IF FOUND THEN
        RETURN;
    END IF;
    INSERT INTO trough.projection AS p (study, protocol, protocol_digest, fold_version, state)
    SELECT for_study, protocol_name, digest, version,
        CASE WHEN EXISTS (SELECT FROM trough.projection o WHERE o.study = for_study AND o.state = 'current')
            THEN 'building' ELSE 'current' END
    RETURNING p.projection, p.state INTO open_projection.projection, open_projection.state;
    INSERT INTO trough.checkpoint (projection, slice)
    SELECT open_projection.projection, h.slice FROM trough.head h WHERE h.study = for_study;
END
$$;

-- Registers a worker, which holds nothing yet.
CREATE FUNCTION trough.join_projection(to_projection integer, worker_name text, worker_lease interval) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO trough.worker (projection, name, lease) VALUES (to_projection, worker_name, worker_lease)
    RETURNING worker
$$;

-- Says that a worker lives, gives back what is more than its share, takes what is nobody's or a dead worker's, and tells
-- what it holds. SQLSTATE TR002: the worker is not known (any more).
CREATE FUNCTION trough.hold_slices(for_worker bigint) RETURNS TABLE (slice integer, epoch bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    shared  integer;
    living  integer;
    held    integer;
    share   integer;
BEGIN
    UPDATE trough.worker w SET heartbeat_at = clock_timestamp() WHERE w.worker = for_worker
    RETURNING w.projection INTO shared;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'worker % is not registered', for_worker USING ERRCODE = 'TR002';
    END IF;
    SELECT count(*) INTO living FROM trough.worker w
    WHERE w.projection = shared AND w.heartbeat_at > clock_timestamp() - w.lease;
    SELECT ceil(count(*)::numeric / greatest(living, 1)), count(*) FILTER (WHERE c.worker = for_worker)
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

-- Gives back everything that a worker holds, and forgets it.
CREATE FUNCTION trough.leave_projection(of_worker bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM trough.checkpoint c WHERE c.worker = of_worker ORDER BY c.slice FOR UPDATE;
    UPDATE trough.checkpoint c SET worker = NULL, epoch = c.epoch + 1 WHERE c.worker = of_worker;
    DELETE FROM trough.worker w WHERE w.worker = of_worker;
END
$$;

-- Moves checkpoints on, and writes the states and outcomes of the patients whose events lay in between: all of it or
-- nothing. SQLSTATE TR001: a slice is not held by this worker under this epoch, or its checkpoint is another.
-- Empty texts, the smallest integer and NaN stand for NULL. Tells how many outcomes changed.
CREATE FUNCTION trough.project(
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
BEGIN
    PERFORM FROM trough.checkpoint c WHERE c.projection = of_projection AND c.slice = ANY (slices)
    ORDER BY c.slice FOR UPDATE;
    UPDATE trough.checkpoint c SET position = k.reached, projected_at = instant, revision = c.revision + 1
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

    -- A patient whose randomisation was voided has outcomes no longer; a parked one has none that can be relied on.
    DELETE FROM trough.outcome t
    USING (
        SELECT s.slice, s.patient FROM unnest(s_slice, s_patient, s_line) AS s (slice, patient, line) WHERE s.line = ''
        UNION ALL SELECT * FROM unnest(p_slice, p_patient)) AS gone
    WHERE t.projection = of_projection AND t.slice = gone.slice AND t.patient = gone.patient;

    IF EXISTS (SELECT FROM trough.parked t WHERE t.projection = of_projection AND t.slice = ANY (slices)) THEN
        DELETE FROM trough.parked t USING unnest(s_slice, s_patient) AS s (slice, patient)
        WHERE t.projection = of_projection AND t.slice = s.slice AND t.patient = s.patient;
    END IF;
    IF cardinality(p_slice) > 0 THEN
        DELETE FROM trough.patient_state t USING unnest(p_slice, p_patient) AS p (slice, patient)
        WHERE t.projection = of_projection AND t.slice = p.slice AND t.patient = p.patient;
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

-- Asks for parked patients to be folded again: one, or all of a projection. Tells how many.
CREATE FUNCTION trough.retry_parked(of_projection integer, of_subject text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    counted integer;
BEGIN
    UPDATE trough.parked t SET is_retried = true
    WHERE t.projection = of_projection AND (of_subject IS NULL OR t.subject = of_subject COLLATE "C");
    GET DIAGNOSTICS counted = ROW_COUNT;
    RETURN counted;
END
$$;

-- Makes a projection that is being built the current one of its study in place of the present one, where it has come at
-- least as far in every slice. Tells whether it is the current one now.
CREATE FUNCTION trough.switch_projection(to_projection integer) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    present  integer;
    standing text;
BEGIN
    PERFORM FROM trough.projection p
    WHERE p.study = (SELECT o.study FROM trough.projection o WHERE o.projection = to_projection)
    ORDER BY p.projection FOR NO KEY UPDATE;
    SELECT p.state INTO standing FROM trough.projection p WHERE p.projection = to_projection;
    IF standing IS DISTINCT FROM 'building' THEN
        RETURN coalesce(standing = 'current', false);
    END IF;
    SELECT p.projection INTO present FROM trough.projection p JOIN trough.projection o USING (study)
    WHERE o.projection = to_projection AND p.state = 'current';
    -- The present one stands still from here on, a tenth of a second at most: where events come without a pause, there
    -- is no moment at which another one is as far in every slice.
    PERFORM FROM trough.checkpoint c WHERE c.projection = present ORDER BY c.slice FOR UPDATE;
    FOR attempt IN 1..20 LOOP
        IF NOT EXISTS (
            SELECT FROM trough.checkpoint c
            JOIN trough.checkpoint n ON n.projection = to_projection AND n.slice = c.slice
            WHERE c.projection = present AND n.position < c.position) THEN
            UPDATE trough.projection SET state = 'retired' WHERE projection = present;
            UPDATE trough.projection SET state = 'current', switched_at = clock_timestamp()
            WHERE projection = to_projection;
            RETURN true;
        END IF;
        PERFORM pg_sleep(0.005);
    END LOOP;
    RETURN false;
END
$$;

-- Removes a projection that is not the current one. SQLSTATE TR003: it is, or there is none of this number.
CREATE FUNCTION trough.drop_projection(unwanted integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM trough.projection p WHERE p.projection = unwanted AND p.state <> 'current' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'projection % is the current one of its study, or does not exist', unwanted
            USING ERRCODE = 'TR003';
    END IF;
    -- A step under way is waited for, and later ones find no checkpoint: nothing is written behind the deletion.
    PERFORM FROM trough.checkpoint c WHERE c.projection = unwanted ORDER BY c.slice FOR UPDATE;
    DELETE FROM trough.parked WHERE projection = unwanted;
    DELETE FROM trough.outcome WHERE projection = unwanted;
    DELETE FROM trough.patient_state WHERE projection = unwanted;
    DELETE FROM trough.checkpoint WHERE projection = unwanted;
    DELETE FROM trough.worker WHERE projection = unwanted;
    DELETE FROM trough.projection WHERE projection = unwanted;
END
$$;

-- What people with psql look at: the current projection of each study.
CREATE VIEW trough.live_patient WITH (security_invoker = true) AS
SELECT s.name AS study, t.subject, t.phase, t.arm, t.disease, t.drug, t.randomised_on, t.day, t.trough, t.calprotectin,
       t.score, t.findings, t.recorded_at, t.projected_at
FROM trough.projection p
JOIN trough.study s ON s.study = p.study
JOIN trough.patient_state t ON t.projection = p.projection
WHERE p.state = 'current';
COMMENT ON VIEW trough.live_patient IS 'Patients as workers last projected them.';

CREATE VIEW trough.live_outcome WITH (security_invoker = true) AS
SELECT s.name AS study, t.subject, t.arm, t.disease, t.drug, o.endpoint, o.is_event, o.day, o.cause, o.evidence,
       o.changed_at
FROM trough.projection p
JOIN trough.study s ON s.study = p.study
JOIN trough.outcome o ON o.projection = p.projection
JOIN trough.patient_state t ON t.projection = o.projection AND t.slice = o.slice AND t.patient = o.patient
WHERE p.state = 'current';
COMMENT ON VIEW trough.live_outcome IS 'Outcomes as workers last projected them.';

-- Rights: readers and writers read; writers change through the functions above and in no other way.
DO $$
DECLARE
    made regprocedure;
BEGIN
    FOR made IN SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = 'trough'::regnamespace AND p.prosecdef LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', made);
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO trough_writer', made);
    END LOOP;
END
$$;
REVOKE ALL ON trough.projection, trough.worker, trough.checkpoint, trough.patient_state, trough.outcome, trough.parked
    FROM PUBLIC;
GRANT SELECT ON trough.projection, trough.worker, trough.checkpoint, trough.patient_state, trough.outcome,
    trough.parked, trough.live_patient, trough.live_outcome TO trough_reader, trough_writer;

INSERT INTO trough.schema_version (version, name) VALUES (4, 'projection');
RESET ROLE;
