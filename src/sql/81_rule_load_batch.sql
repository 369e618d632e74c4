/*
 * What the rules about loads judge: loads with names, and the time that they took as their
 * client saw it, with commits and gaps.
 */
CREATE VIEW perfext.judged_loads AS
WITH base AS (
    SELECT l.*,
           l.total_time + coalesce(l.commit_time, 0) + coalesce(l.client_gap_time, 0) AS load_time
    FROM perfext.etl_loads AS l
    WHERE l.schemaname NOT IN ('pg_catalog', 'information_schema', 'perfext')
),
waits AS (
    SELECT coalesce(sum(b.load_time - b.total_time), 0) AS wait_time FROM base AS b
),
-- each of the rules asks: not by reading all statements
total AS (
    SELECT i.exec_time AS database_time FROM perfext.info() AS i
)
SELECT
    b.*,
    t.database_time,
    t.database_time + w.wait_time AS all_time,
    coalesce(d.datname::text, 'database ' || b.dbid) AS database_name,
    d.datname IS NOT DISTINCT FROM pg_catalog.current_database() AS is_here,
    perfext.format_line(b.schemaname || '.' || b.relname, 100) AS title,
    quote_ident(b.schemaname) || '.' || quote_ident(b.relname) AS full_name,
    1 - b.rows_per_second / nullif(b.projected_rows_per_second, 0) AS gain,
    -- a few rows here, a few rows there, and a commit: what an application does in a
    -- transaction, and an apply process after it
    coalesce(b.following_ratio < 0.8 AND b.rows_per_commit < 20, false) AS is_transaction
FROM base AS b
CROSS JOIN waits AS w
CROSS JOIN total AS t
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = b.dbid
WHERE t.database_time > 0;

COMMENT ON VIEW perfext.judged_loads IS
    'The loads that rules judge, with names and shares';

DO $$
DECLARE
    col record;
BEGIN
    FOR col IN
        SELECT a.attname AS name,
               coalesce(pg_catalog.col_description('perfext.etl_loads'::regclass, o.attnum),
                   CASE a.attname
                       WHEN 'load_time' THEN 'Time as the client sees it: total_time, commits and gaps, ms'
                       WHEN 'database_time' THEN 'Execution time of all top-level statements, ms'
                       WHEN 'all_time' THEN 'The same, with commits and gaps of loads, ms'
                       WHEN 'database_name' THEN 'Name of the database'
                       WHEN 'is_here' THEN 'Is it the current database?'
                       WHEN 'title' THEN 'Target, on one line'
                       WHEN 'full_name' THEN 'Target, quoted'
                       WHEN 'is_transaction' THEN 'Are its rows part of transactions that write a few rows here and there?'
                       WHEN 'gain' THEN 'Share of the time that the recommended sizes save'
                   END) AS words
        FROM pg_catalog.pg_attribute AS a
        LEFT JOIN pg_catalog.pg_attribute AS o
            ON o.attrelid = 'perfext.etl_loads'::regclass AND o.attname = a.attname
        WHERE a.attrelid = 'perfext.judged_loads'::regclass AND a.attnum > 0
    LOOP
        EXECUTE pg_catalog.format('COMMENT ON COLUMN perfext.judged_loads.%I IS %L', col.name,
            col.words);
    END LOOP;
END
$$;

GRANT SELECT ON perfext.judged_loads TO PUBLIC;

/*
 * Rows that come in many small statements. What a statement costs whatever it holds (the
 * client's way, parsing, planning, the commit) is most of the time, and is told apart from
 * what its rows cost.
 */
