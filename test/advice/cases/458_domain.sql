-- A column of a domain.
-- schema: campus
-- run: 60
-- accept: member USING btree (email)
-- accept: member USING hash (email)

-- setup
CREATE DOMAIN address AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE member (id int PRIMARY KEY, email address NOT NULL, about text NOT NULL);
INSERT INTO member SELECT i, 'm' || i || '@x.example', repeat(md5(i::text), 3) FROM generate_series(1, 70000) i;
VACUUM ANALYZE member;
-- workload
\set i random(1, 70000)
SELECT id, about FROM member WHERE email = 'm' || :i || '@x.example';
