-- Tables that inherit: each wants its own.
-- schema: campus
-- run: 20
-- accept: note_old USING btree (owner) + note_new USING btree (owner)

-- setup
CREATE TABLE note (id int, owner int, body text);
CREATE TABLE note_old () INHERITS (note);
CREATE TABLE note_new () INHERITS (note);
INSERT INTO note_old SELECT i, (random() * 20000)::int, md5(i::text) FROM generate_series(1, 120000) i;
INSERT INTO note_new SELECT i, (random() * 20000)::int, md5(i::text) FROM generate_series(120001, 240000) i;
ANALYZE note_old, note_new, note;
-- workload
\set o random(1, 20000)
SELECT * FROM note WHERE owner = :o;
