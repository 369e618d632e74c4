/*
 * A job whose last run took clearly longer than the ones before. Only the last run of a
 * job is judged: one that was slow and has been well since is history.
 */
CREATE VIEW perfext.rule_job_slower AS
WITH latest AS (
    SELECT DISTINCT ON (userid, dbid, job) *
    FROM perfext.etl_job_changes
    WHERE status NOT IN ('disconnected', 'superseded', 'crashed')
      AND status !~* '^(fail|error|abort|cancel)'
    ORDER BY userid, dbid, job, run_id DESC
),
total AS (
    SELECT sum(total_exec_time + coalesce(total_plan_time, 0)) AS database_time
    FROM perfext.statements
    WHERE toplevel
),
words AS (
    SELECT
        l.*,
        greatest(l.elapsed_time - l.median_elapsed_time, 0) AS excess,
        (SELECT string_agg(CASE reason
            WHEN 'new plan' THEN 'a statement has a new plan'
            WHEN 'more rows' THEN format('there were %s rows instead of %s',
                perfext.format_count(l.rows), perfext.format_count(l.median_rows))
            WHEN 'commit' THEN 'its commits waited longer'
            WHEN 'client' THEN 'the client took longer between statements'
            WHEN 'temporary files' THEN 'more went to temporary files'
            WHEN 'blocks read' THEN 'more blocks had to be read'
            END, ', ' ORDER BY place)
         FROM unnest(l.reasons) WITH ORDINALITY AS r(reason, place)) AS because
    FROM latest AS l
    WHERE l.is_slower
)
SELECT
    'job_slower'::text AS kind,
    concat_ws('/', userid, dbid, job) AS subject_key,
    CASE WHEN slowdown >= 3 THEN 'medium' ELSE 'low' END AS severity,
    perfext.format_line('job ' || job, 100) AS subject,
    format('The last run %s %s, %s times as long as usual (median of %s runs before: %s)%s%s.',
        CASE WHEN status = 'running' THEN 'has taken' ELSE 'took' END,
        perfext.format_time(elapsed_time), round(slowdown::numeric, 1),
        perfext.format_count(runs_before), perfext.format_time(median_elapsed_time),
        coalesce(format('; step "%s" took %s instead of %s', perfext.format_line(step, 60),
            perfext.format_time(step_elapsed_time),
            perfext.format_time(median_step_elapsed_time)), ''),
        coalesce('; ' || because, '')) AS summary,
    jsonb_build_object(
        'queryids', to_jsonb(coalesce(new_plan_queryids, '{}')), 'run_id', run_id,
        'started', started, 'step', step, 'reasons', to_jsonb(reasons),
        'runs_before', runs_before,
        'elapsed_time', round(elapsed_time::numeric, 1),
        'median_elapsed_time', round(median_elapsed_time::numeric, 1),
        'step_elapsed_time', round(step_elapsed_time::numeric, 1),
        'median_step_elapsed_time', round(median_step_elapsed_time::numeric, 1),
        'rows', rows, 'median_rows', round(median_rows::numeric)) AS evidence,
    concat_ws(E'\n',
        CASE WHEN 'new plan' = ANY (reasons) THEN format(
            E'-- compare the plans; then ANALYZE the tables whose estimates differ:\n'
            'SELECT p.queryid, p.planid, p.first_seen, p.mean_exec_time, jsonb_pretty(p.plan)\n'
            'FROM perfext.plans AS p WHERE p.queryid IN (%s) ORDER BY 1, 3;',
            array_to_string(new_plan_queryids, ', ')) END,
        CASE WHEN 'commit' = ANY (reasons) THEN
            '-- commit less often, and look at the disk of pg_wal and at synchronous standbys' END,
        CASE WHEN 'client' = ANY (reasons) THEN
            '-- the time was spent outside of the server: network, source, client program' END,
        CASE WHEN 'temporary files' = ANY (reasons) THEN
            '-- see the recommendations of kind memory_spill for work_mem' END,
        '-- where the time went:',
        format('SELECT perfext.report_job(%s);', run_id)) AS action,
    least(1, excess / nullif(database_time, 0)) AS impact_ratio,
    1 - median_elapsed_time / nullif(elapsed_time, 0) AS expected_gain_ratio,
    CASE WHEN cardinality(reasons) > 0 AND runs_before >= 5 THEN 'medium' ELSE 'low' END
        AS confidence,
    started AS first_seen,
    coalesce(ended, clock_timestamp()) AS last_seen
FROM words
CROSS JOIN total;

COMMENT ON VIEW perfext.rule_job_slower IS
    'Rule: jobs whose last run took clearly longer than the ones before';
