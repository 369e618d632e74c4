/* Loads and large reads. Columns: enum LoadColumn in src/sqlapi/loads.c */

CREATE FUNCTION perfext.etl_loads(
    OUT dbid oid,
    OUT schemaname text,
    OUT relname text,
    OUT relid oid,
    OUT operation text,
    OUT shape text,
    OUT statements bigint,
    OUT rows bigint,
    OUT rows_per_statement float8,
    OUT rows_per_commit float8,
    OUT rows_per_run float8,
    OUT total_time float8,
    OUT max_time float8,
    OUT rows_per_second float8,
    OUT bytes bigint,
    OUT skipped_rows bigint,
    OUT wal_bytes bigint,
    OUT wal_bytes_per_row float8,
    OUT temp_bytes bigint,
    OUT index_count bigint,
    OUT foreign_key_count bigint,
    OUT trigger_time float8,
    OUT fk_time float8,
    OUT commit_time float8,
    OUT client_gap_time float8,
    OUT waiting_time float8,
    OUT commits bigint,
    OUT runs bigint,
    OUT stream_statements bigint,
    OUT following_ratio float8,
    OUT statement_cost float8,
    OUT row_cost float8,
    OUT commit_cost float8,
    OUT learnt_from text,
    OUT recommended_batch_rows bigint,
    OUT recommended_commit_rows bigint,
    OUT projected_rows_per_second float8,
    OUT has_row_trigger boolean,
    OUT has_returning boolean,
    OUT has_on_conflict boolean,
    OUT is_logged boolean,
    OUT queryids bigint[],
    OUT first_seen timestamptz,
    OUT last_seen timestamptz
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_etl_loads_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.etl_loads() IS
    'What views perfext.etl_loads and perfext.etl_reads show';

CREATE VIEW perfext.etl_loads AS
SELECT * FROM perfext.etl_loads() AS l
WHERE l.operation NOT IN ('result', 'scan');

COMMENT ON VIEW perfext.etl_loads IS
    'One row per database, target, operation and shape: how tables are filled and changed, and how many rows a statement and a transaction should have';

CREATE VIEW perfext.etl_reads AS
SELECT l.dbid, l.schemaname, l.relname, l.relid, l.operation, l.statements, l.runs, l.rows, l.bytes,
       l.total_time, l.queryids, l.first_seen, l.last_seen
FROM perfext.etl_loads() AS l
WHERE l.operation IN ('result', 'scan');

COMMENT ON VIEW perfext.etl_reads IS
    'One row per database, table and kind: results that went to a client in one piece, and large tables that sessions read in whole several times';

DO $$
DECLARE
    col record;
BEGIN
    FOR col IN
        SELECT c.relname AS view, a.attname AS name, w.words
        FROM (VALUES
            ('dbid', 'Database'),
            ('schemaname', 'Schema of the target; pg_temp for temporary tables'),
            ('relname', 'Target table; of a partition, its topmost parent; of an index, its table'),
            ('relid', 'The same, as it was last'),
            ('operation', 'copy, insert, insert_select, merge, update, delete, ctas, select_into, refresh, create_index, reindex, analyze, vacuum or truncate; of reads, result or scan'),
            ('shape', 'Of inserts: row (one row), values (several), unnest (arrays or JSON), nested (a row in a function or procedure), trigger; of COPY: stdin, file or program; of updates and the like nested or trigger; else plain'),
            ('statements', 'Statements that ended well; of scan, those that read the whole table'),
            ('rows', 'Rows written, or sent; NULL where there are none to count'),
            ('rows_per_statement', 'Rows of a statement, in the mean'),
            ('rows_per_commit', 'Rows that a transaction commits, in the mean; NULL: none has been committed'),
            ('rows_per_run', 'Rows of a run, in the mean'),
            ('total_time', 'Planning and execution time, ms'),
            ('max_time', 'The same of the longest statement, ms'),
            ('rows_per_second', 'Rows in a second of total_time, commit_time and client_gap_time'),
            ('bytes', 'Bytes that COPY received, NULL if track_activities is off; of results, bytes sent, as the planner estimates the width of rows'),
            ('skipped_rows', 'Rows that COPY skipped because it could not read them; NULL before server 17, which cannot'),
            ('wal_bytes', 'WAL written, bytes'),
            ('wal_bytes_per_row', 'The same for each row'),
            ('temp_bytes', 'Temporary files written, bytes'),
            ('index_count', 'Indexes of the target'),
            ('foreign_key_count', 'Foreign keys of the target'),
            ('trigger_time', 'Time in AFTER triggers, without foreign-key checks, ms; NULL where the server does not tell: COPY with triggers, targets with BEFORE or INSTEAD OF triggers for each row'),
            ('fk_time', 'Time in foreign-key checks, deferred ones too, ms; NULL on server 19 for targets with foreign keys'),
            ('commit_time', 'Time in which the transactions of the load were committed, ms; NULL: no commit seen'),
            ('client_gap_time', 'Time that the server waited for the client''s next statement, and for BEGIN and COMMIT between them; gaps above 100 ms left out, ms; NULL where nobody waits'),
            ('waiting_time', 'Of that, about how long the client did something else than wait for the server and the line, such as waiting for rows to come, ms; NULL where no statement came right after another one'),
            ('commits', 'Commits of transactions that the load wrote in'),
            ('runs', 'Runs: statements of one session without a pause of 10 s; of scan, 60 s'),
            ('stream_statements', 'Statements that came in streams: at least 50 that write one after the other in a session, or in one call of a function or procedure'),
            ('following_ratio', 'Of the statements that came right after another load''s, with at most BEGIN, COMMIT and the like between them, the share that came after one of the same load and with rows; NULL: none came so'),
            ('statement_cost', 'Learnt time of a statement apart from its rows and its commit, with the client''s way, ms'),
            ('row_cost', 'Learnt time of each row, ms'),
            ('commit_cost', 'Time of a commit, median, ms; NULL below five commits'),
            ('learnt_from', 'Where the two above come from; NULL: nothing was learnt'),
            ('recommended_batch_rows', 'Rows that a statement should have; NULL where nothing was learnt'),
            ('recommended_commit_rows', 'Rows that a transaction should have, so that commits take at most 3 % of the time; NULL below five commits'),
            ('projected_rows_per_second', 'Rows in a second with both'),
            ('has_row_trigger', 'The target has a BEFORE or INSTEAD OF INSERT trigger for each row'),
            ('has_returning', 'Statements of it have RETURNING'),
            ('has_on_conflict', 'Statements of it have ON CONFLICT'),
            ('is_logged', 'The target is neither UNLOGGED nor temporary'),
            ('queryids', 'The last statements, the latest first, at most eight (join with perfext.statements)'),
            ('first_seen', 'When it was recorded first'),
            ('last_seen', 'When it was recorded last')
        ) AS w(name, words)
        JOIN pg_catalog.pg_attribute AS a ON a.attname = w.name AND a.attnum > 0
        JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'perfext'::pg_catalog.regnamespace
          AND c.relname IN ('etl_loads', 'etl_reads')
    LOOP
        EXECUTE pg_catalog.format('COMMENT ON COLUMN perfext.%I.%I IS %L', col.view, col.name,
            col.words);
    END LOOP;
END
$$;

GRANT SELECT ON perfext.etl_loads, perfext.etl_reads TO PUBLIC;
