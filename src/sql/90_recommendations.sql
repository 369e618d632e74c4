/*
 * All rules together. Here is decided what is worth a person's time: at least 2 % of the
 * recorded database time at stake and 50 ms of it to be saved. A rule that is not about
 * time sets a severity, and has a floor of its own.
 */
CREATE VIEW perfext.rules AS
SELECT place, kind, area
FROM (VALUES
    (1, 'missing_index', 'indexes'),
    (2, 'n_plus_one', 'statements repeated row by row'),
    (3, 'foreign_key_index', 'indexes for foreign keys'),
    (4, 'unusable_predicate', 'conditions that indexes cannot serve'),
    (5, 'memory_spill', 'memory of sorts and hashes'),
    (6, 'misestimate', 'row estimates'),
    (7, 'plan_change', 'plan changes'),
    (8, 'planning_time', 'planning time'),
    (9, 'jit_cost', 'just-in-time compilation'),
    (10, 'parallel_workers', 'parallel workers'),
    (11, 'offset_paging', 'paging'),
    (12, 'failures', 'failing statements'),
    (13, 'wal_volume', 'WAL of statements'),
    (14, 'full_page_images', 'checkpoints'),
    (15, 'idle_in_transaction', 'idle transactions'),
    (16, 'redundant_index', 'indexes that nobody needs'),
    (31, 'load_batch', 'sizes of batches'),
    (32, 'load_commit', 'commits of loads'),
    (33, 'load_loop', 'loops that write row by row'),
    (34, 'copy_row_trigger', 'triggers of COPY'),
    (35, 'load_indexes', 'indexes during loads'),
    (36, 'load_foreign_keys', 'foreign keys during loads'),
    (37, 'staging_unlogged', 'staging tables'),
    (38, 'load_analyze', 'statistics after loads'),
    (39, 'load_parallel', 'parallel plans of loads'),
    (40, 'index_build_memory', 'memory of index builds'),
    (41, 'update_all', 'updates of whole tables'),
    (42, 'repeated_scans', 'tables read again and again'),
    (43, 'large_result', 'results of queries'),
    (44, 'job_slower', 'jobs that became slower'),
    (99, 'recording', 'the recording itself')
) AS rule(place, kind, area);

COMMENT ON VIEW perfext.rules IS
    'The rules behind perfext.recommendations: for each kind there is a view perfext.rule_<kind>';
COMMENT ON COLUMN perfext.rules.place IS
    'Order in which reports name the rules';
COMMENT ON COLUMN perfext.rules.kind IS
    'The kind of its recommendations';
COMMENT ON COLUMN perfext.rules.area IS
    'What it looks at, in words';

