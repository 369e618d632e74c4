-- What CREATE EXTENSION makes: documented objects, safe functions, settings
-- that the server checks.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS perfext CASCADE;
CREATE EXTENSION perfext;
RESET client_min_messages;

-- The contract's views are there.
SELECT relname FROM pg_class
WHERE relnamespace = 'perfext'::regnamespace AND relkind = 'v'
  AND relname IN ('statements', 'plans', 'plan_nodes', 'missing_indexes', 'recommendations', 'info', 'etl_jobs', 'etl_steps')
ORDER BY relname COLLATE "C";

-- The columns that the contract names are there: no row.
SELECT v.view_name, c.column_name
FROM (VALUES
    ('statements', 'userid dbid queryid toplevel query plans total_plan_time min_plan_time max_plan_time mean_plan_time
      stddev_plan_time calls failures failed_exec_time total_exec_time min_exec_time max_exec_time mean_exec_time stddev_exec_time
      p50_exec_time p95_exec_time p99_exec_time rows cpu_time shared_blks_hit shared_blks_read shared_blks_dirtied
      shared_blks_written shared_blk_read_time shared_blk_write_time local_blks_hit local_blks_read local_blks_dirtied
      local_blks_written local_blk_read_time local_blk_write_time temp_blks_read temp_blks_written wal_records wal_fpi wal_bytes
      wal_buffers_full jit_functions jit_generation_time jit_inlining_count jit_inlining_time jit_optimization_count
      jit_optimization_time jit_emission_count jit_emission_time jit_deform_count jit_deform_time generic_plan_calls
      custom_plan_calls commit_time client_gap_time peak_memory_bytes mean_memory_bytes parallel_workers_to_launch
      parallel_workers_launched tags stats_since minmax_stats_since last_call'),
    ('plans', 'userid dbid queryid toplevel planid calls total_exec_time mean_exec_time max_exec_time p95_exec_time first_seen
      last_seen plan'),
    ('plan_nodes', 'userid dbid queryid toplevel planid node_id parent_node_id depth node_type relid schemaname relname index_name
      join_type condition filter samples partial_samples loops est_rows rows rows_removed startup_time total_time self_time
      self_time_ratio estimate_error peak_memory_bytes disk_bytes shared_blks_hit shared_blks_read temp_blks_written'),
    ('etl_loads', 'dbid schemaname relname relid operation shape statements rows rows_per_statement rows_per_commit total_time
      rows_per_second wal_bytes index_count trigger_time fk_time commit_time client_gap_time recommended_batch_rows
      recommended_commit_rows projected_rows_per_second'),
    ('info', 'version memory_bytes memory_used_bytes statements plans evicted dropped overhead_ratio last_save stats_reset'),
    ('missing_indexes', 'id dbid relid schemaname relname method key_columns include_columns predicate ddl queryids calls
      total_exec_time cost_before cost_after saved_time saved_time_ratio index_size_bytes write_cost_time verified reason
      first_seen last_seen'),
    ('etl_jobs', 'job run_id started ended status rows rows_in rows_out total_time elapsed_time statements failures
      peak_memory_bytes temp_bytes wal_bytes commit_time client_gap_time tags userid dbid pid'),
    ('etl_steps', 'run_id step rows_in rows_out total_time elapsed_time peak_memory_bytes temp_bytes wal_bytes queryids'),
    ('recommendations', 'id kind severity subject summary evidence action impact_ratio expected_gain_ratio confidence verified
      status first_seen last_seen')
  ) AS v(view_name, columns),
  LATERAL regexp_split_to_table(v.columns, '\s+') AS c(column_name)
WHERE NOT EXISTS (
    SELECT FROM pg_attribute a
    WHERE a.attrelid = to_regclass('perfext.' || v.view_name)
      AND a.attname = c.column_name AND NOT a.attisdropped)
ORDER BY 1, 2;

-- Times are float8, blocks and counts bigint, tags and plan jsonb: no row.
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'perfext'::regnamespace AND c.relname IN ('statements', 'plans', 'plan_nodes')
  AND a.attnum > 0
  AND a.atttypid <> CASE
        WHEN a.attname LIKE '%\_time' OR a.attname LIKE '%\_ratio' THEN 'float8'::regtype
        WHEN a.attname LIKE '%\_blks\_%' OR a.attname IN ('calls', 'failures', 'rows', 'loops', 'samples', 'queryid', 'planid',
                'plans', 'rows_removed', 'wal_records', 'wal_fpi') THEN 'int8'::regtype
        WHEN a.attname IN ('userid', 'dbid', 'relid') THEN 'oid'::regtype
        WHEN a.attname IN ('tags', 'plan') THEN 'jsonb'::regtype
        ELSE a.atttypid END
ORDER BY 1, 2;

-- Every view, column and function has a comment: no row.
SELECT c.relkind, c.relname, NULL AS attname
FROM pg_class c
WHERE c.relnamespace = 'perfext'::regnamespace AND c.relkind IN ('v', 'r', 'm', 'S')
  AND coalesce(obj_description(c.oid, 'pg_class'), '') = ''
UNION ALL
SELECT c.relkind, c.relname, a.attname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'perfext'::regnamespace AND c.relkind IN ('v', 'r', 'm')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND coalesce(col_description(c.oid, a.attnum), '') = ''
UNION ALL
SELECT 'f', p.oid::regprocedure::text, NULL
FROM pg_proc p
WHERE p.pronamespace = 'perfext'::regnamespace
  AND coalesce(obj_description(p.oid, 'pg_proc'), '') = ''
ORDER BY 1, 2, 3;

-- The schema, and all in it, belongs to the extension: no row.
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'perfext'::regnamespace AND c.relkind = 'v'
  AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                    AND e.extname = 'perfext')
UNION ALL
SELECT p.proname FROM pg_proc p
WHERE p.pronamespace = 'perfext'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                    AND e.extname = 'perfext');
SELECT extrelocatable FROM pg_extension WHERE extname = 'perfext';

-- No function can be led astray by its caller's search_path: no row.
SELECT p.oid::regprocedure
FROM pg_proc p
WHERE p.pronamespace = 'perfext'::regnamespace
  AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting
                  WHERE setting LIKE 'search\_path=pg_catalog%')
ORDER BY 1;

-- Nor by his standard_conforming_strings, where the body has a backslash: no row.
SELECT p.oid::regprocedure
FROM pg_proc p
WHERE p.pronamespace = 'perfext'::regnamespace AND strpos(p.prosrc, chr(92)) > 0
  AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting
                  WHERE setting = 'standard_conforming_strings=on')
ORDER BY 1;
-- From server 19 on it cannot be off.
SELECT set_config('standard_conforming_strings', CASE WHEN current_setting('server_version_num')::int < 190000 THEN 'off' ELSE 'on' END, false) IS NOT NULL AS off;
SELECT perfext.format_count(1234567.0 / 100);
RESET standard_conforming_strings;

-- Times as people write them: nothing is 0 ms.
SELECT perfext.format_time(0) AS nothing, perfext.format_time(0.0251) AS little, perfext.format_time(59999) AS much;

-- None runs with its owner's rights: no row.
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'perfext'::regnamespace AND p.prosecdef;

-- Each C function is bound by a symbol that carries the version: no row.
SELECT p.oid::regprocedure, p.prosrc
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'perfext'::regnamespace AND l.lanname = 'c'
  AND p.prosrc !~ '^perfext_.*_1_0$';

-- The settings, their defaults, and who may change them.
SELECT name, boot_val, unit, vartype, context FROM pg_settings
WHERE name IN ('perfext.enabled', 'perfext.track', 'perfext.track_utility', 'perfext.node_timing', 'perfext.overhead_target',
               'perfext.shared_memory', 'perfext.save', 'perfext.save_interval')
ORDER BY name COLLATE "C";
-- All of them say what they do: no row.
SELECT name FROM pg_settings WHERE name LIKE 'perfext.%' AND coalesce(short_desc, '') = '';

-- Bad values are refused, and leave the old one.
SET perfext.track = 'some';
SET perfext.node_timing = 'always';
SET perfext.overhead_target = 101;
SET perfext.overhead_target = -1;
SET perfext.track_utility = 'maybe';
-- What is kept by the server is not for a session.
SET perfext.shared_memory = '1MB';
SET perfext.save_interval = '10s';
-- Nor can a setting be made up.
SET perfext.no_such_setting = 1;
SELECT current_setting('perfext.track'), current_setting('perfext.node_timing'), current_setting('perfext.overhead_target'),
       current_setting('perfext.track_utility');
-- Too small an arena is refused.
\set VERBOSITY terse
ALTER SYSTEM SET perfext.shared_memory = '16kB';
\set VERBOSITY default

-- Only a superuser may switch perfext off.
CREATE ROLE regress_perfext_install;
SET ROLE regress_perfext_install;
SET perfext.enabled = off;
SET perfext.track = 'none';
SET perfext.node_timing = 'all';
-- Everyone may look.
SELECT count(*) FROM perfext.info;
RESET ROLE;
DROP ROLE regress_perfext_install;

-- The row about perfext itself makes sense.
SELECT count(*) AS rows,
       bool_and(version = (SELECT extversion FROM pg_extension WHERE extname = 'perfext')) AS version,
       bool_and(memory_bytes BETWEEN 1 AND pg_size_bytes(current_setting('perfext.shared_memory'))) AS fits,
       bool_and(memory_used_bytes BETWEEN 1 AND memory_bytes) AS used,
       bool_and(statements > 0) AS statements,
       bool_and(evicted >= 0 AND dropped >= 0 AND plans >= 0) AS counters,
       bool_and(stats_reset <= now()) AS since
FROM perfext.info;

-- DROP and CREATE EXTENSION do not touch what was recorded.
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT 'kept over DROP EXTENSION' AS kept;
DROP EXTENSION perfext;
-- Not with standard_conforming_strings = off, which would change its views: none is there.
SET client_min_messages = error;
SELECT set_config('standard_conforming_strings', CASE WHEN current_setting('server_version_num')::int < 190000 THEN 'off' ELSE 'on' END, false) IS NOT NULL AS off;
DO $$
BEGIN
    CREATE EXTENSION perfext;
    IF current_setting('standard_conforming_strings') = 'on' THEN
        RAISE object_not_in_prerequisite_state;
    END IF;
EXCEPTION
    WHEN object_not_in_prerequisite_state THEN NULL;
END
$$;
SELECT count(*) FROM pg_extension WHERE extname = 'perfext';
RESET standard_conforming_strings;
RESET client_min_messages;
SELECT to_regnamespace('perfext') IS NULL AS schema_is_gone;
CREATE EXTENSION perfext;
SELECT calls FROM perfext.statements WHERE query = 'SELECT $1 AS kept';
