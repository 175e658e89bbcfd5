-- Studies that may be removed: load tests. Whether a study is one is said when it is made, and never changes.
SET search_path = pg_catalog, pg_temp;
SET ROLE trough_owner;

ALTER TABLE trough.study ADD COLUMN is_disposable boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN trough.study.is_disposable IS 'Whether the study was made to be removed again, as a load test is.';

-- Numbers of studies and slices are never given out again, also not those of a study that was removed: a program that
-- still writes to it must not meet another one. Each sequence stands at the last number in use.
CREATE SEQUENCE trough.study_number AS integer MINVALUE 1 START 1;
CREATE SEQUENCE trough.slice_number AS integer MINVALUE 0 START 0;
SELECT setval('trough.study_number', max(study)), setval('trough.slice_number', max(first_slice + slices) - 1)
FROM trough.study HAVING count(*) > 0;
REVOKE ALL ON SEQUENCE trough.study_number, trough.slice_number FROM PUBLIC;
GRANT USAGE, UPDATE ON SEQUENCE trough.study_number, trough.slice_number TO trough_writer;

-- Instead of every DELETE, refuse those that take a row which does not belong to a disposable study. The rows of a
-- statement are looked at together: a load test leaves millions of them.
CREATE FUNCTION trough.refuse_removal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_kept boolean;
BEGIN
    IF TG_TABLE_NAME IN ('event', 'batch', 'patient') THEN
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

-- The study's own row is refused beforehand, so that no foreign key answers first.
CREATE FUNCTION trough.refuse_removal_of_study() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.is_disposable THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'trough.study is append-only: DELETE is refused'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE ALL ON FUNCTION trough.refuse_removal(), trough.refuse_removal_of_study() FROM PUBLIC;

DO $$
DECLARE
    kept name;
BEGIN
    FOREACH kept IN ARRAY ARRAY['event', 'batch', 'patient', 'source', 'study', 'head']::name[] LOOP
        EXECUTE pg_catalog.format('DROP TRIGGER append_only ON trough.%I', kept);
        -- A head may move, by the rules of its own trigger.
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER append_only BEFORE %s TRUNCATE ON trough.%I
             FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_change()',
            CASE WHEN kept = 'head' THEN '' ELSE 'UPDATE OR' END, kept);
        EXECUTE pg_catalog.format(
            CASE WHEN kept = 'study'
                THEN 'CREATE TRIGGER only_disposable BEFORE DELETE ON trough.%I
                      FOR EACH ROW EXECUTE FUNCTION trough.refuse_removal_of_study()'
                ELSE 'CREATE TRIGGER only_disposable AFTER DELETE ON trough.%I REFERENCING OLD TABLE AS gone
                      FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_removal()'
            END, kept);
        EXECUTE pg_catalog.format('ALTER TABLE trough.%I ENABLE ALWAYS TRIGGER append_only', kept);
        EXECUTE pg_catalog.format('ALTER TABLE trough.%I ENABLE ALWAYS TRIGGER only_disposable', kept);
    END LOOP;
END
$$;

-- The function below runs as the owner; what it may delete is for the triggers to say.
GRANT DELETE ON trough.event, trough.batch, trough.patient, trough.source TO trough_owner;
-- Whether sources still refer to a study is looked up with a lock, which takes a right to update at least one column.
GRANT UPDATE (study) ON trough.source TO trough_owner;

-- Removes a disposable study with everything in it. SQLSTATE TR004: there is none of this name.
CREATE FUNCTION trough.remove_study(unwanted text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    number  integer;
    first   integer;
    last    integer;
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
    DELETE FROM trough.event WHERE slice BETWEEN first AND last;
    DELETE FROM trough.batch WHERE slice BETWEEN first AND last;
    DELETE FROM trough.patient WHERE slice BETWEEN first AND last;
    DELETE FROM trough.source WHERE study = number;
    DELETE FROM trough.head WHERE study = number;
    DELETE FROM trough.study WHERE study = number;
END
$$;
REVOKE ALL ON FUNCTION trough.remove_study(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trough.remove_study(text) TO trough_writer;

INSERT INTO trough.schema_version (version, name) VALUES (5, 'disposable_study');
RESET ROLE;
