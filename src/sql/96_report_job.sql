/* The summary of one run of a job, as loaders print it at their end */

CREATE FUNCTION perfext.report_job_line(
    step text,
    rows_in text,
    rows_out text,
    elapsed text,
    rate text,
    wal text,
    temp text,
    share text
)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN rtrim(format('%s %s %s %s %s %s %s %s', rpad(step, 36), lpad(rows_in, 11),
        lpad(rows_out, 11), lpad(elapsed, 9), lpad(rate, 11), lpad(wal, 10), lpad(temp, 10),
        lpad(share, 7)));
END
$$;

COMMENT ON FUNCTION perfext.report_job_line(text, text, text, text, text, text, text, text) IS
    'One line of the table of perfext.report_job()';

CREATE FUNCTION perfext.report_job(run_id bigint DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    run record;
    change record;
    result text;
    line text := repeat('-', 112);
    part text;
BEGIN
    IF report_job.run_id IS NULL THEN
        SELECT max(j.run_id) INTO run_id
        FROM perfext.etl_jobs AS j
        WHERE j.userid = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = current_user)
          AND j.dbid = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database());
    END IF;
    SELECT * INTO run FROM perfext.etl_jobs AS j WHERE j.run_id = report_job.run_id;
    IF NOT FOUND AND report_job.run_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('no run of a job of the role "%s" is kept in this database',
                current_user),
            HINT = 'SELECT perfext.job_start(''...'') begins one. '
                'All runs are in perfext.etl_jobs: SELECT perfext.report_job(run_id).';
    ELSIF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('there is no run %s of a job', report_job.run_id),
            HINT = 'Those that are kept are in perfext.etl_jobs.';
    END IF;
    result := concat_ws(E'\n',
        format('Job %s, run %s: %s', perfext.format_line(run.job, 80), run.run_id,
            perfext.format_line(run.status, 40)),
        format('From %s%s (%s)', to_char(run.started, 'YYYY-MM-DD HH24:MI:SS'),
            coalesce(' to ' || to_char(run.ended, 'YYYY-MM-DD HH24:MI:SS'), ', still running'),
            perfext.format_time(run.elapsed_time)),
        '',
        perfext.report_job_line('step', 'rows in', 'rows out', 'time', 'rows/s', 'WAL', 'temp',
            'share'),
        line);
    FOR part IN
        SELECT perfext.report_job_line(perfext.format_line(s.step, 36),
            perfext.format_count(s.rows_in), perfext.format_count(s.rows_out),
            perfext.format_time(s.elapsed_time),
            coalesce(perfext.format_count(s.rows / nullif(s.elapsed_time, 0) * 1000), '-'),
            pg_size_pretty(s.wal_bytes), pg_size_pretty(s.temp_bytes),
            coalesce(perfext.format_ratio(least(1,
                s.elapsed_time / nullif(run.elapsed_time, 0))), '-'))
            || CASE WHEN s.expected_rows > 0 THEN format(E'\n  (%s of %s expected rows)',
                perfext.format_ratio(s.rows / s.expected_rows::float8),
                perfext.format_count(s.expected_rows)) ELSE '' END
        FROM perfext.etl_steps AS s
        WHERE s.run_id = report_job.run_id
        ORDER BY s.step_no
    LOOP
        result := result || E'\n' || part;
    END LOOP;
    result := concat_ws(E'\n', result, line,
        perfext.report_job_line('Total', perfext.format_count(run.rows_in),
            perfext.format_count(run.rows_out), perfext.format_time(run.elapsed_time),
            coalesce(perfext.format_count(run.rows / nullif(run.elapsed_time, 0) * 1000), '-'),
            pg_size_pretty(run.wal_bytes), pg_size_pretty(run.temp_bytes), ''),
        '',
        format('Of the time: statements %s, commits %s, between statements %s. %s statements, '
            '%s failed; memory up to %s.',
            perfext.format_time(run.total_time), perfext.format_time(run.commit_time),
            perfext.format_time(run.client_gap_time), perfext.format_count(run.statements),
            perfext.format_count(run.failures), pg_size_pretty(run.peak_memory_bytes)));

    SELECT * INTO change FROM perfext.etl_job_changes AS c WHERE c.run_id = report_job.run_id;
    IF FOUND THEN
        result := result || E'\n' || format(
            'Before: %s runs, median %s and %s rows%s%s.',
            perfext.format_count(change.runs_before),
            perfext.format_time(change.median_elapsed_time),
            perfext.format_count(change.median_rows),
            CASE WHEN change.is_slower THEN format('; this one took %s times as long',
                round(change.slowdown::numeric, 1)) ELSE '' END,
            CASE WHEN change.is_slower AND cardinality(change.reasons) > 0
                THEN ' (' || array_to_string(change.reasons, ', ') || ')' ELSE '' END);
    END IF;

    FOR part IN
        SELECT concat_ws(E'\n',
            perfext.report_wrap(format('%s. %s: %s', row_number() OVER (), upper(r.severity),
                r.summary), 112, 0),
            perfext.report_wrap('In: ' || r.subject, 112, 3),
            -- that of the job itself says to read this
            CASE WHEN r.kind <> 'job_slower' THEN perfext.report_lines(r.action, 7) END)
        FROM perfext.recommendations AS r
        WHERE r.status = 'open'
          AND ((r.evidence->>'run_id')::bigint = report_job.run_id
               OR EXISTS (
                   SELECT FROM perfext.etl_steps AS s
                   WHERE s.run_id = report_job.run_id
                     AND (position(quote_ident(s.schemaname) || '.' || quote_ident(s.relname)
                              IN r.subject) > 0
                          OR r.evidence->'queryids' @> ANY (
                              SELECT to_jsonb(q) FROM unnest(s.queryids) AS q))))
    LOOP
        IF position(E'\nWHAT TO DO\n' IN result) = 0 THEN
            result := result || E'\n\nWHAT TO DO\n' || line;
        END IF;
        result := result || E'\n' || part;
    END LOOP;
    RETURN result;
END
$$;

COMMENT ON FUNCTION perfext.report_job(bigint) IS
    'Summary of a run of a job as text, NULL: of the caller''s latest one in this database: its steps with rows, time and rate, how it compares with earlier runs, and what is recommended for its loads';
