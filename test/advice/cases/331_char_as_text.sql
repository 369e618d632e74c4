-- a char(n) column compared as text
-- schema: hotel
-- run: 8
-- none: the value has to be cast, not the column
-- obvious: stay.booking USING btree (reference)

-- workload
\set n random(1, 400000)
SELECT booking_id, price FROM stay.booking WHERE reference = upper(substr(md5(':n'), 1, 10));
