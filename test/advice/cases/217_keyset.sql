-- the next page by a comparison of rows
-- schema: hotel
-- run: 10
-- accept: stay.booking USING btree (arrival, booking_id)
-- accept: stay.booking USING btree (arrival)

-- workload
\set d random(1, 700)
\set i random(1, 400000)
SELECT booking_id, arrival, price FROM stay.booking
WHERE (arrival, booking_id) > ('2024-01-01'::date + :d, :i) ORDER BY arrival, booking_id LIMIT 50;
