-- Not the value that nearly all have.
-- schema: clinic
-- run: 40
-- accept: job USING btree (*) WHERE (state <> 'done'::text)

-- setup
CREATE TABLE job (id int PRIMARY KEY, state text NOT NULL, payload text NOT NULL);
INSERT INTO job SELECT i, CASE WHEN i % 400 = 0 THEN 'failed' WHEN i % 401 = 0 THEN 'open' ELSE 'done' END, repeat(md5(i::text), 4)
FROM generate_series(1, 90000) i;
VACUUM ANALYZE job;
-- workload
SELECT id, state, payload FROM job WHERE state <> 'done';