CREATE FUNCTION perfext.same_index_key(method text, key text, expression text)
RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    -- parentheses, spaces and operator classes are put differently; $n stands for any constant
    RETURN method || regexp_replace(key, '[()\s]|\s(asc|desc|\w+_ops)\M', '', 'gi')
        LIKE regexp_replace(regexp_replace(
                replace(CASE WHEN expression ~ '^(gin|gist|spgist) \(' THEN '' ELSE 'btree' END
                    || regexp_replace(expression, '\s\w+_ops\M|[()\s]', '', 'g'), '\', '\\'),
                '([%_])', '\\\1', 'g'),
            '\$\d+', '%', 'g');
END
$$;

COMMENT ON FUNCTION perfext.same_index_key(text, text, text) IS
    'Is this the key of an index that the expression of perfext.plan_nodes.predicates asks for?';

-- A function, because compiling a query over so many views takes longer than running it
CREATE FUNCTION perfext.recommendations(
    OUT id text,
    OUT kind text,
    OUT severity text,
    OUT subject text,
    OUT summary text,
    OUT evidence jsonb,
    OUT action text,
    OUT impact_ratio float8,
    OUT expected_gain_ratio float8,
    OUT confidence text,
    OUT verified boolean,
    OUT status text,
    OUT first_seen timestamptz,
    OUT last_seen timestamptz
)
RETURNS SETOF record
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
SET jit = off
SET perfext.read_once = on
AS $$
WITH finding AS (
    SELECT r.*, false AS verified, 'open'::text AS status
    FROM (
        SELECT * FROM perfext.rule_memory_spill
        UNION ALL SELECT * FROM perfext.rule_misestimate
        UNION ALL SELECT * FROM perfext.rule_unusable_predicate
        UNION ALL SELECT * FROM perfext.rule_planning_time
        UNION ALL SELECT * FROM perfext.rule_jit_cost
        UNION ALL SELECT * FROM perfext.rule_offset_paging
        UNION ALL SELECT * FROM perfext.rule_failures
        UNION ALL SELECT * FROM perfext.rule_wal_volume
        UNION ALL SELECT * FROM perfext.rule_full_page_images
        UNION ALL SELECT * FROM perfext.rule_idle_in_transaction
        UNION ALL SELECT * FROM perfext.rule_parallel_workers
        UNION ALL SELECT * FROM perfext.rule_plan_change
        UNION ALL SELECT * FROM perfext.rule_redundant_index
        UNION ALL SELECT * FROM perfext.rule_load_batch
        UNION ALL SELECT * FROM perfext.rule_load_commit
        UNION ALL SELECT * FROM perfext.rule_load_loop
        UNION ALL SELECT * FROM perfext.rule_copy_row_trigger
        UNION ALL SELECT * FROM perfext.rule_load_indexes
        UNION ALL SELECT * FROM perfext.rule_load_foreign_keys
        UNION ALL SELECT * FROM perfext.rule_staging_unlogged
        UNION ALL SELECT * FROM perfext.rule_load_analyze
        UNION ALL SELECT * FROM perfext.rule_load_parallel
        UNION ALL SELECT * FROM perfext.rule_index_build_memory
        UNION ALL SELECT * FROM perfext.rule_update_all
        UNION ALL SELECT * FROM perfext.rule_repeated_scans
        UNION ALL SELECT * FROM perfext.rule_large_result
        UNION ALL SELECT * FROM perfext.rule_recording
        UNION ALL SELECT * FROM perfext.rule_job_slower
    ) AS r
    -- rule_missing_index and rule_foreign_key_index together: the planner was asked about
    -- indexes, and they may have been created
    UNION ALL SELECT * FROM perfext.index_findings
    -- patterns have a floor of their own: of the time with the waiting between statements
    UNION ALL SELECT * FROM perfext.rule_n_plus_one
),
total AS (
    SELECT sum(total_exec_time + coalesce(total_plan_time, 0)) AS database_time
    FROM perfext.statements
    WHERE toplevel
),
judged AS (
    SELECT f.*,
           least(1, greatest(0, f.impact_ratio)) AS impact,
           least(1, greatest(0, f.expected_gain_ratio)) AS gain
    FROM finding AS f
    -- where a join or sort was chosen for old statistics, rule misestimate says so
    WHERE f.kind <> 'load_analyze' OR NOT EXISTS (
        SELECT FROM finding AS m
        WHERE m.kind = 'misestimate'
          AND m.action = substr(f.action, strpos(f.action, E'\n') + 1))
),
-- a load that ran once and mostly sorts: it takes as long to make an index that has the order,
-- some 20 s for each GB; looking rows up saves many times as much
once AS MATERIALIZED (
    SELECT j.subject_key
    FROM judged AS j
    WHERE j.kind = 'missing_index' AND j.status = 'open'
      AND (j.evidence->>'calls')::float8 = 1
      AND (j.evidence->>'saved_time')::float8
          < 5 * 2e-5 * (j.evidence->>'index_size_bytes')::float8
      AND EXISTS (SELECT FROM perfext.etl_loads AS l
                  WHERE to_jsonb(l.queryids) @> (j.evidence->'queryids'->0))
),
worth AS MATERIALIZED (
    SELECT j.*
    FROM judged AS j
    CROSS JOIN total AS t
    WHERE (j.kind <> 'missing_index' OR j.subject_key NOT IN (SELECT o.subject_key FROM once AS o))
      AND (j.severity IS NOT NULL
       -- perfext.missing_indexes has a floor of its own
           OR ((j.impact >= 0.02 OR j.kind = 'missing_index')
               AND j.impact * j.gain * t.database_time >= 50))
),
-- a condition that no index can serve, and an index on just that expression: one thing to do
twofold AS MATERIALIZED (
    SELECT i.subject_key AS index_key, u.subject_key AS condition_key,
           u.evidence->>'rewrite' AS rewrite
    FROM worth AS u
    JOIN worth AS i
        ON i.kind = 'missing_index' AND i.status = 'open'
        AND i.evidence->'database' = u.evidence->'database'
        AND i.evidence->'table' = u.evidence->'table'
    CROSS JOIN LATERAL jsonb_array_elements_text(i.evidence->'columns') AS k(key)
    WHERE u.kind = 'unusable_predicate'
      AND perfext.same_index_key(i.evidence->>'method', k.key, u.evidence->>'index_expression')
),
-- rows that are written one by one: a rule about loads, which knows the rate, and n_plus_one,
-- which knows the statement and where it stands
row_by_row AS MATERIALIZED (
    SELECT l.kind AS load_kind, l.subject_key AS load_key, p.subject_key AS pattern_key,
           p.evidence->>'context' AS context,
           -- if there is more in it than words
           CASE WHEN p.action ~ '(^|\n)[^-]' THEN p.action END AS rewrite
    FROM worth AS p
    JOIN worth AS l
        ON l.kind IN ('load_batch', 'load_commit', 'load_loop')
        AND l.evidence->'database' = p.evidence->'database'
        -- the first one is the statement that is repeated
        AND l.evidence->'queryids' @> (p.evidence->'queryids'->0)
    WHERE p.kind = 'n_plus_one' AND p.status = 'open'
      AND p.evidence->>'operation' IN ('insert', 'update', 'delete', 'merge')
),
-- of changes, the statement that makes all of them is more than a rate
changed AS MATERIALIZED (
    SELECT r.load_key, r.pattern_key
    FROM row_by_row AS r
    JOIN worth AS l ON (l.kind, l.subject_key) = (r.load_kind, r.load_key)
    WHERE r.load_kind = 'load_batch'
      AND l.evidence->>'operation' IN ('update', 'delete', 'merge')
),
written AS (
    SELECT load_kind, load_key, min(context) AS context, min(rewrite) AS rewrite
    FROM row_by_row
    GROUP BY load_kind, load_key
),
rewritten AS (
    SELECT index_key, min(rewrite) AS rewrite
    FROM twofold
    GROUP BY index_key
    HAVING count(rewrite) > 0
)
SELECT
    w.kind || '-' || left(md5(w.subject_key), 10) AS id,
    w.kind,
    coalesce(w.severity, CASE
        WHEN w.impact * w.gain >= 0.2 THEN 'high'
        WHEN w.impact * w.gain >= 0.05 THEN 'medium'
        ELSE 'low'
    END) AS severity,
    w.subject,
    w.summary,
    w.evidence || jsonb_strip_nulls(jsonb_build_object('rewrite', b.rewrite,
        'context', y.context)) AS evidence,
    CASE WHEN b.rewrite IS NOT NULL
        THEN concat_ws(E'\n', w.action,
            '-- or, in the statement, so that a plain index serves it:',
            '--   ' || perfext.format_line(b.rewrite, 200))
        WHEN y.rewrite IS NOT NULL
        THEN concat_ws(E'\n', w.action, '-- the statement, for all rows at once:',
            regexp_replace(y.rewrite, E'^-- many rows at once:\n', ''))
        ELSE w.action END AS action,
    w.impact::float8 AS impact_ratio,
    w.gain::float8 AS expected_gain_ratio,
    w.confidence,
    w.verified,
    w.status,
    w.first_seen,
    w.last_seen
FROM worth AS w
LEFT JOIN rewritten AS b ON w.kind = 'missing_index' AND b.index_key = w.subject_key
LEFT JOIN written AS y ON (y.load_kind, y.load_key) = (w.kind, w.subject_key)
WHERE (w.kind <> 'unusable_predicate'
       OR w.subject_key NOT IN (SELECT condition_key FROM twofold))
  AND (w.kind <> 'n_plus_one'
       OR w.subject_key NOT IN (SELECT pattern_key FROM row_by_row
                                EXCEPT SELECT pattern_key FROM changed))
  AND (w.kind <> 'load_batch' OR w.subject_key NOT IN (SELECT load_key FROM changed))
ORDER BY w.status <> 'open', w.impact * w.gain DESC, id
$$;

COMMENT ON FUNCTION perfext.recommendations() IS
    'What view perfext.recommendations shows';

CREATE VIEW perfext.recommendations AS
SELECT * FROM perfext.recommendations();

COMMENT ON VIEW perfext.recommendations IS
    'What to do, the largest expected saving first, then what became of proposed indexes and of patterns; empty when nothing is worth a person''s time';

COMMENT ON COLUMN perfext.recommendations.id IS
    'Identifier that stays the same over restarts and as counters grow: the kind and a hash of the subject';
COMMENT ON COLUMN perfext.recommendations.kind IS
    'Rule that found it: perfext.rules lists them';
COMMENT ON COLUMN perfext.recommendations.severity IS
    'high, medium or low; where time is to be saved: from 20 % of all database time, from 5 %, below';
COMMENT ON COLUMN perfext.recommendations.subject IS
    'What it is about: a statement, a table with columns, a role in a database, a setting';
COMMENT ON COLUMN perfext.recommendations.summary IS
    'What was found and what to do, in one sentence';
COMMENT ON COLUMN perfext.recommendations.evidence IS
    'The figures behind it: queryids (join with perfext.statements), calls, times in ms, sizes in bytes, shares from 0 to 1';
COMMENT ON COLUMN perfext.recommendations.action IS
    'SQL that can be pasted, or the change to make, as SQL comments';
COMMENT ON COLUMN perfext.recommendations.impact_ratio IS
    'Share (0 to 1) of all recorded database time (planning and execution of top-level statements) that is at stake; n_plus_one: of that and the waiting inside of patterns';
COMMENT ON COLUMN perfext.recommendations.expected_gain_ratio IS
    'Share (0 to 1) of that which the action is expected to save; how it is estimated: doc/rules.md';
COMMENT ON COLUMN perfext.recommendations.confidence IS
    'high, medium or low: how sure it is that the action saves as much';
COMMENT ON COLUMN perfext.recommendations.verified IS
    'True when the planner or a measurement has confirmed it';
COMMENT ON COLUMN perfext.recommendations.status IS
    'open; of an index that was created: applied, then confirmed (its gain was measured) or no_gain (drop it); of a pattern that does not come any more: confirmed';
COMMENT ON COLUMN perfext.recommendations.first_seen IS
    'Since when it is recorded';
COMMENT ON COLUMN perfext.recommendations.last_seen IS
    'When it was recorded last';

GRANT SELECT ON perfext.rules, perfext.recommendations TO PUBLIC;

/* The rules' views have the same columns, and the facts' views columns of the facts */
DO $$
DECLARE
    col record;
BEGIN
    FOR col IN
        SELECT v.relname AS view, a.attname AS column,
               CASE a.attname
                   WHEN 'subject_key' THEN 'What makes the subject the same one over restarts; its hash is the id'
                   WHEN 'severity' THEN 'high, medium, low; NULL: by the expected saving, and only where that is worth it'
                   WHEN 'spent_time' THEN 'Planning and execution time, ms'
                   WHEN 'database_time' THEN 'That of all top-level statements, ms'
                   WHEN 'role_name' THEN 'Name of the user'
                   WHEN 'database_name' THEN 'Name of the database'
                   WHEN 'is_here' THEN 'Is it the current database? Only there tables and indexes can be looked up'
                   WHEN 'title' THEN 'The beginning of the text on one line, or the identifier'
                   WHEN 'calls' THEN 'Executions of the statement that completed'
                   WHEN 'temp_io_time' THEN 'Time reading and writing the statement''s temporary files, ms, if track_io_timing is on'
                   WHEN 'plan_calls' THEN 'Executions with the plan'
                   WHEN 'plan_time' THEN 'Execution time with the plan, ms'
                   WHEN 'node_time' THEN 'The node''s share of that, ms'
                   WHEN 'plan_first_seen' THEN 'First execution with the plan'
                   WHEN 'plan_last_seen' THEN 'Last execution with the plan'
                   ELSE (SELECT d.description
                         FROM pg_catalog.pg_description AS d
                         JOIN pg_catalog.pg_attribute AS o
                            ON o.attrelid = d.objoid AND o.attnum = d.objsubid
                         WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
                           AND d.objoid IN ('perfext.recommendations'::pg_catalog.regclass,
                                            'perfext.statements'::pg_catalog.regclass,
                                            'perfext.plan_nodes'::pg_catalog.regclass)
                           AND o.attname = a.attname
                         ORDER BY d.objoid <> CASE v.relname
                             WHEN 'rule_nodes' THEN 'perfext.plan_nodes'::pg_catalog.regclass
                             WHEN 'rule_statements' THEN 'perfext.statements'::pg_catalog.regclass
                             ELSE 'perfext.recommendations'::pg_catalog.regclass END
                         LIMIT 1)
               END AS words
        FROM pg_catalog.pg_class AS v
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = v.oid AND a.attnum > 0
        WHERE v.relnamespace = 'perfext'::pg_catalog.regnamespace
          AND v.relkind = 'v' AND v.relname ~ '^(rule_|index_findings$)'
    LOOP
        EXECUTE pg_catalog.format('COMMENT ON COLUMN perfext.%I.%I IS %L', col.view, col.column,
            col.words);
        EXECUTE pg_catalog.format('GRANT SELECT ON perfext.%I TO PUBLIC', col.view);
    END LOOP;
END
$$;
