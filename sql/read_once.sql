-- What is recorded can be read once and kept: as of one moment, for the role that read it, and
-- no longer than the setting and the transaction last.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS perfext;
RESET client_min_messages;
CREATE ROLE regress_perfext_once;
CREATE VIEW marks AS SELECT coalesce(sum(calls), 0) AS marks FROM perfext.statements WHERE query ~ '^SELECT \$1 AS mark';
GRANT SELECT ON marks TO regress_perfext_once;
SELECT perfext.reset() IS NOT NULL AS reset;

-- Kept, in a transaction; read anew when the setting goes back.
BEGIN;
SET LOCAL perfext.read_once = on;
TABLE marks;
SELECT 1 AS mark;
TABLE marks;
SELECT count(*) FROM perfext.plan_nodes n JOIN perfext.plans p USING (planid) JOIN perfext.statements s ON s.queryid = p.queryid WHERE s.query ~ 'AS mark';
SET LOCAL perfext.read_once = off;
TABLE marks;
SET LOCAL perfext.read_once = on;
SELECT 1 AS mark;
TABLE marks;
-- Nothing is kept beyond a reset,
SELECT perfext.reset() IS NOT NULL AS reset;
TABLE marks;
SELECT 1 AS mark;
COMMIT;
TABLE marks;

-- nor after an error or a transaction.
SET perfext.read_once = on;
BEGIN;
TABLE marks;
SELECT 1 AS mark;
SAVEPOINT s;
TABLE marks;
SELECT 1 / (count(*) - count(*)) FROM perfext.plans;
ROLLBACK TO s;
TABLE marks;
COMMIT;
TABLE marks;
RESET perfext.read_once;

-- A function with the setting sees one moment, and leaves nothing behind.
CREATE FUNCTION once(OUT before bigint, OUT after bigint) LANGUAGE plpgsql SET perfext.read_once = on AS $$
BEGIN
    before := (SELECT marks FROM marks);
    EXECUTE 'SELECT 1 AS mark';
    after := (SELECT marks FROM marks);
END $$;
SELECT after - before AS seen FROM once();
BEGIN;
SELECT after - before AS seen FROM once();
SELECT 1 AS mark;
TABLE marks;
COMMIT;

-- Another role gets nothing of what was kept.
BEGIN;
SET LOCAL perfext.read_once = on;
SELECT count(*) > 0 AS texts FROM perfext.statements WHERE query ~ 'AS mark';
SELECT count(*) > 0 AS plans FROM perfext.plans WHERE plan IS NOT NULL;
SET LOCAL ROLE regress_perfext_once;
SELECT count(*) AS texts FROM perfext.statements WHERE query ~ 'AS mark';
SELECT count(*) AS plans FROM perfext.plans WHERE plan IS NOT NULL AND userid <> 'regress_perfext_once'::regrole;
RESET ROLE;
SELECT count(*) > 0 AS texts FROM perfext.statements WHERE query ~ 'AS mark';
-- Plans with and without their JSON are not taken for each other.
SELECT count(*) FILTER (WHERE plan IS NOT NULL) AS shown FROM perfext.plans(showplan => false);
SELECT count(*) FILTER (WHERE plan IS NOT NULL) > 0 AS shown FROM perfext.plans(showplan => true);
SELECT count(*) FILTER (WHERE plan IS NOT NULL) AS shown FROM perfext.plans(showplan => false);
COMMIT;

-- What is larger than maintenance_work_mem is not kept, and read each time.
DO $$
BEGIN
    FOR i IN 1 .. 300 LOOP
        EXECUTE 'SELECT 1 AS many' || repeat(', 1 AS a_name_of_some_length_that_makes_it_long', i);
    END LOOP;
END $$;
BEGIN;
SET LOCAL perfext.read_once = on;
SET LOCAL maintenance_work_mem = '1MB';
SELECT marks AS before FROM marks
\gset
SELECT 1 AS mark;
SELECT marks - :before AS seen FROM marks;
SET LOCAL maintenance_work_mem = '64MB';
SELECT marks - :before AS seen FROM marks;
SELECT 1 AS mark;
SELECT marks - :before AS seen FROM marks;
COMMIT;

DROP FUNCTION once();
DROP VIEW marks;
DROP ROLE regress_perfext_once;
SELECT perfext.reset() IS NOT NULL AS reset;
