-- The log: studies cut into slices, and an append-only row for each event.
--
-- Run by `trough schema install`, or by hand: psql --single-transaction -v ON_ERROR_STOP=1 -f 001_log.sql -f 002_…
-- The role that runs it must be allowed to create roles and schemas.

SET search_path = pg_catalog, pg_temp;

-- Three roles that nobody logs in as. Grant trough_writer or trough_reader to the people and programs that need them.
DO $$
DECLARE
    wanted name;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['trough_owner', 'trough_writer', 'trough_reader']::name[] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another database of the same server was installed at this moment
            END;
        END IF;
    END LOOP;
    -- Whoever creates a role may from PostgreSQL 16 on administer it, but not yet act as it.
    IF NOT pg_catalog.pg_has_role(current_user, 'trough_owner', 'USAGE') THEN
        EXECUTE pg_catalog.format('GRANT trough_owner TO %I', current_user);
    END IF;
END
$$;

CREATE SCHEMA trough AUTHORIZATION trough_owner;
SET ROLE trough_owner;
REVOKE ALL ON SCHEMA trough FROM PUBLIC;
GRANT USAGE ON SCHEMA trough TO trough_writer, trough_reader;

CREATE TABLE trough.schema_version (
    version      integer     PRIMARY KEY,
    name         text        NOT NULL,
    installed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE trough.schema_version IS 'One row for each numbered file that has been run.';

-- The words that rows refer to by number. The program compares this list with its own before it works.
CREATE TABLE trough.vocabulary (
    domain text     NOT NULL,
    code   smallint NOT NULL,
    name   text     COLLATE "C" NOT NULL,
    PRIMARY KEY (domain, code),
    UNIQUE (domain, name)
);
COMMENT ON TABLE trough.vocabulary IS 'The closed lists of words that events use, each with its stable number.';

CREATE TABLE trough.study (
    study       integer     PRIMARY KEY,
    name        text        COLLATE "C" NOT NULL UNIQUE CHECK (octet_length(name) BETWEEN 1 AND 128),
    first_slice integer     NOT NULL UNIQUE CHECK (first_slice >= 0),
    slices      integer     NOT NULL CHECK (slices BETWEEN 1 AND 1024),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE trough.study IS 'A trial, a virtual cohort or a load test: slices first_slice to first_slice + slices - 1.';

-- The head of a slice. The appending transaction locks it, so that positions come without gaps and in commit order:
-- whoever has read up to a position can never miss an event that commits later with a smaller one.
CREATE TABLE trough.head (
    slice       integer     PRIMARY KEY,
    study       integer     NOT NULL REFERENCES trough.study,
    position    bigint      NOT NULL DEFAULT 0,
    patients    integer     NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL DEFAULT '-infinity',
    digest      bytea       NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(digest) = 32)
) WITH (fillfactor = 50);
COMMENT ON TABLE trough.head IS 'How far each slice has come: last position, patients, time of the last batch, chain digest.';
CREATE INDEX ON trough.head (study);

CREATE TABLE trough.patient (
    slice   integer NOT NULL,
    patient integer NOT NULL CHECK (patient > 0),
    subject text    COLLATE "C" NOT NULL CHECK (octet_length(subject) BETWEEN 1 AND 64),
    PRIMARY KEY (slice, patient),
    UNIQUE (slice, subject)
);
COMMENT ON TABLE trough.patient IS 'Patients by number within their slice, 1, 2, 3, … in order of first appearance.';

CREATE TABLE trough.source (
    source integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    study  integer NOT NULL REFERENCES trough.study,
    uri    text    COLLATE "C" NOT NULL CHECK (octet_length(uri) BETWEEN 1 AND 256),
    UNIQUE (study, uri)
);
COMMENT ON TABLE trough.source IS 'The sites, laboratories and systems that state facts.';

-- One row for each event. The key of positions gives the order of a slice; the key of names says that a patient has one
-- event of a source and id. Every further index would cost an append more than all the rest together.
-- What code, unit, qualifier and level mean depends on the kind; the views of the next file spell it out.
CREATE TABLE trough.event (
    slice       integer          NOT NULL,
    patient     integer          NOT NULL,
    position    bigint           NOT NULL,
    occurred_at timestamptz      NOT NULL,
    recorded_at timestamptz      NOT NULL,
    value       double precision NOT NULL,
    source      integer          NOT NULL,
    kind        smallint         NOT NULL,
    code        smallint         NOT NULL,
    unit        smallint         NOT NULL,
    qualifier   smallint         NOT NULL,
    level       smallint         NOT NULL,
    id          text             COLLATE "C" NOT NULL,
    -- json and not jsonb: the bytes are bound by the chain and must come back as they went in.
    detail      json,
    attributes  json,
    CONSTRAINT event_position PRIMARY KEY (slice, position),
    CONSTRAINT event_name UNIQUE (slice, patient, source, id)
);
COMMENT ON TABLE trough.event IS 'What happened, append-only. See the views dose, assay, score, adverse_event, correction, timeline.';
COMMENT ON COLUMN trough.event.detail IS 'What does not fit the numbers: canonical JSON, by kind.';
COMMENT ON COLUMN trough.event.attributes IS 'Further CloudEvents attributes, as sent.';

-- One row for each slice that a commit touched. The digest is SHA-256 over the digest before it, this row and its events.
CREATE TABLE trough.batch (
    slice          integer     NOT NULL,
    first_position bigint      NOT NULL CHECK (first_position > 0),
    last_position  bigint      NOT NULL,
    recorded_at    timestamptz NOT NULL,
    author         text        NOT NULL,
    reason         text,
    client         text        NOT NULL,
    digest         bytea       NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (slice, first_position),
    CHECK (last_position >= first_position)
);
COMMENT ON TABLE trough.batch IS 'Who wrote which positions when and why, with the digest that chains each batch to the one before.';

-- Rights: readers read; writers also add, and move heads. Nobody is given a change of what stands, not even the owner.
REVOKE ALL ON ALL TABLES IN SCHEMA trough FROM PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA trough TO trough_reader, trough_writer;
GRANT INSERT ON trough.study, trough.head, trough.patient, trough.source, trough.event, trough.batch TO trough_writer;
GRANT UPDATE (position, patients, recorded_at, digest) ON trough.head TO trough_writer;
REVOKE UPDATE, DELETE, TRUNCATE ON trough.event, trough.batch, trough.patient, trough.source FROM trough_owner;

-- Triggers: the same again for whoever has more rights than he should, superusers included.
CREATE FUNCTION trough.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'trough.% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'State what is true in a new event of type trough.correction.v1.';
END
$$;

CREATE FUNCTION trough.refuse_step_back() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.slice <> OLD.slice OR NEW.study <> OLD.study OR NEW.position < OLD.position
        OR NEW.patients < OLD.patients OR NEW.recorded_at < OLD.recorded_at
        OR NEW.position = OLD.position AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'the head of slice % would go back, or change without an event', OLD.slice
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trough.refuse_change(), trough.refuse_step_back() FROM PUBLIC;

DO $$
DECLARE
    kept name;
BEGIN
    FOREACH kept IN ARRAY ARRAY['event', 'batch', 'patient', 'source', 'study', 'vocabulary']::name[] LOOP
        EXECUTE pg_catalog.format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trough.%I
             FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_change()', kept);
        EXECUTE pg_catalog.format('ALTER TABLE trough.%I ENABLE ALWAYS TRIGGER append_only', kept);
    END LOOP;
END
$$;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON trough.head
    FOR EACH STATEMENT EXECUTE FUNCTION trough.refuse_change();
CREATE TRIGGER only_forward BEFORE UPDATE ON trough.head
    FOR EACH ROW EXECUTE FUNCTION trough.refuse_step_back();
ALTER TABLE trough.head ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE trough.head ENABLE ALWAYS TRIGGER only_forward;

INSERT INTO trough.schema_version (version, name) VALUES (1, 'log');
RESET ROLE;
