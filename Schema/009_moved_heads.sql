-- What lets an appender that knows where its slices stand append without asking first, and at less cost for each slice.
SET search_path = pg_catalog, pg_temp;
SET ROLE trough_owner;

-- The rule as a condition of the trigger: it is judged where the row is changed, with operators that were fixed when it was
-- made, and the function, which costs more than the change itself, is called to refuse alone.
DROP TRIGGER only_forward ON trough.head;
CREATE TRIGGER only_forward BEFORE UPDATE ON trough.head
    FOR EACH ROW WHEN (NEW.slice <> OLD.slice OR NEW.study <> OLD.study OR NEW.position < OLD.position
        OR NEW.patients < OLD.patients OR NEW.recorded_at < OLD.recorded_at
        OR NEW.removed < OLD.removed OR NEW.removed > NEW.position
        OR NEW.position = OLD.position AND (NEW.patients, NEW.recorded_at, NEW.digest)
            IS DISTINCT FROM (OLD.patients, OLD.recorded_at, OLD.digest))
    EXECUTE FUNCTION trough.refuse_step_back();
ALTER TABLE trough.head ENABLE ALWAYS TRIGGER only_forward;

CREATE OR REPLACE FUNCTION trough.refuse_step_back() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the head of slice % would go back, or change without an event', OLD.slice
        USING ERRCODE = 'insufficient_privilege';
END
$$;

-- The last word on an append that did not lock its heads before it numbered its events: whether all of them stood where
-- the appender thought. SQLSTATE TR008: they did not, and the append is to be done anew, from the heads as they are.
CREATE FUNCTION trough.expect_moved(moved bigint, expected bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF moved IS DISTINCT FROM expected THEN
        RAISE EXCEPTION '% of % heads stood where they were expected', moved, expected USING ERRCODE = 'TR008';
    END IF;
    RETURN moved;
END
$$;
REVOKE ALL ON FUNCTION trough.expect_moved(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trough.expect_moved(bigint, bigint) TO trough_writer;

INSERT INTO trough.schema_version (version, name) VALUES (9, 'moved_heads');
RESET ROLE;
