/*
 * The report: what was recorded, what to do, where the time went. Its facts are put
 * together here, once, as JSON; each format is a way to write them.
 */

CREATE FUNCTION perfext.report_facts()
RETURNS jsonb
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
WITH recommendation AS MATERIALIZED (
    SELECT row_number() OVER () AS number, r.* FROM perfext.recommendations AS r
),
statement AS MATERIALIZED (
    -- what a utility statement (CREATE TABLE AS, EXPLAIN ANALYZE ...) runs has its text again
    SELECT *
    FROM perfext.rule_statements AS s
    WHERE s.toplevel
       OR NOT EXISTS (
           SELECT FROM perfext.statements AS o
           WHERE o.toplevel AND (o.userid, o.dbid, o.query) = (s.userid, s.dbid, s.query))
),
total AS (
    SELECT coalesce(sum(total_exec_time + coalesce(total_plan_time, 0)), 0) AS database_time,
           coalesce(sum(calls), 0) AS executions,
           count(*) AS statements,
           min(stats_since) AS since
    FROM perfext.statements
    WHERE toplevel
)
SELECT jsonb_build_object(
    'about', (
        SELECT jsonb_build_object(
            'perfext', i.version, 'server', current_setting('server_version'),
            'created', now(), 'since', t.since, 'statements', t.statements,
            'executions', t.executions, 'database_time', round(t.database_time::numeric, 1),
            'overhead_ratio', round(i.overhead_ratio::numeric, 5),
            'memory_used_bytes', i.memory_used_bytes, 'memory_bytes', i.memory_bytes,
            'dropped', i.dropped, 'evicted', i.evicted)
        FROM perfext.info AS i, total AS t),
    'recommendations', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', id, 'kind', kind, 'severity', severity, 'subject', subject,
            'summary', summary, 'evidence', evidence, 'action', action,
            'impact_ratio', round(impact_ratio::numeric, 4),
            'expected_gain_ratio', round(expected_gain_ratio::numeric, 4),
            'confidence', confidence, 'verified', verified, 'status', status,
            'first_seen', first_seen, 'last_seen', last_seen) ORDER BY number), '[]')
        FROM recommendation),
    'top_statements', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'queryid', queryid, 'role', role_name, 'database', database_name,
            'query', CASE WHEN toplevel THEN title ELSE '(nested) ' || title END,
            'toplevel', toplevel, 'calls', calls, 'rows', rows,
            'total_time', round(spent_time::numeric, 3),
            'time_ratio', round((spent_time / database_time)::numeric, 4),
            'mean_exec_time', round(mean_exec_time::numeric, 4),
            'p95_exec_time', round(p95_exec_time::numeric, 4)) ORDER BY spent_time DESC), '[]')
        FROM (SELECT * FROM statement ORDER BY spent_time DESC LIMIT 10) AS s),
    'top_patterns', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'kind', kind, 'queryids', to_jsonb(child_queryids), 'link', link, 'context', context,
            'query', CASE WHEN child_query = '<insufficient privilege>' OR child_query IS NULL
                THEN 'statement ' || child_queryids[1] ELSE perfext.format_line(child_query, 72)
                    END,
            'executions', executions, 'mean_per_episode', round(mean_per_episode::numeric, 1),
            'db_time', round(db_time::numeric, 3), 'gap_time', round(gap_time::numeric, 3),
            'saved_time', round(saved_time::numeric, 3), 'confidence', confidence)
            ORDER BY db_time + gap_time DESC), '[]')
        FROM (SELECT * FROM perfext.n_plus_one ORDER BY db_time + gap_time DESC LIMIT 10) AS p),
    'top_nodes', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'queryid', queryid, 'node_id', node_id,
            'node', node_type || coalesce(' on ' || perfext.format_line(relname, 40), '')
                || coalesce(' using ' || perfext.format_line(index_name, 40), ''),
            'query', title, 'self_time', round(node_time::numeric, 3),
            'time_ratio', round((node_time / database_time)::numeric, 4),
            'rows_per_loop', round((rows / greatest(loops, 1)::float8)::numeric, 1),
            'rows_removed_per_loop', round((rows_removed / greatest(loops, 1)::float8)::numeric, 1),
            'estimate_error', round(estimate_error::numeric, 1)) ORDER BY node_time DESC), '[]')
        FROM (SELECT * FROM perfext.rule_nodes WHERE node_time > 0
              ORDER BY node_time DESC LIMIT 10) AS n),
    'no_problem', (
        SELECT coalesce(jsonb_agg(area ORDER BY place), '[]')
        FROM perfext.rules AS a
        WHERE NOT EXISTS (SELECT FROM recommendation AS r
                          WHERE r.kind = a.kind AND r.status <> 'confirmed'))
)
$$;

COMMENT ON FUNCTION perfext.report_facts() IS
    'What perfext.report() writes, as JSON; times in ms';

