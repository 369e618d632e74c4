/* The report as Markdown */

CREATE FUNCTION perfext.report_markdown_escape(content text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN regexp_replace(regexp_replace(content, '[[:space:][:cntrl:]]+', ' ', 'g'),
        '([\\`*_{}\[\]<>#|~&!])', '\\\1', 'g');
END
$$;

COMMENT ON FUNCTION perfext.report_markdown_escape(text) IS
    'A text in which nothing means anything to Markdown';

CREATE FUNCTION perfext.report_markdown(facts jsonb)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
SELECT concat_ws(E'\n',
    '# perfext report',
    '',
    perfext.report_markdown_escape(perfext.report_title(facts)),
    perfext.report_markdown_escape(perfext.report_about(facts)),
    '',
    '## What to do',
    '',
    -- an indented block, which no text in it can end; the comment keeps it out of the list
    (SELECT string_agg(concat_ws(E'\n',
            format('### %s. %s: %s', n, r->>'severity',
                perfext.report_markdown_escape(r->>'subject')),
            '',
            perfext.report_markdown_escape(r->>'summary'),
            '',
            '- saves ' || perfext.report_markdown_escape(perfext.report_gain(r)),
            '- seen: ' || perfext.report_markdown_escape(
                perfext.report_evidence(r->'evidence')),
            '- id: ' || perfext.report_markdown_escape(r->>'id'),
            '',
            '<!-- -->',
            '',
            perfext.report_lines(r->>'action', 4),
            ''), E'\n' ORDER BY n)
     FROM jsonb_array_elements(facts->'recommendations') WITH ORDINALITY AS e(r, n)),
    CASE WHEN jsonb_array_length(facts->'recommendations') = 0
        THEN perfext.report_nothing() || E'\n' END,
    '## Statements by total time',
    '',
    '| share | total | calls | mean | p95 | statement |',
    '|---:|---:|---:|---:|---:|---|',
    (SELECT string_agg(format('| %s | %s | %s | %s | %s | %s |',
            perfext.format_ratio((s->>'time_ratio')::float8),
            perfext.format_time((s->>'total_time')::float8),
            perfext.format_count((s->>'calls')::float8),
            perfext.format_time((s->>'mean_exec_time')::float8),
            perfext.format_time((s->>'p95_exec_time')::float8),
            perfext.report_markdown_escape(s->>'query')), E'\n' ORDER BY n)
     FROM jsonb_array_elements(facts->'top_statements') WITH ORDINALITY AS e(s, n)),
    '',
    CASE WHEN jsonb_array_length(facts->'top_patterns') > 0 THEN concat_ws(E'\n',
        '## Repeated statements by time with waiting',
        '',
        '| total | waiting | executions | at a time | pattern | statement | link or place |',
        '|---:|---:|---:|---:|---|---|---|') END,
    (SELECT string_agg(format('| %s | %s | %s | %s | %s | %s | %s |',
            perfext.format_time((s->>'db_time')::float8 + (s->>'gap_time')::float8),
            perfext.format_time((s->>'gap_time')::float8),
            perfext.format_count((s->>'executions')::float8),
            perfext.format_count((s->>'mean_per_episode')::float8),
            perfext.report_markdown_escape(s->>'kind'),
            perfext.report_markdown_escape(s->>'query'),
            perfext.report_markdown_escape(coalesce(s->>'link', s->>'context'))), E'\n' ORDER BY n)
        || E'\n'
     FROM jsonb_array_elements(facts->'top_patterns') WITH ORDINALITY AS e(s, n)),
    '## Plan nodes by their own time',
    '',
    '| share | total | rows per loop | removed | node | statement |',
    '|---:|---:|---:|---:|---|---|',
    (SELECT string_agg(format('| %s | %s | %s | %s | %s | %s |',
            perfext.format_ratio((s->>'time_ratio')::float8),
            perfext.format_time((s->>'self_time')::float8),
            perfext.format_count((s->>'rows_per_loop')::float8),
            perfext.format_count((s->>'rows_removed_per_loop')::float8),
            perfext.report_markdown_escape(s->>'node'),
            perfext.report_markdown_escape(s->>'query')), E'\n' ORDER BY n)
     FROM jsonb_array_elements(facts->'top_nodes') WITH ORDINALITY AS e(s, n)),
    E'\n' || perfext.report_no_problem(facts))
$$;

COMMENT ON FUNCTION perfext.report_markdown(jsonb) IS
    'The report as Markdown';
