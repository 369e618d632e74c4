/* Statements that run for long. Columns: the enums in src/sqlapi/progress.c */

CREATE FUNCTION perfext.progress(
    OUT pid integer,
    OUT datid oid,
    OUT userid oid,
    OUT queryid bigint,
    OUT toplevel boolean,
    OUT planid bigint,
    OUT query text,
    OUT nested boolean,
    OUT command text,
    OUT relid oid,
    OUT phase text,
    OUT current_node text,
    OUT rows_done bigint,
    OUT blocks_done bigint,
    OUT blocks_total bigint,
    OUT fraction float8,
    OUT started timestamptz,
    OUT elapsed_time float8,
    OUT remaining_time float8,
    OUT remaining_time_low float8,
    OUT remaining_time_high float8,
    OUT estimated_end timestamptz,
    OUT earlier_runs integer
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_progress_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.progress() IS
    'What view perfext.progress shows; text of other users'' statements only for members of pg_read_all_stats';

CREATE VIEW perfext.progress AS
SELECT * FROM perfext.progress();

COMMENT ON VIEW perfext.progress IS
    'Statements that have been running for more than half a second, how far each is, and when it should end';

COMMENT ON COLUMN perfext.progress.pid IS
    'Process that runs the statement';
COMMENT ON COLUMN perfext.progress.datid IS
    'Database it runs in';
COMMENT ON COLUMN perfext.progress.userid IS
    'User who runs it';
COMMENT ON COLUMN perfext.progress.queryid IS
    'Identifier of the statement, as in perfext.statements';
COMMENT ON COLUMN perfext.progress.toplevel IS
    'True: sent by a client; false: run inside a function or another statement';
COMMENT ON COLUMN perfext.progress.planid IS
    'Plan that it runs with, as in perfext.plans; NULL for utility statements';
COMMENT ON COLUMN perfext.progress.query IS
    'Text with constants replaced by $n and without comments; "<insufficient privilege>" for other users'' statements without pg_read_all_stats; NULL when it was evicted meanwhile';
COMMENT ON COLUMN perfext.progress.nested IS
    'True: the innermost statement that runs for long, inside of the client''s statement of the same pid, which has a row of its own';
COMMENT ON COLUMN perfext.progress.command IS
    'What it is: SELECT, INSERT, UPDATE, DELETE, MERGE, CREATE TABLE AS, COPY, CREATE INDEX ...';
COMMENT ON COLUMN perfext.progress.relid IS
    'Table that it changes or loads, or else the one that the current node reads; NULL: none';
COMMENT ON COLUMN perfext.progress.phase IS
    'What is going on: running, building hash table, reading rows to sort, sorting, aggregating, evaluating subquery, after triggers, or what the server reports of a utility statement';
COMMENT ON COLUMN perfext.progress.current_node IS
    'Type of the plan node (scan, sort, aggregate) that was called last, as EXPLAIN says it; NULL for utility statements and triggers';
COMMENT ON COLUMN perfext.progress.rows_done IS
    'Rows returned, changed or loaded so far; before the first one, rows that the current node gave; NULL: not known';
COMMENT ON COLUMN perfext.progress.blocks_done IS
    'Blocks read of the tables that feed the current phase; NULL: not known';
COMMENT ON COLUMN perfext.progress.blocks_total IS
    'Blocks that these tables have; NULL: not known';
COMMENT ON COLUMN perfext.progress.fraction IS
    'Share of its time that is over, by the estimate; NULL: nothing can be said yet';
COMMENT ON COLUMN perfext.progress.started IS
    'When its execution began';
COMMENT ON COLUMN perfext.progress.elapsed_time IS
    'Time it has been executed for, ms';
COMMENT ON COLUMN perfext.progress.remaining_time IS
    'Estimated time that it will still take, ms; NULL: nothing can be said yet';
COMMENT ON COLUMN perfext.progress.remaining_time_low IS
    'Lower end of the interval that the truth should be in, ms, made of past errors of such estimates (perfext.progress_accuracy)';
COMMENT ON COLUMN perfext.progress.remaining_time_high IS
    'Upper end of that interval, ms';
COMMENT ON COLUMN perfext.progress.estimated_end IS
    'When it should end';
COMMENT ON COLUMN perfext.progress.earlier_runs IS
    'Runs of the same statement with the same plan that the estimate goes by; 0: planner''s costs and the rate so far';

GRANT SELECT ON perfext.progress TO PUBLIC;

CREATE FUNCTION perfext.progress_accuracy(
    OUT command text,
    OUT repeated boolean,
    OUT at_ratio float8,
    OUT predictions bigint,
    OUT inside_ratio float8,
    OUT median_error_ratio float8,
    OUT median_bias_ratio float8
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_progress_accuracy_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.progress_accuracy() IS
    'What view perfext.progress_accuracy shows';

CREATE VIEW perfext.progress_accuracy AS
SELECT * FROM perfext.progress_accuracy();

COMMENT ON VIEW perfext.progress_accuracy IS
    'How good the predictions of perfext.progress were, of statements that have ended, by kind and by when they were made';

COMMENT ON COLUMN perfext.progress_accuracy.command IS
    'Kind of statement';
COMMENT ON COLUMN perfext.progress_accuracy.repeated IS
    'Was the same statement with the same plan seen to its end before?';
COMMENT ON COLUMN perfext.progress_accuracy.at_ratio IS
    'Share of the statement''s time after which the prediction was made: 0.25, 0.5 or 0.75';
COMMENT ON COLUMN perfext.progress_accuracy.predictions IS
    'Predictions that are compared with the truth';
COMMENT ON COLUMN perfext.progress_accuracy.inside_ratio IS
    'Share of them whose interval (remaining_time_low to remaining_time_high) had the truth in it';
COMMENT ON COLUMN perfext.progress_accuracy.median_error_ratio IS
    'Median of the error, relative to the time that it really took still';
COMMENT ON COLUMN perfext.progress_accuracy.median_bias_ratio IS
    'Median of the time that it really took still over the predicted one: above 1, predictions are too short';

GRANT SELECT ON perfext.progress_accuracy TO PUBLIC;

CREATE FUNCTION perfext.watch(
    width integer DEFAULT 30,
    OUT pid integer,
    OUT bar text,
    OUT remaining text,
    OUT phase text,
    OUT query text
)
RETURNS SETOF record
LANGUAGE plpgsql VOLATILE STRICT PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN QUERY SELECT
        p.pid,
        '[' || rpad(repeat('#', round(coalesce(p.fraction, 0) * w.width)::int), w.width, '.')
            || '] ' || coalesce(lpad(round((p.fraction * 100)::numeric)::text, 3) || ' %', '  ?'),
        CASE
            WHEN p.remaining_time IS NULL THEN
                'running for ' || perfext.format_time(p.elapsed_time)
            ELSE perfext.format_time(p.remaining_time) || ' ('
                || perfext.format_time(p.remaining_time_low) || ' to '
                || perfext.format_time(p.remaining_time_high) || ')'
        END,
        concat_ws(', ', p.phase, p.current_node, p.relid::regclass::text,
            p.rows_done::text || ' rows'),
        CASE WHEN p.nested THEN '  -> ' ELSE '' END
            || left(regexp_replace(p.query, '\s+', ' ', 'g'), 60)
    FROM (SELECT least(greatest($1, 5), 200)) AS w(width),
        (SELECT a.pid, a.fraction, a.remaining_time, a.remaining_time_low,
             a.remaining_time_high, a.elapsed_time, a.phase, a.current_node, a.rows_done,
             a.query, a.nested, a.started,
             CASE WHEN a.datid = d.oid THEN a.relid END AS relid
         FROM perfext.progress() AS a
         LEFT JOIN pg_database AS d ON d.datname = current_database()) AS p
    WHERE p.pid <> pg_backend_pid()
    ORDER BY p.started, p.pid, p.nested;
END
$$;

COMMENT ON FUNCTION perfext.watch(integer) IS
    'perfext.progress as bars of so many characters, for psql: SELECT * FROM perfext.watch() \watch 1';
