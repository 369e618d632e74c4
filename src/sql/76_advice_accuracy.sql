/* Afterwards: what was promised for an index that is there now, and what came of it */

CREATE VIEW perfext.advice_accuracy AS
WITH applied AS (
    SELECT
        b.*,
        b.exec_time / nullif(b.calls, 0) AS mean_before,
        b.exec_time_after / nullif(b.calls_after, 0) AS mean_after,
        -- one alone cannot be told from the others that came with it
        least(1, sum(b.saved_time) OVER (
            PARTITION BY b.userid, b.dbid, b.queryid, b.toplevel, b.foreign_key)
            / nullif(b.exec_time, 0)) AS estimated
    FROM (
        -- of a form that was proposed and one beside it that the index is, too, the better one
        SELECT DISTINCT ON (slot) *
        FROM perfext.index_benefits(true)
        WHERE indexrelid IS NOT NULL
        ORDER BY slot, form_cost
    ) AS b
)
SELECT
    userid,
    dbid,
    queryid,
    toplevel,
    foreign_key,
    relid,
    schemaname,
    relname,
    method,
    column_list,
    predicate,
    indexrelid,
    (SELECT c.relname FROM pg_catalog.pg_class AS c WHERE c.oid = indexrelid) AS index_name,
    estimated AS estimated_saved_ratio,
    1 - mean_after / nullif(mean_before, 0) AS measured_saved_ratio,
    estimated - (1 - mean_after / nullif(mean_before, 0)) AS error_ratio,
    calls AS calls_before,
    calls_after,
    mean_before AS mean_exec_time_before,
    mean_after AS mean_exec_time_after,
    (exec_time + exec_time_after) / database_time AS exec_time_ratio,
    database_name,
    least(calls, calls_after) >= coalesce(nullif(
        pg_catalog.current_setting('perfext.confirm_calls', true), '')::bigint, 30) AS is_confirmed,
    first_seen,
    last_call AS last_seen
FROM applied;

COMMENT ON VIEW perfext.advice_accuracy IS
    'One row per statement and proposed index that was created since: what was promised and what was measured; times in ms';
COMMENT ON COLUMN perfext.advice_accuracy.userid IS
    'User who ran the statement';
COMMENT ON COLUMN perfext.advice_accuracy.dbid IS
    'Database it ran in: the current one';
COMMENT ON COLUMN perfext.advice_accuracy.queryid IS
    'Identifier of the statement: joins with perfext.statements';
COMMENT ON COLUMN perfext.advice_accuracy.toplevel IS
    'Sent by a client, or nested';
COMMENT ON COLUMN perfext.advice_accuracy.foreign_key IS
    'True: for a foreign-key check that it fires; calls and times are those of all its checks';
COMMENT ON COLUMN perfext.advice_accuracy.relid IS
    'Table; of a partition, its topmost parent';
COMMENT ON COLUMN perfext.advice_accuracy.schemaname IS
    'Its schema';
COMMENT ON COLUMN perfext.advice_accuracy.relname IS
    'Its name';
COMMENT ON COLUMN perfext.advice_accuracy.method IS
    'Access method that was proposed';
COMMENT ON COLUMN perfext.advice_accuracy.column_list IS
    'Key that was proposed';
COMMENT ON COLUMN perfext.advice_accuracy.predicate IS
    'Predicate that was proposed';
COMMENT ON COLUMN perfext.advice_accuracy.exec_time_ratio IS
    'Execution time of the statement as a share of the time of all recorded top-level statements';
COMMENT ON COLUMN perfext.advice_accuracy.database_name IS
    'Name of the database';
COMMENT ON COLUMN perfext.advice_accuracy.first_seen IS
    'Since when the statement scanned the table so';
COMMENT ON COLUMN perfext.advice_accuracy.last_seen IS
    'When it was executed last';
COMMENT ON COLUMN perfext.advice_accuracy.indexrelid IS
    'The index that was created';
COMMENT ON COLUMN perfext.advice_accuracy.index_name IS
    'Its name';
COMMENT ON COLUMN perfext.advice_accuracy.estimated_saved_ratio IS
    'Share (0 to 1) of an execution''s time that the indexes created for the statement were to save, together';
COMMENT ON COLUMN perfext.advice_accuracy.measured_saved_ratio IS
    'Share (up to 1, negative: slower) by which the mean execution became shorter; NULL: not executed since';
COMMENT ON COLUMN perfext.advice_accuracy.error_ratio IS
    'The estimated share less the measured one; positive: too much was promised';
COMMENT ON COLUMN perfext.advice_accuracy.calls_before IS
    'Executions before the index was created';
COMMENT ON COLUMN perfext.advice_accuracy.calls_after IS
    'Executions since';
COMMENT ON COLUMN perfext.advice_accuracy.mean_exec_time_before IS
    'Mean of those before, ms';
COMMENT ON COLUMN perfext.advice_accuracy.mean_exec_time_after IS
    'Mean of those since, ms';
COMMENT ON COLUMN perfext.advice_accuracy.is_confirmed IS
    'True: perfext.confirm_calls executions on both sides, so that the measured share can be relied on';

GRANT SELECT ON perfext.advice_accuracy TO PUBLIC;

