-- A unique constraint serves it.
-- schema: campus
-- run: 300
-- none: the unique constraint serves it
-- obvious: course USING btree (code, id)

-- workload
\set c random(1, 400)
SELECT id FROM course WHERE code = 'C' || :c;
