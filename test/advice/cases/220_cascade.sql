-- rows that reference a deleted one
-- schema: hotel
-- run: 15
-- accept: stay.review USING btree (booking_id)

-- workload
\set n random(1, 400000)
BEGIN;
DELETE FROM stay.booking WHERE booking_id = :n;
ROLLBACK;
