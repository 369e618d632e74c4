-- A column of type citext.
-- schema: campus
-- run: 60
-- accept: account USING btree (nickname)
-- accept: account USING hash (nickname)

-- setup
CREATE EXTENSION citext;
CREATE TABLE account (id int PRIMARY KEY, nickname citext NOT NULL, about text);
INSERT INTO account SELECT i, 'Nick' || i, repeat(md5(i::text), 4) FROM generate_series(1, 60000) i;
ANALYZE account;
-- workload
\set i random(1, 60000)
SELECT id FROM account WHERE nickname = ('nICK' || :i)::citext;
