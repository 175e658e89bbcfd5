-- Packed history: stretches of a slice as columns, from which a replay reads many times faster than from rows.
SET search_path = pg_catalog, pg_temp;
SET ROLE trough_owner;

CREATE TABLE trough.segment (
    slice          integer     NOT NULL,
    first_position bigint      NOT NULL CHECK (first_position > 0),
    last_position  bigint      NOT NULL,
    first_patient  integer     NOT NULL CHECK (first_patient > 0),
    last_patient   integer     NOT NULL CHECK (last_patient >= first_patient),
    sealed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    author         text        NOT NULL,
    has_rows       boolean     NOT NULL,
    chain          bytea       NOT NULL CHECK (octet_length(chain) = 32),
    digest         bytea       NOT NULL CHECK (octet_length(digest) = 32),
    data           bytea       NOT NULL,
    rest           bytea       NOT NULL,
    PRIMARY KEY (slice, first_position),
    CHECK (last_position BETWEEN first_position AND first_position + 65535)
);
-- Neither part can be compressed much further, and whole values are always read.
ALTER TABLE trough.segment ALTER COLUMN data SET STORAGE EXTERNAL, ALTER COLUMN rest SET STORAGE EXTERNAL;
COMMENT ON TABLE trough.segment IS 'Sealed stretches of slices, without gaps from position 1 on, packed as ARCHITECTURE.md describes.';
COMMENT ON COLUMN trough.segment.has_rows IS 'Whether its events stand in the table event too; those of a virtual cohort never did.';
COMMENT ON COLUMN trough.segment.chain IS 'The digest of the batch that ends at last_position: what the packed events must lead to.';
COMMENT ON COLUMN trough.segment.digest IS 'SHA-256 of data, which itself holds the SHA-256 of rest.';

REVOKE ALL ON trough.segment FROM PUBLIC;
GRANT SELECT ON trough.segment TO trough_reader, trough_writer;
GRANT INSERT ON trough.segment TO trough_writer;
REVOKE UPDATE, TRUNCATE ON trough.segment FROM trough_owner;

-- A segment goes on where the one before ends, and ends where a batch ends that led to the same chain.
CREATE FUNCTION trough.refuse_loose_segment() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.first_position > 1 AND NOT EXISTS (
        SELECT FROM trough.segment s WHERE s.slice = NEW.slice AND s.first_position < NEW.first_position
            AND s.last_position = NEW.first_position - 1) THEN
        RAISE EXCEPTION 'no segment of slice % ends at position %', NEW.slice, NEW.first_position - 1
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT EXISTS (
        SELECT FROM trough.batch b WHERE b.slice = NEW.slice AND b.first_position BETWEEN NEW.first_position
            AND NEW.last_position AND b.last_position = NEW.last_position AND b.digest = NEW.chain) THEN
        RAISE EXCEPTION 'no batch of slice % ends at position % with the digest of the segment', NEW.slice,
            NEW.last_position USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trough.refuse_loose_segment() FROM PUBLIC;

-- The rules of the other tables of the log: nothing is changed, and only a disposable study is removed.
CREATE OR REPLACE FUNCTION trough.refuse_removal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_kept boolean;
BEGIN
    IF TG_TABLE_NAME IN ('event', 'batch', 'patient', 'segment') THEN
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

CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON trough.segment
    FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_change();
CREATE TRIGGER only_disposable AFTER DELETE ON trough.segment REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_removal();
CREATE TRIGGER no_gap BEFORE INSERT ON trough.segment
    FOR EACH ROW EXECUTE FUNCTION trough.refuse_loose_segment();
ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER only_disposable;
ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER no_gap;

-- Removing a disposable study takes its segments along.
CREATE OR REPLACE FUNCTION trough.remove_study(unwanted text) RETURNS void
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
    DELETE FROM trough.segment WHERE slice BETWEEN first AND last;
    DELETE FROM trough.event WHERE slice BETWEEN first AND last;
    DELETE FROM trough.batch WHERE slice BETWEEN first AND last;
    DELETE FROM trough.patient WHERE slice BETWEEN first AND last;
    DELETE FROM trough.source WHERE study = number;
    DELETE FROM trough.head WHERE study = number;
    DELETE FROM trough.study WHERE study = number;
END
$$;

INSERT INTO trough.schema_version (version, name) VALUES (6, 'segment');
RESET ROLE;
