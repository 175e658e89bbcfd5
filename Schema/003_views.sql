-- Views for people with psql: words instead of numbers. They read with the rights of whoever asks.
SET search_path = pg_catalog, pg_temp;
SET ROLE trough_owner;

-- The base of the others: every event with its study, subject, source and place.
CREATE VIEW trough.timeline WITH (security_invoker = true) AS
SELECT s.name AS study, p.subject, e.occurred_at, k.name AS type, e.code, e.unit, e.qualifier, e.level, e.value,
       e.detail, e.attributes, o.uri AS source, e.id, e.recorded_at, e.slice, e.position
FROM trough.event e
JOIN trough.head h ON h.slice = e.slice
JOIN trough.study s ON s.study = h.study
JOIN trough.patient p ON p.slice = e.slice AND p.patient = e.patient
JOIN trough.source o ON o.source = e.source
JOIN trough.vocabulary k ON k.domain = 'kind' AND k.code = e.kind;
COMMENT ON VIEW trough.timeline IS 'Every event as stored, corrections not applied; order by occurred_at, source, id.';

CREATE VIEW trough.dose WITH (security_invoker = true) AS
SELECT t.study, t.subject, t.occurred_at, d.name AS drug, t.value AS amount, u.name AS unit, r.name AS route,
       t.source, t.id, t.recorded_at, t.slice, t.position
FROM trough.timeline t
JOIN trough.vocabulary d ON d.domain = 'drug' AND d.code = t.code
JOIN trough.vocabulary u ON u.domain = 'unit' AND u.code = t.unit
JOIN trough.vocabulary r ON r.domain = 'route' AND r.code = t.qualifier
WHERE t.type = 'trough.dose.v1';
COMMENT ON VIEW trough.dose IS 'Doses as sent.';

CREATE VIEW trough.assay WITH (security_invoker = true) AS
SELECT t.study, t.subject, t.occurred_at, a.name AS analyte, c.name AS comparator, t.value, u.name AS unit,
       m.name AS method, t.source, t.id, t.recorded_at, t.slice, t.position
FROM trough.timeline t
JOIN trough.vocabulary a ON a.domain = 'analyte' AND a.code = t.code
JOIN trough.vocabulary u ON u.domain = 'unit' AND u.code = t.unit
LEFT JOIN trough.vocabulary m ON m.domain = 'method' AND m.code = t.qualifier
LEFT JOIN trough.vocabulary c ON c.domain = 'comparator' AND c.code = t.level
WHERE t.type = 'trough.assay.v1';
COMMENT ON VIEW trough.assay IS 'Assays in the unit as sent; with a comparator the value is a limit of quantification.';

CREATE VIEW trough.score WITH (security_invoker = true) AS
SELECT t.study, t.subject, t.occurred_at, i.name AS instrument, t.value::integer AS total,
       CASE WHEN i.name = 'Mayo' THEN t.level END AS endoscopy, t.detail -> 'items' AS items,
       t.source, t.id, t.recorded_at, t.slice, t.position
FROM trough.timeline t
JOIN trough.vocabulary i ON i.domain = 'instrument' AND i.code = t.code
WHERE t.type = 'trough.score.v1';
COMMENT ON VIEW trough.score IS 'Disease activity scores.';

CREATE VIEW trough.adverse_event WITH (security_invoker = true) AS
SELECT t.study, t.subject, t.occurred_at, t.detail ->> 'term' AS term, t.level AS grade, t.qualifier = 1 AS serious,
       a.name AS action, t.detail ->> 'drug' AS drug, t.source, t.id, t.recorded_at, t.slice, t.position
FROM trough.timeline t
JOIN trough.vocabulary a ON a.domain = 'action' AND a.code = t.code
WHERE t.type = 'trough.adverse-event.v1';
COMMENT ON VIEW trough.adverse_event IS 'Adverse events, with CTCAE grade and what was done with which drug.';

CREATE VIEW trough.correction WITH (security_invoker = true) AS
SELECT t.study, t.subject, t.occurred_at, t.detail -> 'corrects' ->> 'source' AS corrects_source,
       t.detail -> 'corrects' ->> 'id' AS corrects_id, t.detail ->> 'reason' AS reason,
       t.detail -> 'replacement' AS replacement, t.source, t.id, t.recorded_at, t.slice, t.position
FROM trough.timeline t
WHERE t.type = 'trough.correction.v1';
COMMENT ON VIEW trough.correction IS 'Corrections: which event each names, why, and what stands instead (JSON null: nothing).';

GRANT SELECT ON trough.timeline, trough.dose, trough.assay, trough.score, trough.adverse_event, trough.correction
    TO trough_reader, trough_writer;

INSERT INTO trough.schema_version (version, name) VALUES (3, 'views');
RESET ROLE;
