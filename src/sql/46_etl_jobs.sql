/*
 * Jobs: runs of a job and their steps. Columns: enums JobColumn, StepColumn and
 * FigureColumn in src/sqlapi/jobs.c.
 */

CREATE FUNCTION perfext.job_start(name text, tags jsonb DEFAULT NULL)
RETURNS bigint
AS 'MODULE_PATHNAME', 'perfext_job_start_1_0'
LANGUAGE C VOLATILE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.job_start(text, jsonb) IS
    'Begins a run of a job in this session, and ends the one before as superseded; returns its run_id. Tags are a JSON object of at most 511 bytes; a name is cut at 127 bytes';

CREATE FUNCTION perfext.job_step(name text, expected_rows bigint DEFAULT NULL)
RETURNS integer
AS 'MODULE_PATHNAME', 'perfext_job_step_1_0'
LANGUAGE C VOLATILE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.job_step(text, bigint) IS
    'Begins the next step of the session''s run, or goes on with one of the same name; returns its number';

CREATE FUNCTION perfext.job_end(status text DEFAULT 'ok')
RETURNS bigint
AS 'MODULE_PATHNAME', 'perfext_job_end_1_0'
LANGUAGE C VOLATILE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.job_end(text) IS
    'Ends the session''s run with a status of at most 31 bytes (ok, failed, or a word of one''s own); returns its run_id';

