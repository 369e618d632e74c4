-- The flag is not set with few.
-- schema: campus
-- run: 60
-- accept: account USING btree (*) WHERE (NOT active)
-- accept: account USING btree (active)

-- setup
CREATE TABLE account (id int PRIMARY KEY, active boolean NOT NULL, name text NOT NULL, about text NOT NULL);
INSERT INTO account SELECT i, i % 500 > 0, 'name ' || i, repeat(md5(i::text), 5) FROM generate_series(1, 60000) i;
VACUUM ANALYZE account;
-- workload
SELECT id, name FROM account WHERE NOT active;
