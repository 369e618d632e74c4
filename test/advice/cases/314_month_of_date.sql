-- a month by date_trunc() of a date
-- schema: hotel
-- run: 8
-- none: it depends on the time zone
-- obvious: stay.booking USING btree (arrival)

-- workload
\set m random(1, 9)
SELECT count(*), sum(price) FROM stay.booking WHERE date_trunc('month', arrival) = '2024-0:m-01'::timestamptz;
