/* Afterwards: what was promised for an index that is there now, and what came of it */

CREATE VIEW perfext.advice_accuracy AS
WITH applied AS (
    SELECT
        b.*,
        b.exec_time / nullif(b.calls, 0) AS mean_before,
        b.exec_time_after / nullif(b.calls_after, 0) AS mean_after,
        -- one alone cannot be told from the others that came with it
        least(1, sum(b.saved_time) OVER (PARTITION BY b.userid, b.dbid, b.queryid, b.toplevel)
            / nullif(b.exec_time, 0)) AS estimated
    FROM perfext.index_benefits(true) AS b
    WHERE b.indexrelid IS NOT NULL
)
SELECT
    userid,
    dbid,
    queryid,
    toplevel,
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
