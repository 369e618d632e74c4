/* The report as one HTML page that needs nothing else */

CREATE FUNCTION perfext.report_html_escape(content text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN replace(replace(replace(replace(replace(
        regexp_replace(content, '[\x01-\x08\x0B-\x1F\x7F]', ' ', 'g'),
        '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;');
END
$$;

COMMENT ON FUNCTION perfext.report_html_escape(text) IS
    'A text in which nothing means anything to HTML';

CREATE FUNCTION perfext.report_html_table(headings text[], numbers integer, cells text[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
    SELECT '<table><thead><tr>'
        || (SELECT string_agg(format('<th%s>%s</th>',
                CASE WHEN n <= numbers THEN ' class="number"' ELSE '' END,
                perfext.report_html_escape(h)), '' ORDER BY n)
            FROM unnest(headings) WITH ORDINALITY AS u(h, n))
        || E'</tr></thead>\n<tbody>'
        || coalesce((SELECT string_agg(
                CASE WHEN (n - 1) % cardinality(headings) = 0 THEN '<tr>' ELSE '' END
                || format('<td%s>%s</td>',
                    CASE WHEN (n - 1) % cardinality(headings) < numbers THEN ' class="number"'
                        ELSE '' END,
                    perfext.report_html_escape(coalesce(c, '')))
                || CASE WHEN n % cardinality(headings) = 0 THEN E'</tr>\n' ELSE '' END,
                '' ORDER BY n)
            FROM unnest(cells) WITH ORDINALITY AS u(c, n)), '')
        || '</tbody></table>'
$$;

COMMENT ON FUNCTION perfext.report_html_table(text[], integer, text[]) IS
    'An HTML table from its cells, row by row; the first columns hold numbers';

CREATE FUNCTION perfext.report_html(facts jsonb)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
SELECT concat_ws(E'\n',
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta charset="utf-8"><title>perfext report</title>',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<style>',
    'body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto;'
        ' padding: 0 1rem; color: #1d2530; background: #fff }',
    'h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem }',
    'article { border: 1px solid #d5dbe3; border-left-width: 6px; border-radius: 6px;'
        ' padding: .2rem 1rem; margin: 1rem 0 }',
    '.high { border-left-color: #c62828 } .medium { border-left-color: #ef8e00 }'
        ' .low { border-left-color: #7b8794 }',
    'pre { background: #f4f6f8; padding: .7rem; border-radius: 4px; overflow-x: auto }',
    '.small { color: #566372; font-size: 13px }',
    'table { border-collapse: collapse; width: 100% } td, th { padding: .25rem .5rem;'
        ' border-bottom: 1px solid #e3e8ee; text-align: left; vertical-align: top }',
    'td.number, th.number { text-align: right; white-space: nowrap;'
        ' font-variant-numeric: tabular-nums }',
    'td { overflow-wrap: anywhere }',
    '</style></head><body>',
    '<h1>perfext report</h1>',
    '<p>' || perfext.report_html_escape(perfext.report_title(facts)) || '<br>'
        || perfext.report_html_escape(perfext.report_about(facts)) || '</p>',
    '<h2>What to do</h2>',
    (SELECT string_agg(concat_ws(E'\n',
            format('<article class="%s" id="%s">',
                perfext.report_html_escape(r->>'severity'), perfext.report_html_escape(r->>'id')),
            format('<p><strong>%s. %s: %s</strong></p>', n,
                perfext.report_html_escape(r->>'severity'),
                perfext.report_html_escape(r->>'summary')),
            '<pre>' || perfext.report_html_escape(r->>'action') || '</pre>',
            '<p>Saves ' || perfext.report_html_escape(perfext.report_gain(r)) || '</p>',
            '<p class="small">In: ' || perfext.report_html_escape(r->>'subject') || '<br>Seen: '
                || perfext.report_html_escape(perfext.report_evidence(r->'evidence')) || '</p>',
            '</article>'), E'\n' ORDER BY n)
     FROM jsonb_array_elements(facts->'recommendations') WITH ORDINALITY AS e(r, n)),
    CASE WHEN jsonb_array_length(facts->'recommendations') = 0 THEN
        '<p>' || perfext.report_nothing() || '</p>' END,
    '<h2>Statements by total time</h2>',
    (SELECT perfext.report_html_table(
            ARRAY['share', 'total', 'calls', 'mean', 'p95', 'statement'], 5,
            array_agg(cell ORDER BY n, place))
     FROM jsonb_array_elements(facts->'top_statements') WITH ORDINALITY AS e(s, n),
          unnest(ARRAY[
              perfext.format_ratio((s->>'time_ratio')::float8),
              perfext.format_time((s->>'total_time')::float8),
              perfext.format_count((s->>'calls')::float8),
              perfext.format_time((s->>'mean_exec_time')::float8),
              perfext.format_time((s->>'p95_exec_time')::float8),
              s->>'query']) WITH ORDINALITY AS c(cell, place)),
    CASE WHEN jsonb_array_length(facts->'top_patterns') > 0 THEN concat_ws(E'\n',
        '<h2>Repeated statements by time with waiting</h2>',
        (SELECT perfext.report_html_table(
                ARRAY['total', 'waiting', 'executions', 'at a time', 'pattern', 'statement',
                    'link or place'], 4, array_agg(cell ORDER BY n, place))
         FROM jsonb_array_elements(facts->'top_patterns') WITH ORDINALITY AS e(s, n),
              unnest(ARRAY[
                  perfext.format_time((s->>'db_time')::float8 + (s->>'gap_time')::float8),
                  perfext.format_time((s->>'gap_time')::float8),
                  perfext.format_count((s->>'executions')::float8),
                  perfext.format_count((s->>'mean_per_episode')::float8),
                  s->>'kind', s->>'query', coalesce(s->>'link', s->>'context', '')])
                  WITH ORDINALITY AS c(cell, place))) END,
    '<h2>Plan nodes by their own time</h2>',
    (SELECT perfext.report_html_table(
            ARRAY['share', 'total', 'rows per loop', 'removed', 'node', 'statement'], 4,
            array_agg(cell ORDER BY n, place))
     FROM jsonb_array_elements(facts->'top_nodes') WITH ORDINALITY AS e(s, n),
          unnest(ARRAY[
              perfext.format_ratio((s->>'time_ratio')::float8),
              perfext.format_time((s->>'self_time')::float8),
              perfext.format_count((s->>'rows_per_loop')::float8),
              perfext.format_count((s->>'rows_removed_per_loop')::float8),
              s->>'node', s->>'query']) WITH ORDINALITY AS c(cell, place)),
    '<p>' || perfext.report_html_escape(perfext.report_no_problem(facts)) || '</p>',
    '</body></html>')
$$;

COMMENT ON FUNCTION perfext.report_html(jsonb) IS
    'The report as one HTML page that needs nothing else';
