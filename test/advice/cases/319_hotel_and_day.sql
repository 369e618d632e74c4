-- both columns of an index, and a third that hardly matters
-- schema: hotel
-- run: 3000
-- protocol: prepared
-- none: the index on (hotel_code, arrival)
-- obvious: stay.booking USING btree (hotel_code, arrival) WHERE (NOT cancelled)

-- workload
\set h random(1, 2000)
\set d random(1, 700)
SELECT booking_id, price FROM stay.booking WHERE hotel_code = 'H' || :h AND arrival = '2024-01-01'::date + (:d)::int AND NOT cancelled;
