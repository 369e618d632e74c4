/*
 * Sorts and hashes that did not fit into work_mem and went to temporary files.
 *
 * The memory that they would have needed, as measured (doc/rules.md): a sort its
 * file and 72 bytes a row, a hash table its batches and 16 bytes a row, a hashed
 * aggregate its file and 128 bytes a group, always with a reserve.
 */
CREATE VIEW perfext.rule_memory_spill AS
WITH node AS (
    SELECT * FROM perfext.rule_nodes
),
own AS (
    SELECT
        n.*,
        n.rows / greatest(n.loops, 1)::float8 AS loop_rows,
        8192 * greatest(n.temp_blks_written - coalesce(below.temp_blks_written, 0), 0)
            / greatest(n.loops, 1)::float8 AS loop_temp_bytes
    FROM node AS n
    LEFT JOIN (
        SELECT userid, dbid, queryid, toplevel, planid, parent_node_id,
               sum(temp_blks_written) AS temp_blks_written
        FROM node
        GROUP BY userid, dbid, queryid, toplevel, planid, parent_node_id
    ) AS below
        ON (below.userid, below.dbid, below.queryid, below.toplevel, below.planid,
            below.parent_node_id)
         = (n.userid, n.dbid, n.queryid, n.toplevel, n.planid, n.node_id)
),
spill AS (
    SELECT
        o.*,
        CASE
            WHEN o.node_type ~ 'Sort$' AND o.disk_bytes > 0 THEN 'sort'
            WHEN o.node_type ~ '^(Parallel )?Hash$' AND o.loop_temp_bytes > 0 THEN 'hash join'
            WHEN o.node_type ~ 'Aggregate$' AND o.disk_bytes > 0 THEN 'hashed aggregate'
        END AS what,
        coalesce(o.disk_bytes, 0) AS file_bytes,
        pg_catalog.current_setting('hash_mem_multiplier')::float8 AS hash_multiplier
    FROM own AS o
),
need AS (
    SELECT
        s.*,
        CASE s.what
            WHEN 'sort' THEN 1.1 * (s.file_bytes + 72 * s.loop_rows)
            WHEN 'hash join' THEN
                1.1 * (coalesce(s.peak_memory_bytes, 0) + s.loop_temp_bytes + 16 * s.loop_rows)
            ELSE 1.2 * (s.file_bytes + 128 * s.loop_rows)
        END AS memory_bytes,
        CASE WHEN s.what = 'sort' THEN 1 ELSE s.hash_multiplier END AS multiplier,
        -- probing a hash that spilled writes and reads the other side's rows as well
        s.node_time + CASE WHEN s.what = 'hash join' THEN coalesce(j.node_time, 0) ELSE 0 END
            AS spill_time,
        CASE WHEN s.what = 'hash join' THEN s.loop_temp_bytes ELSE s.file_bytes END AS spill_bytes
    FROM spill AS s
    LEFT JOIN node AS j
        ON (j.userid, j.dbid, j.queryid, j.toplevel, j.planid, j.node_id)
         = (s.userid, s.dbid, s.queryid, s.toplevel, s.planid, s.parent_node_id)
    WHERE s.what IS NOT NULL
),
statement AS (
    SELECT
        userid, dbid, queryid, toplevel, role_name, database_name, title, calls, spent_time,
        database_time, temp_io_time, stats_since,
        max(plan_last_seen) AS last_seen,
        string_agg(DISTINCT what, ' and ' ORDER BY what) AS what,
        max(spill_bytes) AS spill_bytes,
        sum(spill_time) AS spill_time,
        max(memory_bytes) AS memory_bytes,
        -- all nodes of a plan may hold theirs at once, in every process
        sum(memory_bytes * (1 + workers)) AS all_memory_bytes,
        max(memory_bytes / multiplier) AS work_mem_bytes,
        jsonb_agg(jsonb_build_object('planid', planid, 'node_id', node_id, 'node', node_type,
            'rows', round(loop_rows::numeric), 'temp_bytes', round(spill_bytes::numeric),
            'needed_bytes', round(memory_bytes::numeric), 'time', round(node_time::numeric, 1),
            'samples', samples) ORDER BY node_time DESC) AS nodes
    FROM need
    GROUP BY userid, dbid, queryid, toplevel, role_name, database_name, title, calls, spent_time,
             database_time, temp_io_time, stats_since
),
proposal AS (
    SELECT
        s.*,
        CASE
            WHEN mb.need <= 64 THEN ceil(mb.need / 8) * 8
            WHEN mb.need <= 256 THEN ceil(mb.need / 32) * 32
            ELSE ceil(mb.need / 64) * 64
        END::bigint AS work_mem_mb,
        CASE WHEN s.temp_io_time > 0
            THEN least(0.9, s.temp_io_time / nullif(s.spill_time, 0)) ELSE 0.1 END AS gain
    FROM statement AS s,
         LATERAL (SELECT s.work_mem_bytes / 1048576 AS need) AS mb
)
SELECT
    'memory_spill'::text AS kind,
    concat_ws('/', userid, dbid, queryid, toplevel) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('The %s writes up to %s to temporary files in each execution; with work_mem = %s MB '
        'it stays in memory (%s).',
        what, pg_size_pretty(round(spill_bytes::numeric)), work_mem_mb,
        CASE WHEN temp_io_time > 0
            THEN 'the files took ' || perfext.format_time(temp_io_time) || ' in all'
            ELSE 'what the files cost is not measured, because track_io_timing is off' END)
        AS summary,
    jsonb_build_object(
        'queryids', jsonb_build_array(queryid), 'role', role_name, 'database', database_name,
        'calls', calls, 'total_time', round(spent_time::numeric, 1),
        'spill_time', round(spill_time::numeric, 1),
        'temp_io_time', CASE WHEN temp_io_time > 0 THEN round(temp_io_time::numeric, 1) END,
        'temp_bytes', round(spill_bytes::numeric), 'needed_bytes', round(memory_bytes::numeric),
        'nodes', nodes) AS evidence,
    format(E'-- in the transaction that runs the statement:\nSET LOCAL work_mem = ''%1$sMB'';',
        work_mem_mb)
        || coalesce(E'\n-- or for all that the role runs in the database:\n'
            || perfext.set_for_role(userid, dbid, format('work_mem = ''%sMB''', work_mem_mb)), '')
        AS action,
    spill_time / database_time AS impact_ratio,
    gain AS expected_gain_ratio,
    CASE WHEN temp_io_time > 0 THEN 'medium' ELSE 'low' END AS confidence,
    stats_since AS first_seen,
    last_seen
FROM proposal
WHERE
    -- it fits: not above 1 GB, nor an eighth of what the server takes the machine's memory for
    all_memory_bytes <= least(1073741824, greatest(
        4 * (SELECT setting::float8 * 8192 FROM pg_catalog.pg_settings
             WHERE name = 'shared_buffers'),
        (SELECT setting::float8 * 8192 FROM pg_catalog.pg_settings
         WHERE name = 'effective_cache_size')) / 8)
    -- and was not set since
    AND coalesce(perfext.memory_setting_of(userid, dbid, 'work_mem'), 0)
        < work_mem_mb * 1048576;

COMMENT ON VIEW perfext.rule_memory_spill IS
    'Rule: sorts and hashes that spill to temporary files, and the work_mem that would hold them';
