/* The report for a terminal of 100 columns */

CREATE FUNCTION perfext.report_wrap(content text, width integer, indent integer)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN rtrim(regexp_replace(
        btrim(regexp_replace(content, '[[:space:][:cntrl:]]+', ' ', 'g')),
        format('(.{1,%s})( +|$)', width - indent), repeat(' ', indent) || E'\\1\n', 'g'), E'\n');
END
$$;

COMMENT ON FUNCTION perfext.report_wrap(text, integer, integer) IS
    'A text broken into lines of at most width characters, each indented';

CREATE FUNCTION perfext.report_lines(content text, indent integer)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN repeat(' ', indent) || replace(
        regexp_replace(content, '(?!\n)[[:cntrl:]]', ' ', 'g'), E'\n',
        E'\n' || repeat(' ', indent));
END
$$;

COMMENT ON FUNCTION perfext.report_lines(text, integer) IS
    'A text with all its lines indented and without control characters';

CREATE FUNCTION perfext.report_text(facts jsonb)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
SELECT concat_ws(E'\n',
    perfext.report_title(facts),
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
        THEN perfext.report_nothing() END,
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
    CASE WHEN jsonb_array_length(facts->'top_patterns') > 0 THEN concat_ws(E'\n', '',
        'REPEATED STATEMENTS BY TIME WITH WAITING',
        repeat('-', 100),
        format('%s %s %s %s  %s', lpad('total', 8), lpad('waiting', 8), lpad('executions', 12),
            lpad('at a time', 10), rpad('pattern', 10) || 'statement')) END,
    (SELECT string_agg(format('%s %s %s %s  %s%s',
            lpad(perfext.format_time((s->>'db_time')::float8 + (s->>'gap_time')::float8), 8),
            lpad(perfext.format_time((s->>'gap_time')::float8), 8),
            lpad(perfext.format_count((s->>'executions')::float8), 12),
            lpad(perfext.format_count((s->>'mean_per_episode')::float8), 10),
            rpad(s->>'kind', 10), perfext.format_line(s->>'query', 47)), E'\n' ORDER BY n)
     FROM jsonb_array_elements(facts->'top_patterns') WITH ORDINALITY AS e(s, n)),
    '',
    'PLAN NODES BY THEIR OWN TIME',
    repeat('-', 100),
    format('%s %s %s %s  %s', lpad('share', 7), lpad('total', 8), lpad('rows/loop', 12),
        lpad('removed', 12), rpad('node', 27) || ' statement'),
    (SELECT string_agg(format('%s %s %s %s  %s %s',
            lpad(perfext.format_ratio((s->>'time_ratio')::float8), 7),
            lpad(perfext.format_time((s->>'self_time')::float8), 8),
            lpad(coalesce(perfext.format_count((s->>'rows_per_loop')::float8), ''), 12),
            lpad(coalesce(perfext.format_count((s->>'rows_removed_per_loop')::float8), ''), 12),
            rpad(perfext.format_line(s->>'node', 27), 27),
            perfext.format_line(s->>'query', 28)), E'\n' ORDER BY n)
     FROM jsonb_array_elements(facts->'top_nodes') WITH ORDINALITY AS e(s, n)),
    '',
    perfext.report_wrap(perfext.report_no_problem(facts), 100, 0))
$$;

COMMENT ON FUNCTION perfext.report_text(jsonb) IS
    'The report for a terminal of 100 columns';
