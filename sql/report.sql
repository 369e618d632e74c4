-- The report in its four formats.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
CREATE SCHEMA perfext_report;
SET search_path = perfext_report;
-- The loop in run() is no program's; n_plus_one has tests of its own.
SET perfext.n_plus_one = off;
SET perfext.node_timing = 'all';
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- A healthy workload: nothing to do.
CREATE TABLE t (id int PRIMARY KEY, a int, "<b>`|*_&'" text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 200000) i;
VACUUM ANALYZE t;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT count(*) FROM t WHERE id = 1;
SELECT perfext.report() ~ 'Nothing: no rule found anything' AS nothing_to_do;
SELECT perfext.report('markdown') ~ 'Nothing: no rule found anything' AS nothing_to_do;
SELECT perfext.report('html') ~ 'Nothing: no rule found anything' AS nothing_to_do;
SELECT perfext.report('json')::jsonb->'recommendations' AS nothing_to_do;

-- Something to do, with names and texts that mean something to Markdown, HTML and terminals.
CREATE FUNCTION run(times int, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..times LOOP
        EXECUTE statement;
    END LOOP;
END
$$;
SELECT perfext.reset() IS NOT NULL AS reset;
SELECT run(20, $$SELECT count(*) AS "<script>" FROM t WHERE "<b>`|*_&'" = 'y'$$);

-- Text: no line above 100 columns but in actions, the parts in their order, the action to paste.
SELECT count(*) AS long_lines
FROM regexp_split_to_table(perfext.report('text'), E'\n') line
WHERE length(line) > 100 AND line !~ '^       ';
SELECT perfext.report() ~ '(?x) ^perfext .* \n=+\n .* WHAT[ ]TO[ ]DO .* 1\.[ ](HIGH|MEDIUM|LOW):
    .* Saves: .* Seen: .* In: .* STATEMENTS[ ]BY .* PLAN[ ]NODES[ ]BY .* No[ ]problem[ ]found[ ]with:' AS parts;
SELECT (regexp_match(perfext.report(), '       (CREATE INDEX [^\n]*)'))[1] AS action;

-- Markdown: nothing of the names is markup.
SELECT perfext.report('markdown') LIKE '# perfext report%' AS title,
       perfext.report('markdown') LIKE '%## What to do%## Statements by total time%## Plan nodes%' AS parts,
       perfext.report('markdown') ~ '\n### 1\. \w+: perfext\\_report\.t \("\\<b\\>\\`\\\|\\\*\\_\\&''"\)[^\n]*\n' AS heading,
       perfext.report('markdown') ~ '\n\|[^\n]*[^\\]<script' AS leaks;

-- HTML: all text is escaped, nothing is loaded from elsewhere.
SELECT perfext.report('html') LIKE '<!DOCTYPE html>%</html>' AS page,
       perfext.report('html') LIKE '%&lt;script&gt;%' AS escaped,
       perfext.report('html') ~ '<(script|b|img|link)\M' AS leaks,
       perfext.report('html') ~ 'https?://' AS loads;

-- JSON: the same facts for programs.
SELECT jsonb_object_keys(perfext.report('json')::jsonb) AS key ORDER BY 1;
SELECT r->>'kind' AS kind, r->>'subject' AS subject FROM jsonb_array_elements(perfext.report('json')::jsonb->'recommendations') r;

-- perfext's own statements are not in the report.
SELECT perfext.report('json')::jsonb->'top_statements' @? '$[*].query ? (@ like_regex "report|rule_")' AS own;

-- A format that there is not.
\set VERBOSITY terse
SELECT perfext.report('pdf');
SELECT perfext.report(NULL);
\set VERBOSITY default

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA perfext_report CASCADE;
