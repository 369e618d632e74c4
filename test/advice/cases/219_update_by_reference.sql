-- a row changed by its char(10) reference
-- schema: hotel
-- run: 8
-- accept: stay.booking USING btree (reference)
-- accept: stay.booking USING hash (reference)

-- workload
\set n random(1, 400000)
UPDATE stay.booking SET note = 'changed' WHERE reference = upper(substr(md5(':n'), 1, 10))::char(10);