CREATE VIEW perfext.rule_load_batch AS
WITH small AS (
    SELECT l.*,
           l.rows_per_statement < 2 AS row_by_row,
           l.operation IN ('update', 'delete', 'merge') AS changes,
           l.operation = 'insert' AND NOT l.has_returning AND NOT l.has_on_conflict
               AND (l.recommended_batch_rows > 2000 OR l.rows_per_statement < 2) AS can_copy,
           -- commits in it, of the time per statement
           coalesce(l.commit_time / nullif(l.load_time, 0), 0) AS commit_share
    FROM perfext.judged_loads AS l
    WHERE l.stream_statements >= 200
      AND l.stream_statements >= 0.5 * l.statements
      AND l.recommended_batch_rows >= 4 * l.rows_per_statement
      AND l.gain >= 0.3
      AND l.load_time * l.gain >= 50
      AND l.load_time * l.gain >= 0.02 * l.all_time
      AND NOT l.is_transaction
      -- of changes, one row in a transaction may be what a user did
      AND (l.operation NOT IN ('update', 'delete', 'merge') OR l.rows_per_commit >= 20)
)
SELECT
    'load_batch'::text AS kind,
    concat_ws('/', database_name, schemaname, relname, operation, shape) AS subject_key,
    CASE WHEN load_time * gain >= 0.2 * all_time THEN 'high'
         WHEN load_time * gain >= 0.05 * all_time THEN 'medium' ELSE 'low' END AS severity,
    title AS subject,
    format('%s rows %s %s %s, %s rows/s; ', perfext.format_count(rows),
        CASE operation WHEN 'update' THEN 'were changed in' WHEN 'delete' THEN 'were deleted from'
             WHEN 'merge' THEN 'were merged into' ELSE 'came into' END, title,
        CASE WHEN row_by_row THEN 'one ' || upper(operation) || ' at a time'
             ELSE format('in %s statements of %s rows', upper(operation),
                 perfext.format_count(rows_per_statement)) END,
        perfext.format_count(rows_per_second))
    || CASE WHEN commit_share >= 0.2 AND rows_per_commit < 0.5 * recommended_commit_rows
            THEN format('%s of the time goes into commits of %s each; ',
                perfext.format_ratio(commit_share),
                CASE WHEN rows_per_commit < 1.5 THEN 'one row'
                     ELSE perfext.format_count(rows_per_commit) || ' rows' END) ELSE '' END
    || format('with %s rows in a statement about %s rows/s are to be expected%s.',
        perfext.format_count(recommended_batch_rows),
        perfext.format_count(projected_rows_per_second),
        CASE WHEN can_copy THEN ', with COPY more' ELSE '' END)
    -- a slow line, from half a millisecond, looks like a client that works on each row
    || CASE WHEN client_gap_time >= 0.4 * load_time AND client_gap_time >= 0.5 * statements
            THEN format(' The server waited for the client %s of the time, %s a statement: the '
                'way to it and back is saved, but not what is its own work on each row.',
                perfext.format_ratio(client_gap_time / load_time),
                perfext.format_time(client_gap_time / statements)) ELSE '' END AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', title, 'operation', operation, 'shape', shape, 'statements', statements,
        'rows', rows, 'rows_per_statement', round(rows_per_statement::numeric, 1),
        'rows_per_commit', round(rows_per_commit::numeric, 1),
        'rows_per_second', round(rows_per_second::numeric),
        'projected_rows_per_second', round(projected_rows_per_second::numeric),
        'recommended_batch_rows', recommended_batch_rows,
        'recommended_commit_rows', recommended_commit_rows,
        'total_time', round(total_time::numeric, 1),
        'commit_time', round(commit_time::numeric, 1),
        'client_gap_time', round(client_gap_time::numeric, 1),
        'statement_cost', round(statement_cost::numeric, 4),
        'row_cost', round(row_cost::numeric, 5), 'learnt_from', learnt_from,
        'returning', has_returning, 'on_conflict', has_on_conflict) AS evidence,
    concat_ws(E'\n',
        CASE WHEN can_copy THEN format(
            E'-- COPY, where the client can (copy_expert, CopyManager, \\copy):\n'
            'COPY %s FROM STDIN;', full_name) END,
        CASE WHEN operation = 'copy' THEN format(
            '-- one COPY for %s rows and more instead of one for %s',
            perfext.format_count(recommended_batch_rows),
            perfext.format_count(rows_per_statement))
        WHEN changes THEN format(E'-- %1$s rows in a statement:\n--   '
            || CASE operation
                WHEN 'update' THEN 'UPDATE %2$s AS t SET ... FROM unnest($1, $2, ...) AS v (key, ...) '
                    'WHERE t.key = v.key;'
                WHEN 'delete' THEN 'DELETE FROM %2$s WHERE key = ANY ($1);'
                ELSE 'MERGE INTO %2$s AS t USING unnest($1, $2, ...) AS v (key, ...) '
                    'ON t.key = v.key ...;' END
            || E'\n-- or all rows by COPY into a temporary table, and the same from there',
            perfext.format_count(recommended_batch_rows), full_name)
        ELSE format(E'%s%s rows in a statement:\n'
            '--   INSERT INTO %s VALUES (...), (...), ...;   or   ... SELECT * FROM unnest($1, $2, ...);'
            '\n-- drivers do it: execute_values (psycopg2), reWriteBatchedInserts=true (JDBC), '
            'insert_all / bulk_create (ORMs)',
            CASE WHEN can_copy THEN '-- or ' ELSE '-- ' END,
            perfext.format_count(recommended_batch_rows), full_name) END,
        CASE WHEN recommended_commit_rows > 1.5 * rows_per_commit THEN format(
            '-- one transaction (BEGIN ... COMMIT) for %s rows and more',
            perfext.format_count(recommended_commit_rows)) END) AS action,
    load_time / all_time AS impact_ratio,
    gain AS expected_gain_ratio,
    CASE WHEN learnt_from = 'the parts of one size' THEN 'medium' ELSE 'high' END AS confidence,
    first_seen,
    last_seen
