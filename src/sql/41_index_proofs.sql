/* What was found out about indexes. Columns: enum ProofColumn in src/sqlapi/proofs.c */

CREATE FUNCTION perfext.index_proofs(
    OUT userid oid,
    OUT dbid oid,
    OUT queryid bigint,
    OUT toplevel boolean,
    OUT foreign_key boolean,
    OUT proved_at timestamptz,
    OUT proof jsonb,
    OUT applied_at timestamptz,
    OUT applied_calls bigint,
    OUT applied_exec_time float8,
    OUT applied jsonb
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_index_proofs_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.index_proofs() IS
    'What view perfext.index_proofs shows; proofs of other users'' statements only for members of pg_read_all_stats, those of foreign-key checks of own statements where the table that they look into may be read';

CREATE VIEW perfext.index_proofs AS
SELECT
    userid,
    dbid,
    queryid,
    toplevel,
    foreign_key,
    coalesce(proof->>'relid', applied->>'relid')::oid AS checked_relid,
    proved_at,
    (proof->>'cost_before')::float8 AS cost_before,
    (proof->>'cost_after')::float8 AS cost_after,
    proof->>'reason' AS reason,
    proof->'indexes' AS indexes,
    proof->'risks' AS risks,
    applied_at,
    applied_calls,
    applied_exec_time,
    applied->'indexes' AS applied_indexes,
    (applied->>'cost_before')::float8 AS applied_cost_before,
    (applied->>'cost_after')::float8 AS applied_cost_after
FROM perfext.index_proofs();

COMMENT ON VIEW perfext.index_proofs IS
    'One row per statement that was planned again with indexes that do not exist, and one per foreign-key check that it fires: what the planner said, and what had been counted when such an index was created';
COMMENT ON COLUMN perfext.index_proofs.userid IS
    'User who ran the statement';
COMMENT ON COLUMN perfext.index_proofs.dbid IS
    'Database it ran in';
COMMENT ON COLUMN perfext.index_proofs.queryid IS
    'Identifier of the statement: joins with perfext.statements';
COMMENT ON COLUMN perfext.index_proofs.toplevel IS
    'Sent by a client, or nested';
COMMENT ON COLUMN perfext.index_proofs.foreign_key IS
    'False: the statement''s own proof; true: that of a foreign-key check of the server which the statement fires';
COMMENT ON COLUMN perfext.index_proofs.checked_relid IS
    'Table that the foreign-key check looks into; of a partition, its topmost parent where an index was proved; NULL if not foreign_key';
COMMENT ON COLUMN perfext.index_proofs.proved_at IS
    'When that was done last';
COMMENT ON COLUMN perfext.index_proofs.cost_before IS
    'The planner''s cost without any of the indexes';
COMMENT ON COLUMN perfext.index_proofs.cost_after IS
    'The planner''s cost with all of them';
COMMENT ON COLUMN perfext.index_proofs.reason IS
    'Why no index was proved; NULL: some were';
COMMENT ON COLUMN perfext.index_proofs.indexes IS
    'The indexes that the planner would use: definition, size in bytes, cost without each, how it would be scanned, and under forms the same of larger or smaller forms with the cost with each';
COMMENT ON COLUMN perfext.index_proofs.risks IS
    'Single columns on which the planner would use an index that others might create, none of them proposed: definition, the statement''s cost with it, how it would be scanned';
COMMENT ON COLUMN perfext.index_proofs.applied_at IS
    'When an index was created last on a table that the proof then named; NULL: never';
COMMENT ON COLUMN perfext.index_proofs.applied_calls IS
    'Calls of the statement until then; if foreign_key, all its foreign-key checks';
COMMENT ON COLUMN perfext.index_proofs.applied_exec_time IS
    'Execution time of those, ms';
COMMENT ON COLUMN perfext.index_proofs.applied_indexes IS
    'The indexes that were proved then';
COMMENT ON COLUMN perfext.index_proofs.applied_cost_before IS
    'The planner''s cost without any of those';
COMMENT ON COLUMN perfext.index_proofs.applied_cost_after IS
    'The planner''s cost with all of them';

GRANT SELECT ON perfext.index_proofs TO PUBLIC;