/* And what is to be said about each of those indexes */
CREATE VIEW perfext.applied_indexes AS
WITH applied AS (
    SELECT
        indexrelid, relid, index_name, schemaname, relname, database_name,
        -- the proposal that the index was made from, where it serves others as well
        (array_agg(concat_ws('/', nullif(method, 'btree'), column_list, predicate)
            ORDER BY length(column_list) DESC, column_list))[1] AS definition,
        (array_agg(column_list ORDER BY length(column_list) DESC, column_list))[1] AS column_list,
        array_agg(DISTINCT queryid) AS queryids,
        bool_and(foreign_key) AS foreign_key,
        sum(calls_before) AS calls_before,
        sum(calls_after) AS calls_after,
        least(1, sum(exec_time_ratio)) AS exec_time_ratio,
        avg(estimated_saved_ratio) AS estimated_saved_ratio,
        -- settled, when those are that took most of the time
        sum(calls_before * mean_exec_time_before) FILTER (WHERE is_confirmed)
            >= 0.5 * sum(calls_before * mean_exec_time_before) AS is_settled,
        1 - sum(calls_after * mean_exec_time_after) FILTER (WHERE is_confirmed)
            / nullif(sum(calls_after * mean_exec_time_before) FILTER (WHERE is_confirmed), 0)
            AS gain,
        sum(calls_before * mean_exec_time_before) FILTER (WHERE is_confirmed)
            / sum(calls_before) FILTER (WHERE is_confirmed) AS mean_before,
        sum(calls_after * mean_exec_time_after) FILTER (WHERE is_confirmed)
            / sum(calls_after) FILTER (WHERE is_confirmed) AS mean_after,
        min(first_seen) AS first_seen,
        max(last_seen) AS last_seen
    FROM perfext.advice_accuracy
    GROUP BY indexrelid, relid, index_name, schemaname, relname, database_name
)
SELECT a.*,
       CASE
           WHEN is_settled AND gain >= 0.05 THEN 'confirmed'
           WHEN is_settled THEN 'no_gain'
           ELSE 'applied'
       END AS status,
       quote_ident(schemaname) || '.' || quote_ident(index_name) AS full_name,
       perfext.format_line(index_name, 64) AS name,
       pg_catalog.current_setting('perfext.confirm_calls', true) AS confirm_calls,
       c.relkind = 'I' AS is_partitioned,
       EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = a.indexrelid)
           AS has_constraint
FROM applied AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.indexrelid;

COMMENT ON VIEW perfext.applied_indexes IS
    'One row per proposed index that was created since, over all statements that it was proposed for; times in ms';
COMMENT ON COLUMN perfext.applied_indexes.indexrelid IS
    'The index that was created';
COMMENT ON COLUMN perfext.applied_indexes.relid IS
    'Its table; of a partition, the topmost parent';
COMMENT ON COLUMN perfext.applied_indexes.index_name IS
    'Name of the index';
COMMENT ON COLUMN perfext.applied_indexes.schemaname IS
    'Schema of the table';
COMMENT ON COLUMN perfext.applied_indexes.relname IS
    'Name of the table';
COMMENT ON COLUMN perfext.applied_indexes.database_name IS
    'Name of the database';
COMMENT ON COLUMN perfext.applied_indexes.definition IS
    'What was proposed: method, key and predicate; of several proposals that it serves, the longest';
COMMENT ON COLUMN perfext.applied_indexes.column_list IS
    'Key that was proposed';
COMMENT ON COLUMN perfext.applied_indexes.queryids IS
    'Statements that it was proposed for: join with perfext.statements';
COMMENT ON COLUMN perfext.applied_indexes.foreign_key IS
    'True: only for foreign-key checks that they fire; calls and times are those of all their checks';
COMMENT ON COLUMN perfext.applied_indexes.calls_before IS
    'Executions before the index was created';
COMMENT ON COLUMN perfext.applied_indexes.calls_after IS
    'Executions since';
COMMENT ON COLUMN perfext.applied_indexes.exec_time_ratio IS
    'Execution time of the statements as a share of the time of all recorded top-level statements';
COMMENT ON COLUMN perfext.applied_indexes.estimated_saved_ratio IS
    'Share (0 to 1) of an execution''s time that was to be saved, the mean over the statements';
COMMENT ON COLUMN perfext.applied_indexes.is_settled IS
    'True: statements that took at least half of the time before have been executed often enough since';
COMMENT ON COLUMN perfext.applied_indexes.gain IS
    'Share (up to 1, negative: slower) by which the executions since are shorter; NULL: not known yet';
COMMENT ON COLUMN perfext.applied_indexes.mean_before IS
    'Mean execution time before';
COMMENT ON COLUMN perfext.applied_indexes.mean_after IS
    'Mean execution time since';
COMMENT ON COLUMN perfext.applied_indexes.first_seen IS
    'Since when one of the statements scanned the table so';
COMMENT ON COLUMN perfext.applied_indexes.last_seen IS
    'When one was executed last';
COMMENT ON COLUMN perfext.applied_indexes.status IS
    'applied; then confirmed (its gain was measured) or no_gain';
COMMENT ON COLUMN perfext.applied_indexes.full_name IS
    'Schema and name of the index, quoted as SQL needs it';
COMMENT ON COLUMN perfext.applied_indexes.name IS
    'Its name on one line';
COMMENT ON COLUMN perfext.applied_indexes.confirm_calls IS
    'perfext.confirm_calls, as set; NULL or empty: the default';
COMMENT ON COLUMN perfext.applied_indexes.is_partitioned IS
    'True: the index of a partitioned table';
COMMENT ON COLUMN perfext.applied_indexes.has_constraint IS
    'True: a constraint needs the index';

GRANT SELECT ON perfext.applied_indexes TO PUBLIC;