FROM small;

COMMENT ON VIEW perfext.rule_load_batch IS
    'Rule: rows that come in small statements, and how many a statement should have';

/*
 * Transactions of a few rows each, one after the other: each waits until the log is on
 * disk and, with synchronous replication, on the standby.
 */
CREATE VIEW perfext.rule_load_commit AS
WITH small AS (
    SELECT l.*,
           -- so many times as many rows a transaction that commits take 3 % of the time
           greatest(ceil(l.commit_time / nullif(0.03 * (l.load_time - l.commit_time), 0)), 10)
               AS times,
           l.commit_time / l.load_time AS commit_share
    FROM perfext.judged_loads AS l
    WHERE l.commits >= 200
      AND l.rows_per_commit <= 100
      AND l.stream_statements >= 0.5 * l.statements
      AND l.commit_time >= 0.3 * l.load_time
      AND l.commit_time >= 50
      AND l.commit_time >= 0.02 * l.all_time
      AND NOT l.is_transaction
      -- a client that is mostly elsewhere is no load
      AND (coalesce(l.client_gap_time, 0) < l.statements
           OR (l.client_gap_time < 0.4 * l.load_time
               AND l.operation NOT IN ('update', 'delete', 'merge')))
      -- of inserts, there is more to say
      AND NOT EXISTS (SELECT FROM perfext.rule_load_batch AS b
          WHERE b.subject_key = concat_ws('/', l.database_name, l.schemaname, l.relname,
              l.operation, l.shape))
)
SELECT
    'load_commit'::text AS kind,
    concat_ws('/', database_name, schemaname, relname, operation, shape) AS subject_key,
    CASE WHEN commit_time >= 0.2 * all_time THEN 'high'
         WHEN commit_time >= 0.05 * all_time THEN 'medium' ELSE 'low' END AS severity,
    title AS subject,
    format('Each of %s transactions that %s %s commits %s, and commits take %s of the time (%s each); '
        'with %s rows in a transaction about %s rows/s instead of %s are to be expected.',
        perfext.format_count(commits),
        CASE operation WHEN 'update' THEN 'update' WHEN 'delete' THEN 'delete from'
             WHEN 'merge' THEN 'merge into' ELSE 'load' END, title,
        CASE WHEN rows_per_commit < 1.5 THEN 'one row'
             ELSE perfext.format_count(rows_per_commit) || ' rows' END,
        perfext.format_ratio(commit_share), perfext.format_time(commit_time / commits),
        perfext.format_count(times * rows_per_commit),
        perfext.format_count(rows_per_second / (1 - commit_share + commit_share / times)),
        perfext.format_count(rows_per_second)) AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', title, 'operation', operation, 'shape', shape, 'rows', rows,
        'commits', commits, 'rows_per_commit', round(rows_per_commit::numeric, 1),
        'commit_time', round(commit_time::numeric, 1),
        'load_time', round(load_time::numeric, 1),
        'rows_per_second', round(rows_per_second::numeric),
        'recommended_commit_rows', times * rows_per_commit) AS evidence,
    concat_ws(E'\n',
        format('-- one transaction (BEGIN ... COMMIT) for about %s rows%s',
            perfext.format_count(times * rows_per_commit),
            CASE shape WHEN 'nested' THEN '; in the procedure, COMMIT after as many' ELSE '' END),
        '-- where what was committed last may be lost in a crash and be loaded again:',
        'SET synchronous_commit = off;  -- in the loading session') AS action,
    load_time / all_time AS impact_ratio,
    commit_share * (1 - 1 / times) AS expected_gain_ratio,
    'high'::text AS confidence,
    first_seen,
    last_seen
