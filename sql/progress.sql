-- Statements that run for long, as far as one session can see that: itself. Others
-- look at it in test/t/026_progress.pl and the next ones.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
RESET client_min_messages;
SELECT perfext.reset_kind('progress') IS NOT NULL AS reset;

CREATE FUNCTION own_progress(seconds float8) RETURNS SETOF perfext.progress LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(seconds);
    RETURN QUERY SELECT * FROM perfext.progress WHERE pid = pg_backend_pid();
END $$;

-- Nothing is seen of what is over soon.
SELECT count(*) FROM own_progress(0.01);

-- The statement that a client sent, and the one inside that runs for long only while it does.
-- Nothing can be predicted of a function at its first run, but for what it took before later.
SELECT command, phase, current_node, toplevel, nested, earlier_runs,
    datid = (SELECT oid FROM pg_database WHERE datname = current_database()) AS here,
    userid = current_user::regrole AS mine, query LIKE '%own_progress($%' AS text,
    planid IS NOT NULL AS planned, relid IS NULL AS no_table, blocks_total IS NULL AS no_blocks,
    elapsed_time BETWEEN 1000 AND 100000 AS elapsed, started < clock_timestamp() AS started
FROM own_progress(1.6);
\set again 'SELECT command, earlier_runs, remaining_time >= 0 AND remaining_time_low <= remaining_time AND remaining_time_high >= remaining_time AND fraction BETWEEN 0 AND 1 AND estimated_end > started AS predicted FROM own_progress(1.6)'
:again;
:again;

-- How good it was
SELECT command, repeated, at_ratio, predictions > 0 AS predictions, inside_ratio BETWEEN 0 AND 1 AS inside,
    median_error_ratio >= 0 AS error, median_bias_ratio > 0 AS bias
FROM perfext.progress_accuracy WHERE repeated AND at_ratio = 0.75 ORDER BY 1, 2, 3;

-- watch() does not show the session that watches.
SELECT count(*) FROM (SELECT pg_sleep(1.2) OFFSET 0) AS s, LATERAL perfext.watch() AS w
WHERE w.pid = pg_backend_pid();

-- Switched off, and switched on again
SET perfext.progress = off;
SELECT count(*) FROM own_progress(1.6);
SET perfext.progress = on;
SET perfext.track = 'none';
SELECT count(*) FROM own_progress(1.6);
RESET perfext.track;
SELECT count(*) FROM own_progress(1.6);

-- An error ends what is shown, and not what is shown next.
SELECT 1 / (count(*) - 1) FROM own_progress(1.6);
SELECT count(*) FROM perfext.progress WHERE pid = pg_backend_pid();
SELECT count(*) FROM own_progress(1.6);

-- Only superusers switch it.
CREATE ROLE regress_perfext_progress;
SET ROLE regress_perfext_progress;
SET perfext.progress = off;
SELECT count(*) FROM perfext.progress WHERE pid = 0;
SELECT count(*) FROM perfext.progress_accuracy WHERE command = 'nothing';
RESET ROLE;
DROP ROLE regress_perfext_progress;

SELECT perfext.reset_kind('progress') IS NOT NULL AS reset;
SELECT count(*) FROM perfext.progress_accuracy;
DROP FUNCTION own_progress(float8);