CREATE FUNCTION perfext.report_evidence(evidence jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(string_agg(words, ', ' ORDER BY place, key) FILTER (WHERE words <> ''), '')
    FROM (
        SELECT
            key,
            CASE key WHEN 'calls' THEN 1 WHEN 'total_time' THEN 2 ELSE 3 END AS place,
            CASE
                WHEN key = 'calls' THEN perfext.format_count(value::text::float8)
                    || CASE WHEN value::text = '1' THEN ' call' ELSE ' calls' END
                WHEN key ~ '_ratio$' THEN
                    regexp_replace(replace(key, '_', ' '), ' ratio$', '') || ' '
                        || perfext.format_ratio(value::text::float8)
                WHEN key ~ '_bytes(_|$)' THEN
                    regexp_replace(replace(key, '_', ' '), ' bytes', '') || ' '
                        || pg_size_pretty(round(value::text::numeric))
                WHEN key ~ '(^|_)time(_|$)|^(statement|row)_cost$' THEN
                    replace(key, '_', ' ') || ' ' || perfext.format_time(value::text::float8)
                ELSE replace(key, '_', ' ') || ' ' || perfext.format_count(value::text::float8)
            END AS words
        FROM jsonb_each(evidence)
        WHERE jsonb_typeof(value) = 'number'
    ) AS fact
$$;

COMMENT ON FUNCTION perfext.report_evidence(jsonb) IS
    'The numbers of a recommendation''s evidence in words';

CREATE FUNCTION perfext.report_about(facts jsonb)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN (a->>'executions')::float8 = 0 THEN 'Nothing was recorded yet.' ELSE
        format('Recorded since %s (%s): %s executions of %s statements, %s of database time. '
        'perfext took %s of it and uses %s of its %s; %s.',
        to_char((a->>'since')::timestamptz, 'YYYY-MM-DD HH24:MI'),
        perfext.format_time(greatest(0,
            1000 * extract(epoch FROM (a->>'created')::timestamptz - (a->>'since')::timestamptz))),
        perfext.format_count((a->>'executions')::float8),
        perfext.format_count((a->>'statements')::float8),
        perfext.format_time((a->>'database_time')::float8),
        coalesce(perfext.format_ratio((a->>'overhead_ratio')::float8), 'an unknown part'),
        pg_size_pretty((a->>'memory_used_bytes')::bigint),
        pg_size_pretty((a->>'memory_bytes')::bigint),
        CASE WHEN (a->>'dropped')::bigint = 0 THEN 'nothing was missed'
            ELSE perfext.format_count((a->>'dropped')::float8) || ' executions were missed' END) END
    FROM (SELECT facts->'about') AS f(a)
$$;

COMMENT ON FUNCTION perfext.report_about(jsonb) IS
    'What was recorded, in two sentences';

CREATE FUNCTION perfext.report_gain(recommendation jsonb)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE
        WHEN r->>'kind' = 'idle_in_transaction' THEN format(
            'no database time, but connections and the locks that they hold (confidence %s)',
            r->>'confidence')
        WHEN r->>'kind' = 'n_plus_one' AND impact * gain >= 0.0005 THEN format(
            'about %s of all database time and waiting between repeated statements: %s, surely %s, '
                'at most %s (confidence %s, %s)',
            perfext.format_ratio(impact * gain),
                perfext.format_time((r->'evidence'->>'saved_time')::float8),
            coalesce(perfext.format_time((r->'evidence'->>'saved_time_low')::float8), '?'),
            perfext.format_time((r->'evidence'->>'saved_time_high')::float8), r->>'confidence',
            CASE WHEN (r->>'verified')::boolean THEN 'verified' ELSE 'not verified' END)
        WHEN impact * gain >= 0.0005 THEN format(
            'about %s of all database time: %s of the %s at stake (confidence %s, %s)',
            perfext.format_ratio(impact * gain), perfext.format_ratio(gain),
            perfext.format_ratio(impact), r->>'confidence',
            CASE WHEN (r->>'verified')::boolean THEN 'verified' ELSE 'not verified' END)
        ELSE format('not a matter of time (confidence %s)', r->>'confidence')
    END
    FROM (SELECT recommendation, (recommendation->>'impact_ratio')::float8,
                 (recommendation->>'expected_gain_ratio')::float8) AS f(r, impact, gain)
$$;

COMMENT ON FUNCTION perfext.report_gain(jsonb) IS
    'What a recommendation is expected to save, in words';

CREATE FUNCTION perfext.report_title(facts jsonb)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('perfext %s on PostgreSQL %s, %s', facts->'about'->>'perfext',
        facts->'about'->>'server',
        to_char((facts->'about'->>'created')::timestamptz, 'YYYY-MM-DD HH24:MI TZ'));
END
$$;

COMMENT ON FUNCTION perfext.report_title(jsonb) IS
    'Versions and date of a report';

CREATE FUNCTION perfext.report_nothing()
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN 'Nothing: no rule found anything that is worth changing in what was recorded.';
END
$$;

COMMENT ON FUNCTION perfext.report_nothing() IS
    'What a report says when there are no recommendations';

CREATE FUNCTION perfext.report_no_problem(facts jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'No problem found with: ' || string_agg(perfext.format_line(area, 100), ', '
        ORDER BY place) || '.'
    FROM jsonb_array_elements_text(facts->'no_problem') WITH ORDINALITY AS e(area, place)
$$;

COMMENT ON FUNCTION perfext.report_no_problem(jsonb) IS
    'The areas in which no rule found anything; NULL: none';
