-- a table that is filled and emptied all the time
-- schema: iot
-- run: 25
-- none: it would cost more than it saves
-- obvious: inbox USING btree (token)

-- setup
CREATE TABLE inbox (id int, token text, body text);
INSERT INTO inbox SELECT n, md5(n::text), repeat('x', 40) FROM generate_series(1, 20000) AS n;
VACUUM ANALYZE inbox;

-- workload
\set n random(1, 20000)
DELETE FROM inbox;
INSERT INTO inbox SELECT n, md5(n::text), repeat('x', 40) FROM generate_series(1, 20000) AS n;
SELECT id FROM inbox WHERE token = md5(':n');