FROM small;

COMMENT ON VIEW perfext.rule_load_commit IS
    'Rule: transactions of a few rows each that mostly wait for their commit';

/* A loop in a function or procedure that inserts, updates or deletes row by row */
CREATE VIEW perfext.rule_load_loop AS
SELECT
    'load_loop'::text AS kind,
    concat_ws('/', database_name, schemaname, relname, operation, shape) AS subject_key,
    NULL::text AS severity,
    title AS subject,
    format('A function or procedure %s %s row by row in a loop: %s statements, %s rows/s; '
        'one %s for all of them does without starting and ending each.',
        CASE operation WHEN 'insert' THEN 'fills' WHEN 'update' THEN 'updates'
             WHEN 'delete' THEN 'deletes from' ELSE 'merges into' END, title,
        perfext.format_count(statements), perfext.format_count(rows_per_second),
        CASE operation WHEN 'insert' THEN 'INSERT ... SELECT' WHEN 'update' THEN 'UPDATE ... FROM'
             WHEN 'delete' THEN 'DELETE ... USING' ELSE 'MERGE' END) AS summary,
    jsonb_build_object('queryids', to_jsonb(queryids), 'database', database_name,
        'relation', title, 'operation', operation, 'statements', statements, 'rows', rows,
        'total_time', round(total_time::numeric, 1),
        'rows_per_second', round(rows_per_second::numeric),
        'projected_rows_per_second', round((3 * rows_per_second)::numeric)) AS evidence,
    format(E'-- instead of FOR row IN <query> LOOP ... END LOOP:\n'
        || CASE operation
            WHEN 'insert' THEN 'INSERT INTO %1$s SELECT ... FROM (<query>) AS q;'
            WHEN 'update' THEN 'UPDATE %1$s SET ... FROM (<query>) AS q WHERE %1$s.key = q.key;'
            WHEN 'delete' THEN 'DELETE FROM %1$s USING (<query>) AS q WHERE %1$s.key = q.key;'
            ELSE 'MERGE INTO %1$s USING (<query>) AS q ON ...;' END, full_name) AS action,
    -- the loop's own work (fetching, assigning) comes on top of what its statements take
    least(1, 1.3 * total_time / database_time) AS impact_ratio,
    0.6::float8 AS expected_gain_ratio,
    'medium'::text AS confidence,
    first_seen,
    last_seen
FROM perfext.judged_loads
WHERE shape = 'nested'
  AND stream_statements >= 1000
  AND stream_statements >= 0.5 * statements;

COMMENT ON VIEW perfext.rule_load_loop IS
    'Rule: loops in functions and procedures that write row by row';