CREATE FUNCTION perfext.etl_jobs(
    OUT job text,
    OUT run_id bigint,
    OUT userid oid,
    OUT dbid oid,
    OUT pid integer,
    OUT source text,
    OUT status text,
    OUT started timestamptz,
    OUT ended timestamptz,
    OUT elapsed_time float8,
    OUT steps integer,
    OUT sessions integer,
    OUT trace_id text,
    OUT tags jsonb,
    OUT total_time float8,
    OUT total_plan_time float8,
    OUT rows bigint,
    OUT rows_in bigint,
    OUT rows_out bigint,
    OUT statements bigint,
    OUT nested_statements bigint,
    OUT failures bigint,
    OUT commits bigint,
    OUT commit_time float8,
    OUT client_gap_time float8,
    OUT fk_time float8,
    OUT shared_blks_hit bigint,
    OUT shared_blks_read bigint,
    OUT temp_bytes bigint,
    OUT wal_records bigint,
    OUT wal_bytes numeric,
    OUT peak_memory_bytes bigint
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_etl_jobs_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.etl_jobs() IS
    'What view perfext.etl_jobs shows; names and tags of other users'' jobs only for members of pg_read_all_stats';

CREATE VIEW perfext.etl_jobs AS
SELECT * FROM perfext.etl_jobs();

COMMENT ON VIEW perfext.etl_jobs IS
    'One row per run of a job, those under way and those that are kept as history; times in ms';

COMMENT ON COLUMN perfext.etl_jobs.job IS
    'Name: of job_start(), the job tag or application_name; "<insufficient privilege>" for other users'' without pg_read_all_stats';
COMMENT ON COLUMN perfext.etl_jobs.run_id IS
    'Number of the run';
COMMENT ON COLUMN perfext.etl_jobs.userid IS
    'User who ran it';
COMMENT ON COLUMN perfext.etl_jobs.dbid IS
    'Database it ran in';
COMMENT ON COLUMN perfext.etl_jobs.pid IS
    'Process of the session that began it';
COMMENT ON COLUMN perfext.etl_jobs.source IS
    'How it was recognised: job_start, tag or application_name';
COMMENT ON COLUMN perfext.etl_jobs.status IS
    'running, ok, failed (the last statement failed, and nothing came after it), disconnected (the session ended without job_end()), superseded (it called job_start() again), crashed (the server did), or what job_end() was given';
COMMENT ON COLUMN perfext.etl_jobs.started IS
    'When it began';
COMMENT ON COLUMN perfext.etl_jobs.ended IS
    'When it ended; NULL: it runs';
COMMENT ON COLUMN perfext.etl_jobs.elapsed_time IS
    'Time from its beginning to its end, or until now, ms';
COMMENT ON COLUMN perfext.etl_jobs.steps IS
    'Number of its steps';
COMMENT ON COLUMN perfext.etl_jobs.sessions IS
    'Sessions that took part; one that worked for another run meanwhile may count again';
COMMENT ON COLUMN perfext.etl_jobs.trace_id IS
    'Value of the tag that tells runs apart (run_id, trace_id, request_id ...); NULL: none';
COMMENT ON COLUMN perfext.etl_jobs.tags IS
    'Tags given to job_start(), or those of the first statement; NULL without privilege';
COMMENT ON COLUMN perfext.etl_jobs.total_time IS
    'Planning and execution time of the statements, failed ones included, ms; without commits and the client';
COMMENT ON COLUMN perfext.etl_jobs.total_plan_time IS
    'Part of it that was planning, ms';
COMMENT ON COLUMN perfext.etl_jobs.rows IS
    'rows_in and rows_out together';
COMMENT ON COLUMN perfext.etl_jobs.rows_in IS
    'Rows written into tables, by statements inside of functions, too; also by transactions that were rolled back';
COMMENT ON COLUMN perfext.etl_jobs.rows_out IS
    'Rows returned to the client, or to the function that runs the job';
COMMENT ON COLUMN perfext.etl_jobs.statements IS
    'Statements that completed';
COMMENT ON COLUMN perfext.etl_jobs.nested_statements IS
    'Statements inside of those (in functions, triggers), as far as perfext.track says';
COMMENT ON COLUMN perfext.etl_jobs.failures IS
    'Statements that failed';
COMMENT ON COLUMN perfext.etl_jobs.commits IS
    'Commits that wrote something';
COMMENT ON COLUMN perfext.etl_jobs.commit_time IS
    'Time of those (flush and replication wait included), ms; booked when the session''s next statement begins';
COMMENT ON COLUMN perfext.etl_jobs.client_gap_time IS
    'Time between statements, in which the server waited for the client, ms';
COMMENT ON COLUMN perfext.etl_jobs.fk_time IS
    'Time of foreign-key checks, ms, part of total_time; on server 19 most checks run without SQL and cannot be seen';
COMMENT ON COLUMN perfext.etl_jobs.shared_blks_hit IS
    'Shared blocks found in cache';
COMMENT ON COLUMN perfext.etl_jobs.shared_blks_read IS
    'Shared blocks read';
COMMENT ON COLUMN perfext.etl_jobs.temp_bytes IS
    'Temporary files written, bytes';
COMMENT ON COLUMN perfext.etl_jobs.wal_records IS
    'WAL records written by the statements';
COMMENT ON COLUMN perfext.etl_jobs.wal_bytes IS
    'WAL written by the statements, bytes';
COMMENT ON COLUMN perfext.etl_jobs.peak_memory_bytes IS
    'Largest executor memory of a statement seen, bytes: a lower bound';

CREATE FUNCTION perfext.etl_steps(
    OUT run_id bigint,
    OUT userid oid,
    OUT dbid oid,
    OUT step_no integer,
    OUT step text,
    OUT is_named boolean,
    OUT operation text,
    OUT relid oid,
    OUT schemaname text,
    OUT relname text,
    OUT started timestamptz,
    OUT ended timestamptz,
    OUT elapsed_time float8,
    OUT expected_rows bigint,
    OUT queryids bigint[],
    OUT total_time float8,
    OUT total_plan_time float8,
    OUT rows bigint,
    OUT rows_in bigint,
    OUT rows_out bigint,
    OUT statements bigint,
    OUT nested_statements bigint,
    OUT failures bigint,
    OUT commits bigint,
    OUT commit_time float8,
    OUT client_gap_time float8,
    OUT fk_time float8,
    OUT shared_blks_hit bigint,
    OUT shared_blks_read bigint,
    OUT temp_bytes bigint,
    OUT wal_records bigint,
    OUT wal_bytes numeric,
    OUT peak_memory_bytes bigint
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_etl_steps_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.etl_steps() IS
    'The steps of perfext.etl_steps as they are kept: step is NULL where the view takes it from the statement';

CREATE VIEW perfext.etl_steps AS
SELECT
    s.run_id,
    j.job,
    s.userid,
    s.dbid,
    s.step_no,
    coalesce(
        s.step,
        pg_catalog.replace(s.operation, '_', ' ') || ' ' || pg_catalog.quote_ident(s.schemaname)
            || '.' || pg_catalog.quote_ident(s.relname),
        nullif(pg_catalog.left(pg_catalog.btrim(
            pg_catalog.regexp_replace(q.query, '[[:space:][:cntrl:]]+', ' ', 'g')), 72), ''),
        'statement ' || s.queryids[1]) AS step,
    s.is_named,
    s.operation,
    s.relid,
    s.schemaname,
    s.relname,
    s.started,
    s.ended,
    s.elapsed_time,
    s.expected_rows,
    s.queryids,
    s.total_time,
    s.total_plan_time,
    s.rows,
    s.rows_in,
    s.rows_out,
    s.statements,
    s.nested_statements,
    s.failures,
    s.commits,
    s.commit_time,
    s.client_gap_time,
    s.fk_time,
    s.shared_blks_hit,
    s.shared_blks_read,
    s.temp_bytes,
    s.wal_records,
    s.wal_bytes,
    s.peak_memory_bytes
FROM perfext.etl_steps() AS s
JOIN perfext.etl_jobs() AS j USING (run_id)
LEFT JOIN (
    SELECT DISTINCT ON (userid, dbid, queryid) userid, dbid, queryid, query
    FROM perfext.statements
    ORDER BY userid, dbid, queryid, toplevel DESC
) AS q
    ON s.step IS NULL AND s.operation IS NULL
   AND (q.userid, q.dbid, q.queryid) = (s.userid, s.dbid, s.queryids[1]);

COMMENT ON VIEW perfext.etl_steps IS
    'One row per step of a run: what the job named, otherwise what its statements load or read; times in ms';

COMMENT ON COLUMN perfext.etl_steps.run_id IS
    'Run it belongs to: joins with perfext.etl_jobs';
COMMENT ON COLUMN perfext.etl_steps.job IS
    'Its job';
COMMENT ON COLUMN perfext.etl_steps.userid IS
    'User who ran it';
COMMENT ON COLUMN perfext.etl_steps.dbid IS
    'Database it ran in';
COMMENT ON COLUMN perfext.etl_steps.step_no IS
    'Number of the step in its run, by first appearance';
COMMENT ON COLUMN perfext.etl_steps.step IS
    'Name given to job_step() or in the step tag; otherwise what the statements load, or the beginning of their text';
COMMENT ON COLUMN perfext.etl_steps.is_named IS
    'True: the job named it; false: made from the statement';
COMMENT ON COLUMN perfext.etl_steps.operation IS
    'What loads (copy, insert, update, delete, merge, ctas, refresh, create_index ...), of steps without a name; NULL: none';
COMMENT ON COLUMN perfext.etl_steps.relid IS
    'Table that is loaded; of a partition, its topmost parent';
COMMENT ON COLUMN perfext.etl_steps.schemaname IS
    'Its schema; pg_temp for temporary tables';
COMMENT ON COLUMN perfext.etl_steps.relname IS
    'Its name';
COMMENT ON COLUMN perfext.etl_steps.started IS
    'When it began first';
COMMENT ON COLUMN perfext.etl_steps.ended IS
    'When it last did something; NULL: it is the current one';
COMMENT ON COLUMN perfext.etl_steps.elapsed_time IS
    'Time in which it was the current step, ms; of steps that job_step() did not name, that of their statements, commits and gaps';
COMMENT ON COLUMN perfext.etl_steps.expected_rows IS
    'Rows that job_step() was told to expect; NULL: none';
COMMENT ON COLUMN perfext.etl_steps.queryids IS
    'Statements that took most of its time, the longest first, at most four: join with perfext.statements';
COMMENT ON COLUMN perfext.etl_steps.total_time IS
    'Planning and execution time of the statements, failed ones included, ms; without commits and the client';
COMMENT ON COLUMN perfext.etl_steps.total_plan_time IS
    'Part of it that was planning, ms';
COMMENT ON COLUMN perfext.etl_steps.rows IS
    'rows_in and rows_out together';
COMMENT ON COLUMN perfext.etl_steps.rows_in IS
    'Rows written into tables, by statements inside of functions, too; also by transactions that were rolled back';
COMMENT ON COLUMN perfext.etl_steps.rows_out IS
    'Rows returned to the client, or to the function that runs the job';
COMMENT ON COLUMN perfext.etl_steps.statements IS
    'Statements that completed';
COMMENT ON COLUMN perfext.etl_steps.nested_statements IS
    'Statements inside of those (in functions, triggers), as far as perfext.track says';
COMMENT ON COLUMN perfext.etl_steps.failures IS
    'Statements that failed';
COMMENT ON COLUMN perfext.etl_steps.commits IS
    'Commits that wrote something';
COMMENT ON COLUMN perfext.etl_steps.commit_time IS
    'Time of those (flush and replication wait included), ms; booked when the session''s next statement begins';
COMMENT ON COLUMN perfext.etl_steps.client_gap_time IS
    'Time between statements, in which the server waited for the client, ms';
COMMENT ON COLUMN perfext.etl_steps.fk_time IS
    'Time of foreign-key checks, ms, part of total_time; on server 19 most checks run without SQL and cannot be seen';
COMMENT ON COLUMN perfext.etl_steps.shared_blks_hit IS
    'Shared blocks found in cache';
COMMENT ON COLUMN perfext.etl_steps.shared_blks_read IS
    'Shared blocks read';
COMMENT ON COLUMN perfext.etl_steps.temp_bytes IS
    'Temporary files written, bytes';
COMMENT ON COLUMN perfext.etl_steps.wal_records IS
    'WAL records written by the statements';
COMMENT ON COLUMN perfext.etl_steps.wal_bytes IS
    'WAL written by the statements, bytes';
COMMENT ON COLUMN perfext.etl_steps.peak_memory_bytes IS
    'Largest executor memory of a statement seen, bytes: a lower bound';

GRANT SELECT ON perfext.etl_jobs, perfext.etl_steps TO PUBLIC;

/*
 * A run beside the earlier ones of its job. Of a job that is known by its
 * application_name alone only runs with the same steps are compared: one name may do
 * many things.
 */
CREATE VIEW perfext.etl_job_changes AS
WITH step AS MATERIALIZED (
    SELECT * FROM perfext.etl_steps
),
shape AS (
    SELECT run_id, array_agg(step ORDER BY step) AS steps FROM step GROUP BY run_id
),
run AS MATERIALIZED (
    SELECT
        j.*,
        CASE WHEN j.source = 'application_name' THEN sh.steps END AS shape,
        -- what job_end() was given is the caller's word
        j.status NOT IN ('running', 'disconnected', 'superseded', 'crashed')
            AND j.status !~* '^(fail|error|abort|cancel)' AS is_good
    FROM perfext.etl_jobs AS j
    LEFT JOIN shape AS sh USING (run_id)
    WHERE j.job <> '<insufficient privilege>'
),
history AS (
    SELECT
        r.*,
        array_agg(elapsed_time) FILTER (WHERE is_good) OVER earlier AS elapsed_times,
        array_agg(rows) FILTER (WHERE is_good) OVER earlier AS rows_before,
        array_agg(commit_time) FILTER (WHERE is_good) OVER earlier AS commit_times,
        array_agg(client_gap_time) FILTER (WHERE is_good) OVER earlier AS gap_times,
        array_agg(temp_bytes) FILTER (WHERE is_good) OVER earlier AS temps,
        array_agg(shared_blks_read) FILTER (WHERE is_good) OVER earlier AS reads
    FROM run AS r
    WINDOW earlier AS (PARTITION BY userid, dbid, job, source, shape ORDER BY run_id
                       ROWS BETWEEN 20 PRECEDING AND 1 PRECEDING)
),
compared AS (
    SELECT
        h.*,
        cardinality(elapsed_times)::bigint AS runs_before,
        m.*
    FROM history AS h,
    LATERAL (SELECT
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM unnest(elapsed_times) AS v)
            AS median_elapsed,
        (SELECT max(v) FROM unnest(elapsed_times) AS v) AS longest,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM unnest(rows_before) AS v)
            AS median_rows,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM unnest(commit_times) AS v)
            AS median_commit,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM unnest(gap_times) AS v)
            AS median_gap,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM unnest(temps) AS v)
            AS median_temp,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM unnest(reads) AS v)
            AS median_reads
    ) AS m
    WHERE cardinality(elapsed_times) > 0
),
step_history AS (
    SELECT
        s.run_id, s.step, s.elapsed_time,
        array_agg(s.elapsed_time) FILTER (WHERE r.is_good) OVER earlier AS elapsed_times
    FROM step AS s
    JOIN run AS r USING (run_id)
    WINDOW earlier AS (PARTITION BY r.userid, r.dbid, r.job, r.source, r.shape, s.step
                       ORDER BY s.run_id ROWS BETWEEN 20 PRECEDING AND 1 PRECEDING)
),
step_change AS (
    SELECT h.run_id, h.step, h.elapsed_time, coalesce(m.median, 0) AS median,
           row_number() OVER (PARTITION BY h.run_id
               ORDER BY h.elapsed_time - coalesce(m.median, 0) DESC) AS place
    FROM step_history AS h,
    LATERAL (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) AS median
             FROM unnest(h.elapsed_times) AS v) AS m
),
plan AS MATERIALIZED (
    SELECT userid, dbid, queryid, toplevel, first_seen,
           min(first_seen) OVER (PARTITION BY userid, dbid, queryid, toplevel) AS first_of_all
    FROM perfext.plans(showplan => false)
),
new_plan AS (
    SELECT s.run_id, array_agg(DISTINCT p.queryid) AS queryids
    FROM step AS s
    JOIN run AS r USING (run_id)
    JOIN plan AS p ON p.userid = s.userid AND p.dbid = s.dbid AND p.queryid = ANY (s.queryids)
    WHERE p.first_seen BETWEEN r.started AND coalesce(r.ended, pg_catalog.clock_timestamp())
      AND p.first_of_all < r.started
    GROUP BY s.run_id
)
SELECT
    c.run_id, c.job, c.userid, c.dbid, c.status, c.started, c.ended, c.runs_before,
    c.elapsed_time,
    c.median_elapsed AS median_elapsed_time,
    c.longest AS longest_elapsed_time,
    c.elapsed_time / nullif(c.median_elapsed, 0) AS slowdown,
    c.rows,
    c.median_rows,
    s.step,
    s.elapsed_time AS step_elapsed_time,
    s.median AS median_step_elapsed_time,
    array_remove(ARRAY[
        CASE WHEN n.queryids IS NOT NULL THEN 'new plan' END,
        CASE WHEN c.rows > 1.2 * c.median_rows THEN 'more rows' END,
        CASE WHEN c.commit_time - c.median_commit > 0.3 * excess.time THEN 'commit' END,
        CASE WHEN c.client_gap_time - c.median_gap > 0.3 * excess.time THEN 'client' END,
        CASE WHEN c.temp_bytes > 1.5 * c.median_temp + 1048576 THEN 'temporary files' END,
        CASE WHEN c.shared_blks_read > 1.5 * c.median_reads + 1000 THEN 'blocks read' END
    ], NULL) AS reasons,
    n.queryids AS new_plan_queryids,
    c.runs_before >= 3 AND excess.time >= 250 AND excess.time >= 0.5 * c.median_elapsed
        AND c.elapsed_time >= 1.25 * c.longest AS is_slower
