/* Statements. Columns: enum StatementColumn in src/sqlapi/statements.c */

CREATE FUNCTION perfext.statements(
    OUT userid oid,
    OUT dbid oid,
    OUT queryid bigint,
    OUT toplevel boolean,
    OUT query text,
    OUT plans bigint,
    OUT total_plan_time float8,
    OUT min_plan_time float8,
    OUT max_plan_time float8,
    OUT mean_plan_time float8,
    OUT stddev_plan_time float8,
    OUT calls bigint,
    OUT failures bigint,
    OUT failed_exec_time float8,
    OUT abandoned bigint,
    OUT total_exec_time float8,
    OUT min_exec_time float8,
    OUT max_exec_time float8,
    OUT mean_exec_time float8,
    OUT stddev_exec_time float8,
    OUT p50_exec_time float8,
    OUT p95_exec_time float8,
    OUT p99_exec_time float8,
    OUT rows bigint,
    OUT cpu_time float8,
    OUT shared_blks_hit bigint,
    OUT shared_blks_read bigint,
    OUT shared_blks_dirtied bigint,
    OUT shared_blks_written bigint,
    OUT local_blks_hit bigint,
    OUT local_blks_read bigint,
    OUT local_blks_dirtied bigint,
    OUT local_blks_written bigint,
    OUT temp_blks_read bigint,
    OUT temp_blks_written bigint,
    OUT shared_blk_read_time float8,
    OUT shared_blk_write_time float8,
    OUT local_blk_read_time float8,
    OUT local_blk_write_time float8,
    OUT temp_blk_read_time float8,
    OUT temp_blk_write_time float8,
    OUT wal_records bigint,
    OUT wal_fpi bigint,
    OUT wal_bytes numeric,
    OUT wal_buffers_full bigint,
    OUT jit_functions bigint,
    OUT jit_generation_time float8,
    OUT jit_inlining_count bigint,
    OUT jit_inlining_time float8,
    OUT jit_optimization_count bigint,
    OUT jit_optimization_time float8,
    OUT jit_emission_count bigint,
    OUT jit_emission_time float8,
    OUT jit_deform_count bigint,
    OUT jit_deform_time float8,
    OUT generic_plan_calls bigint,
    OUT custom_plan_calls bigint,
    OUT commits bigint,
    OUT commit_time float8,
    OUT client_gap_time float8,
    OUT idle_in_transaction_time float8,
    OUT fk_checks bigint,
    OUT fk_time float8,
    OUT peak_memory_bytes bigint,
    OUT mean_memory_bytes bigint,
    OUT parallel_workers_to_launch bigint,
    OUT parallel_workers_launched bigint,
    OUT tags jsonb,
    OUT stats_since timestamptz,
    OUT minmax_stats_since timestamptz,
    OUT last_call timestamptz
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_statements_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.statements() IS
    'What view perfext.statements shows; text and plans of other users'' statements only for members of pg_read_all_stats';

CREATE VIEW perfext.statements AS
SELECT * FROM perfext.statements();

COMMENT ON VIEW perfext.statements IS
    'One row per statement (user, database, query identifier, top level or nested): every execution counted; times in ms';

COMMENT ON COLUMN perfext.statements.userid IS
    'User who ran the statement';
COMMENT ON COLUMN perfext.statements.dbid IS
    'Database it ran in';
COMMENT ON COLUMN perfext.statements.queryid IS
    'Identifier of the normalised statement: the server''s for queries, a hash of the normalised text for utility statements';
COMMENT ON COLUMN perfext.statements.toplevel IS
    'True: sent by a client; false: run inside a function or another statement';
COMMENT ON COLUMN perfext.statements.query IS
    'Text with constants replaced by $n and without comments; "<insufficient privilege>" for other users'' statements without pg_read_all_stats; NULL when not learnt yet';
COMMENT ON COLUMN perfext.statements.plans IS
    'Times planned';
COMMENT ON COLUMN perfext.statements.total_plan_time IS
    'Time planning, ms';
COMMENT ON COLUMN perfext.statements.min_plan_time IS
    'Shortest planning, ms';
COMMENT ON COLUMN perfext.statements.max_plan_time IS
    'Longest planning, ms';
COMMENT ON COLUMN perfext.statements.mean_plan_time IS
    'Mean planning, ms';
COMMENT ON COLUMN perfext.statements.stddev_plan_time IS
    'Standard deviation of planning, ms';
COMMENT ON COLUMN perfext.statements.calls IS
    'Executions that completed';
COMMENT ON COLUMN perfext.statements.failures IS
    'Executions that ended with an error, a cancel or a timeout (planning included)';
COMMENT ON COLUMN perfext.statements.failed_exec_time IS
    'Time spent in those, ms';
COMMENT ON COLUMN perfext.statements.abandoned IS
    'Executions never ended because their transaction failed meanwhile (open cursors)';
COMMENT ON COLUMN perfext.statements.total_exec_time IS
    'Time executing, ms, of completed executions; sending rows and AFTER triggers included';
COMMENT ON COLUMN perfext.statements.min_exec_time IS
    'Shortest execution, ms';
COMMENT ON COLUMN perfext.statements.max_exec_time IS
    'Longest execution, ms';
COMMENT ON COLUMN perfext.statements.mean_exec_time IS
    'Mean execution, ms';
COMMENT ON COLUMN perfext.statements.stddev_exec_time IS
    'Standard deviation of execution, ms';
COMMENT ON COLUMN perfext.statements.p50_exec_time IS
    'Half of the executions took no longer, ms (relative error at most 1.6 %)';
COMMENT ON COLUMN perfext.statements.p95_exec_time IS
    '95 % of the executions took no longer, ms (relative error at most 1.6 %)';
COMMENT ON COLUMN perfext.statements.p99_exec_time IS
    '99 % of the executions took no longer, ms (relative error at most 1.6 %)';
COMMENT ON COLUMN perfext.statements.rows IS
    'Rows retrieved or affected';
COMMENT ON COLUMN perfext.statements.cpu_time IS
    'Processor time of backend and parallel workers, ms; executions under 1 ms share readings by their time; NULL for nested statements (their time is in the outer one''s)';
COMMENT ON COLUMN perfext.statements.shared_blks_hit IS
    'Shared blocks found in cache';
COMMENT ON COLUMN perfext.statements.shared_blks_read IS
    'Shared blocks read';
COMMENT ON COLUMN perfext.statements.shared_blks_dirtied IS
    'Shared blocks dirtied';
COMMENT ON COLUMN perfext.statements.shared_blks_written IS
    'Shared blocks written by the backend itself';
COMMENT ON COLUMN perfext.statements.local_blks_hit IS
    'Local blocks (temporary tables) found in cache';
COMMENT ON COLUMN perfext.statements.local_blks_read IS
    'Local blocks read';
COMMENT ON COLUMN perfext.statements.local_blks_dirtied IS
    'Local blocks dirtied';
COMMENT ON COLUMN perfext.statements.local_blks_written IS
    'Local blocks written';
COMMENT ON COLUMN perfext.statements.temp_blks_read IS
    'Temporary file blocks read (sorts, hashes that spilled)';
COMMENT ON COLUMN perfext.statements.temp_blks_written IS
    'Temporary file blocks written';
COMMENT ON COLUMN perfext.statements.shared_blk_read_time IS
    'Time reading shared blocks, ms, if track_io_timing is on (on 15 and 16 local blocks included)';
COMMENT ON COLUMN perfext.statements.shared_blk_write_time IS
    'Time writing shared blocks, ms, if track_io_timing is on';
COMMENT ON COLUMN perfext.statements.local_blk_read_time IS
    'Time reading local blocks, ms; NULL before server 17';
COMMENT ON COLUMN perfext.statements.local_blk_write_time IS
    'Time writing local blocks, ms; NULL before server 17';
COMMENT ON COLUMN perfext.statements.temp_blk_read_time IS
    'Time reading temporary file blocks, ms, if track_io_timing is on';
COMMENT ON COLUMN perfext.statements.temp_blk_write_time IS
    'Time writing temporary file blocks, ms, if track_io_timing is on';
COMMENT ON COLUMN perfext.statements.wal_records IS
    'WAL records written';
COMMENT ON COLUMN perfext.statements.wal_fpi IS
    'Full page images in them';
COMMENT ON COLUMN perfext.statements.wal_bytes IS
    'WAL written, bytes';
COMMENT ON COLUMN perfext.statements.wal_buffers_full IS
    'Times the WAL buffers were full; NULL before server 18';
COMMENT ON COLUMN perfext.statements.jit_functions IS
    'Functions compiled just in time';
COMMENT ON COLUMN perfext.statements.jit_generation_time IS
    'Time generating their code, ms';
COMMENT ON COLUMN perfext.statements.jit_inlining_count IS
    'Executions with inlining';
COMMENT ON COLUMN perfext.statements.jit_inlining_time IS
    'Time inlining, ms';
COMMENT ON COLUMN perfext.statements.jit_optimization_count IS
    'Executions with optimization';
COMMENT ON COLUMN perfext.statements.jit_optimization_time IS
    'Time optimizing, ms';
COMMENT ON COLUMN perfext.statements.jit_emission_count IS
    'Executions with emission';
COMMENT ON COLUMN perfext.statements.jit_emission_time IS
    'Time emitting, ms';
COMMENT ON COLUMN perfext.statements.jit_deform_count IS
    'Executions with compiled tuple deforming; NULL before server 17';
COMMENT ON COLUMN perfext.statements.jit_deform_time IS
    'Time compiling tuple deforming, ms; NULL before server 17';
COMMENT ON COLUMN perfext.statements.generic_plan_calls IS
    'Executions with a generic plan; NULL before server 19';
COMMENT ON COLUMN perfext.statements.custom_plan_calls IS
    'Executions with a custom plan; NULL before server 19';
COMMENT ON COLUMN perfext.statements.commits IS
    'Commits of writing transactions in which it was the last statement';
COMMENT ON COLUMN perfext.statements.commit_time IS
    'Time of those commits (flush and replication wait included), ms; booked when the backend''s next statement ends';
COMMENT ON COLUMN perfext.statements.client_gap_time IS
    'Time between the end of the backend''s statement before and the start of this one, ms';
COMMENT ON COLUMN perfext.statements.idle_in_transaction_time IS
    'Part of client_gap_time inside an open transaction, ms';
COMMENT ON COLUMN perfext.statements.fk_checks IS
    'Foreign-key checks run inside the statement; server 19 makes most of them without SQL, where they cannot be seen: NULL then';
COMMENT ON COLUMN perfext.statements.fk_time IS
    'Time of those, ms, part of the execution time; on server 19 most checks of inserts run without SQL and cannot be seen';
COMMENT ON COLUMN perfext.statements.peak_memory_bytes IS
    'Largest executor memory seen at the end of an execution, bytes: a lower bound; NULL for utility statements';
COMMENT ON COLUMN perfext.statements.mean_memory_bytes IS
    'Mean of the same, bytes';
COMMENT ON COLUMN perfext.statements.parallel_workers_to_launch IS
    'Parallel workers planned';
COMMENT ON COLUMN perfext.statements.parallel_workers_launched IS
    'Parallel workers that could be launched';
COMMENT ON COLUMN perfext.statements.tags IS
    'Tags from the comment of the last execution (sqlcommenter, marginalia, Rails query log tags ...); NULL without comment or privilege';
COMMENT ON COLUMN perfext.statements.stats_since IS
    'Since when the statement is recorded';
COMMENT ON COLUMN perfext.statements.minmax_stats_since IS
    'Since when min and max count';
COMMENT ON COLUMN perfext.statements.last_call IS
    'Start of the last execution';

GRANT SELECT ON perfext.statements TO PUBLIC;
