/* perfext about itself. Columns: enum InfoColumn in src/sqlapi/admin.c */

CREATE FUNCTION perfext.info(
    OUT version text,
    OUT clock text,
    OUT query_ids boolean,
    OUT memory_bytes bigint,
    OUT memory_used_bytes bigint,
    OUT statements bigint,
    OUT plans bigint,
    OUT nodes bigint,
    OUT max_statements bigint,
    OUT max_plans bigint,
    OUT max_nodes bigint,
    OUT recorded bigint,
    OUT evicted bigint,
    OUT evicted_plans bigint,
    OUT dropped bigint,
    OUT dropped_samples bigint,
    OUT pending bigint,
    OUT pending_waits bigint,
    OUT render_failures bigint,
    OUT exec_time float8,
    OUT overhead_time float8,
    OUT overhead_ratio float8,
    OUT max_overhead_time float8,
    OUT what_if_proofs bigint,
    OUT what_if_time float8,
    OUT last_save timestamptz,
    OUT save_time float8,
    OUT stats_reset timestamptz,
    OUT last_error text,
    OUT last_error_at timestamptz,
    OUT detector boolean,
    OUT pattern_events bigint,
    OUT pattern_events_dropped bigint,
    OUT pattern_streams bigint,
    OUT pattern_memory_bytes bigint,
    OUT patterns bigint,
    OUT max_patterns bigint,
    OUT patterns_evicted bigint
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_info_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.info() IS
    'What view perfext.info shows; text and plans of other users'' statements only for members of pg_read_all_stats';

CREATE VIEW perfext.info AS
SELECT * FROM perfext.info();

COMMENT ON VIEW perfext.info IS
    'One row about perfext itself: memory, counters, own cost, last save, last error';

COMMENT ON COLUMN perfext.info.version IS
    'Version of the library that is loaded';
COMMENT ON COLUMN perfext.info.clock IS
    'Clock that times plan nodes: tsc or cntvct (the processor''s counter) or clock_gettime';
COMMENT ON COLUMN perfext.info.query_ids IS
    'Does the server compute query identifiers? When false (compute_query_id = off) only utility statements can be recorded';
COMMENT ON COLUMN perfext.info.memory_bytes IS
    'Size of the shared memory arena, bytes; it never changes while the server runs (perfext.shared_memory)';
COMMENT ON COLUMN perfext.info.memory_used_bytes IS
    'Part of the arena that is in use, bytes';
COMMENT ON COLUMN perfext.info.statements IS
    'Statements recorded now';
COMMENT ON COLUMN perfext.info.plans IS
    'Plans recorded now';
COMMENT ON COLUMN perfext.info.nodes IS
    'Plan nodes recorded now';
COMMENT ON COLUMN perfext.info.max_statements IS
    'Statements that the arena has room for';
COMMENT ON COLUMN perfext.info.max_plans IS
    'Plans that the arena has room for';
COMMENT ON COLUMN perfext.info.max_nodes IS
    'Plan nodes that the arena has room for';
COMMENT ON COLUMN perfext.info.recorded IS
    'Executions recorded since stats_reset';
COMMENT ON COLUMN perfext.info.evicted IS
    'Statements evicted to make room since stats_reset';
COMMENT ON COLUMN perfext.info.evicted_plans IS
    'Plans evicted to make room since stats_reset';
COMMENT ON COLUMN perfext.info.dropped IS
    'Executions that could not be recorded since stats_reset; 0 means that all counts are exact';
COMMENT ON COLUMN perfext.info.dropped_samples IS
    'Timed executions whose node figures could not be recorded since stats_reset';
COMMENT ON COLUMN perfext.info.pending IS
    'Records that had to be kept aside for a moment because a lock was not free';
COMMENT ON COLUMN perfext.info.pending_waits IS
    'Times that a backend slept 50 us for a lock, which happens only at its exit or after 10 s';
COMMENT ON COLUMN perfext.info.render_failures IS
    'Plans that could not be put into words; last_error tells why';
COMMENT ON COLUMN perfext.info.exec_time IS
    'Execution time of the recorded top-level statements, ms';
COMMENT ON COLUMN perfext.info.overhead_time IS
    'Time that perfext itself took, ms: measured around its own work, and calls of the node wrapper times their cost';
COMMENT ON COLUMN perfext.info.overhead_ratio IS
    'overhead_time divided by exec_time; NULL before anything was recorded';
COMMENT ON COLUMN perfext.info.max_overhead_time IS
    'Longest time inside perfext in one statement, ms, without the node wrapper';
COMMENT ON COLUMN perfext.info.what_if_proofs IS
    'Statements that were planned again with indexes that do not exist';
COMMENT ON COLUMN perfext.info.what_if_time IS
    'Time spent on that, ms; part of overhead_time; bounded by perfext.what_if_target';
COMMENT ON COLUMN perfext.info.last_save IS
    'When the arena was last saved to disk; NULL: never';
COMMENT ON COLUMN perfext.info.save_time IS
    'Time that the last save took, ms';
COMMENT ON COLUMN perfext.info.stats_reset IS
    'Since when the counters here count';
COMMENT ON COLUMN perfext.info.last_error IS
    'Message of the last error that perfext swallowed to protect a user''s statement';
COMMENT ON COLUMN perfext.info.last_error_at IS
    'When that was';
COMMENT ON COLUMN perfext.info.detector IS
    'Does the background worker run that looks for N+1 patterns? When false none is found (max_worker_processes may be too low)';
COMMENT ON COLUMN perfext.info.pattern_events IS
    'Events that backends wrote for it since the server started';
COMMENT ON COLUMN perfext.info.pattern_events_dropped IS
    'Events that found no room: patterns are then counted too low';
COMMENT ON COLUMN perfext.info.pattern_streams IS
    'Streams of statements (requests, routes or connections) that it follows now; NULL while it does not run';
COMMENT ON COLUMN perfext.info.pattern_memory_bytes IS
    'Memory that its process holds for that, bytes, outside of the arena; NULL while it does not run';
COMMENT ON COLUMN perfext.info.patterns IS
    'Patterns found and kept now: perfext.n_plus_one';
COMMENT ON COLUMN perfext.info.max_patterns IS
    'Patterns that the arena has room for';
COMMENT ON COLUMN perfext.info.patterns_evicted IS
    'Patterns that made room for others since the server started';

GRANT SELECT ON perfext.info TO PUBLIC;
