-- Any one of the common ones.
-- schema: clinic
-- run: 2000
-- none: the first page has one
-- obvious: appointment USING btree (channel)

-- workload
\set c random(1, 3)
SELECT id FROM appointment WHERE channel = :c LIMIT 1;
