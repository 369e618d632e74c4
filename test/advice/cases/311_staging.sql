-- a temporary table
-- schema: iot
-- run: 2
-- none: it is gone with the session

-- workload
CREATE TEMP TABLE IF NOT EXISTS staged AS SELECT n AS id, md5(n::text) AS token FROM generate_series(1, 300000) AS n;
SELECT count(*) FROM staged WHERE token = md5('77');
SELECT count(*) FROM staged WHERE token = md5('78');
SELECT count(*) FROM staged WHERE token = md5('79');
