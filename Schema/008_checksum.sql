-- A checksum beside the digest of a segment. Whoever replays asks whether the bytes are those that were written, which a
-- checksum tells several times as fast; whoever verifies asks whether somebody meant them to differ, which takes SHA-256.
SET search_path = pg_catalog, pg_temp;
SET ROLE trough_owner;

-- Segments of before have none: their digest is compared.
ALTER TABLE trough.segment ADD COLUMN checksum bytea CHECK (octet_length(checksum) = 16);
COMMENT ON COLUMN trough.segment.checksum IS 'XXH3 (128 bits) of the XXH3 of data followed by digest; NULL where the segment is older than this column.';

INSERT INTO trough.schema_version (version, name) VALUES (8, 'checksum');
RESET ROLE;