FROM compared AS c
CROSS JOIN LATERAL (SELECT c.elapsed_time - c.median_elapsed AS time) AS excess
LEFT JOIN step_change AS s ON s.run_id = c.run_id AND s.place = 1 AND s.elapsed_time > s.median
LEFT JOIN new_plan AS n ON n.run_id = c.run_id;

COMMENT ON VIEW perfext.etl_job_changes IS
    'One row per run that has earlier ones of the same job beside it: how much slower, more rows, which step, new plans; only jobs whose names one may read; times in ms';

COMMENT ON COLUMN perfext.etl_job_changes.run_id IS
    'The run: joins with perfext.etl_jobs';
COMMENT ON COLUMN perfext.etl_job_changes.job IS
    'Its job';
COMMENT ON COLUMN perfext.etl_job_changes.userid IS
    'User who ran it';
COMMENT ON COLUMN perfext.etl_job_changes.dbid IS
    'Database it ran in';
COMMENT ON COLUMN perfext.etl_job_changes.status IS
    'Its status; a run under way is compared by what it took until now';
COMMENT ON COLUMN perfext.etl_job_changes.started IS
    'When it began';
COMMENT ON COLUMN perfext.etl_job_changes.ended IS
    'When it ended; NULL: it runs';
COMMENT ON COLUMN perfext.etl_job_changes.runs_before IS
    'Earlier runs that it is compared with: the last twenty that ended well';
