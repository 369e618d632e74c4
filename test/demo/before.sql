-- Keep the figures of the run before, for compare.sql.
SET client_min_messages = warning;
DROP TABLE IF EXISTS demo_before;
CREATE TABLE demo_before AS
SELECT userid, queryid, calls, mean_exec_time
FROM perfext.statements
WHERE toplevel AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database());
