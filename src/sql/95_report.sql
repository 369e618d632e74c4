/*
 * The report: what was recorded, what to do, where the time went. The facts are
 * put together once, as JSON; each format is a way to write them.
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
    SELECT * FROM perfext.rule_statements
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
            'query', title, 'calls', calls, 'rows', rows,
            'total_time', round(spent_time::numeric, 3),
            'time_ratio', round((spent_time / database_time)::numeric, 4),
            'mean_exec_time', round(mean_exec_time::numeric, 4),
            'p95_exec_time', round(p95_exec_time::numeric, 4)) ORDER BY spent_time DESC), '[]')
        FROM (SELECT * FROM statement ORDER BY spent_time DESC LIMIT 10) AS s),
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
        FROM (VALUES
            (1, 'missing_index', 'indexes'),
            (2, 'memory_spill', 'memory of sorts and hashes'),
            (3, 'misestimate', 'row estimates')
        ) AS a(place, kind, area)
        WHERE NOT EXISTS (SELECT FROM recommendation AS r WHERE r.kind = a.kind))
)
$$;

COMMENT ON FUNCTION perfext.report_facts() IS
    'What perfext.report() writes, as JSON; times in ms';

CREATE FUNCTION perfext.report_wrap(content text, width integer, indent integer)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(repeat(' ', indent) || line, E'\n' ORDER BY place)
    FROM regexp_split_to_table(
        regexp_replace(btrim(regexp_replace(content, '[[:space:][:cntrl:]]+', ' ', 'g')),
            format('(.{1,%1$s})( +|$)', width - indent), E'\\1\n', 'g'), E'\n')
        WITH ORDINALITY AS l(line, place)
    WHERE line <> ''
$$;

COMMENT ON FUNCTION perfext.report_wrap(text, integer, integer) IS
    'A text broken into lines of at most width characters, each indented';

CREATE FUNCTION perfext.report_lines(content text, indent integer)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(repeat(' ', indent) || regexp_replace(line, '[[:cntrl:]]', ' ', 'g'), E'\n'
        ORDER BY place)
    FROM regexp_split_to_table(content, E'\n') WITH ORDINALITY AS l(line, place)
$$;

COMMENT ON FUNCTION perfext.report_lines(text, integer) IS
    'A text with all its lines indented and without control characters';

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
                WHEN key = 'calls' THEN perfext.format_count(value::text::float8) || ' calls'
                WHEN key ~ '_ratio$' THEN
                    regexp_replace(replace(key, '_', ' '), ' ratio$', '') || ' '
                        || perfext.format_ratio(value::text::float8)
                WHEN key ~ '_bytes(_|$)' THEN
                    regexp_replace(replace(key, '_', ' '), ' bytes', '') || ' '
                        || pg_size_pretty(round(value::text::numeric))
                WHEN key ~ '(^|_)time(_|$)' THEN
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
    SELECT format('Recorded since %s (%s): %s executions of %s statements, %s of database time. '
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
            ELSE perfext.format_count((a->>'dropped')::float8) || ' executions were missed' END)
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

CREATE FUNCTION perfext.report_text(facts jsonb)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
SELECT concat_ws(E'\n',
    format('perfext %s on PostgreSQL %s, %s', facts->'about'->>'perfext',
        facts->'about'->>'server',
        to_char((facts->'about'->>'created')::timestamptz, 'YYYY-MM-DD HH24:MI TZ')),
    repeat('=', 100),
    perfext.report_wrap(perfext.report_about(facts), 100, 0),
    '',
    'WHAT TO DO',
    repeat('-', 100),
    (SELECT string_agg(concat_ws(E'\n',
            perfext.report_wrap(format('%s. %s: %s', n, upper(r->>'severity'), r->>'summary'),
                100, 0),
            perfext.report_wrap('Saves: ' || perfext.report_gain(r), 100, 3),
            perfext.report_wrap('Seen: ' || perfext.report_evidence(r->'evidence'), 100, 3),
            perfext.report_wrap('In: ' || (r->>'subject'), 100, 3),
            perfext.report_lines(r->>'action', 7)), E'\n\n' ORDER BY n)
     FROM jsonb_array_elements(facts->'recommendations') WITH ORDINALITY AS e(r, n)
     WHERE n <= 12),
    CASE WHEN jsonb_array_length(facts->'recommendations') = 0
        THEN 'Nothing: no rule found anything that is worth changing in what was recorded.' END,
    CASE WHEN jsonb_array_length(facts->'recommendations') > 12
        THEN format(E'\n... and %s more in perfext.recommendations.',
            jsonb_array_length(facts->'recommendations') - 12) END,
    '',
    'STATEMENTS BY TOTAL TIME',
    repeat('-', 100),
    format('%s %s %s %s %s  %s', lpad('share', 7), lpad('total', 8), lpad('calls', 12),
        lpad('mean', 9), lpad('p95', 9), 'statement'),
    (SELECT string_agg(format('%s %s %s %s %s  %s',
            lpad(perfext.format_ratio((s->>'time_ratio')::float8), 7),
            lpad(perfext.format_time((s->>'total_time')::float8), 8),
            lpad(perfext.format_count((s->>'calls')::float8), 12),
            lpad(perfext.format_time((s->>'mean_exec_time')::float8), 9),
            lpad(perfext.format_time((s->>'p95_exec_time')::float8), 9),
            perfext.format_line(s->>'query', 49)), E'\n' ORDER BY n)
     FROM jsonb_array_elements(facts->'top_statements') WITH ORDINALITY AS e(s, n)),
    '',
    'PLAN NODES BY THEIR OWN TIME',
    repeat('-', 100),
    format('%s %s %s %s  %s', lpad('share', 7), lpad('total', 8), lpad('rows/loop', 12),
        lpad('removed', 12), rpad('node', 27) || ' statement'),
    (SELECT string_agg(format('%s %s %s %s  %s %s',
            lpad(perfext.format_ratio((s->>'time_ratio')::float8), 7),
            lpad(perfext.format_time((s->>'self_time')::float8), 8),
            lpad(perfext.format_count((s->>'rows_per_loop')::float8), 12),
            lpad(perfext.format_count((s->>'rows_removed_per_loop')::float8), 12),
            rpad(perfext.format_line(s->>'node', 27), 27),
            perfext.format_line(s->>'query', 28)), E'\n' ORDER BY n)
     FROM jsonb_array_elements(facts->'top_nodes') WITH ORDINALITY AS e(s, n)),
    '',
    CASE WHEN jsonb_array_length(facts->'no_problem') > 0 THEN perfext.report_wrap(
        'No problem found with: '
        || (SELECT string_agg(a, ', ' ORDER BY n)
            FROM jsonb_array_elements_text(facts->'no_problem') WITH ORDINALITY AS e(a, n))
        || '.', 100, 0) END)
$$;

COMMENT ON FUNCTION perfext.report_text(jsonb) IS
    'The report for a terminal of 100 columns';

CREATE FUNCTION perfext.report(format text DEFAULT 'text')
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    CASE format
        WHEN 'text' THEN RETURN perfext.report_text(perfext.report_facts());
        WHEN 'json' THEN RETURN jsonb_pretty(perfext.report_facts());
        ELSE
            RAISE EXCEPTION 'unknown report format "%"', format
                USING ERRCODE = 'invalid_parameter_value',
                      HINT = 'The formats are text, markdown, json and html.';
    END CASE;
END
$$;

COMMENT ON FUNCTION perfext.report(text) IS
    'What was recorded, what to do and where the time went, as text (the default), markdown, json or html';