COMMENT ON COLUMN perfext.etl_job_changes.elapsed_time IS
    'Time that it took, ms';
COMMENT ON COLUMN perfext.etl_job_changes.median_elapsed_time IS
    'Median of the earlier runs, ms';
COMMENT ON COLUMN perfext.etl_job_changes.longest_elapsed_time IS
    'The longest of them, ms';
COMMENT ON COLUMN perfext.etl_job_changes.slowdown IS
    'elapsed_time as a multiple of the median';
COMMENT ON COLUMN perfext.etl_job_changes.rows IS
    'Rows that it wrote and returned';
COMMENT ON COLUMN perfext.etl_job_changes.median_rows IS
    'Median of the earlier runs';
COMMENT ON COLUMN perfext.etl_job_changes.step IS
    'Step that became longer by most; NULL: none did';
COMMENT ON COLUMN perfext.etl_job_changes.step_elapsed_time IS
    'Time of that, ms';
COMMENT ON COLUMN perfext.etl_job_changes.median_step_elapsed_time IS
    'Median of the earlier runs, ms';
COMMENT ON COLUMN perfext.etl_job_changes.reasons IS
    'What is behind it, as far as it is seen: new plan, more rows, commit, client, temporary files, blocks read';
COMMENT ON COLUMN perfext.etl_job_changes.new_plan_queryids IS
    'Statements of the run that were first seen with a plan during it, after others before';
COMMENT ON COLUMN perfext.etl_job_changes.is_slower IS
    'Clearly slower: three runs before at least, half as long again as their median, longer than any by a quarter, and by 0.25 s';

GRANT SELECT ON perfext.etl_job_changes TO PUBLIC;
