-- a generated column
-- schema: hotel
-- run: 25
-- accept: stay.guest USING btree (search_name)
-- accept: stay.guest USING hash (search_name)

-- workload
\set n random(1, 150000)
SELECT guest_id, full_name FROM stay.guest WHERE search_name = lower('Guest ' || md5(':n'));
