-- three statements of one table, served by two columns
-- schema: hotel
-- run: 8
-- accept: stay.booking USING btree (guest_id)
-- accept: stay.booking USING btree (guest_id, arrival)
-- accept: stay.booking USING btree (guest_id, arrival DESC)
-- accept: stay.booking USING btree (guest_id, cancelled)

-- workload
\set g random(1, 150000)
\set d random(1, 700)
SELECT booking_id, price FROM stay.booking WHERE guest_id = :g ORDER BY arrival DESC LIMIT 3;
SELECT count(*) FROM stay.booking WHERE guest_id = :g AND cancelled;
SELECT max(arrival) FROM stay.booking WHERE guest_id = :g AND arrival < '2024-01-01'::date + :d;
