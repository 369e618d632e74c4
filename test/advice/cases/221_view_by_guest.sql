-- a view of the few open ones, by guest
-- schema: hotel
-- run: 10
-- accept: stay.booking USING btree (guest_id)
-- accept: stay.booking USING btree (guest_id, arrival)
-- accept: stay.booking USING btree (guest_id) WHERE (((state)::text <> 'paid'::text) AND (NOT cancelled))
-- accept: stay.booking USING btree (guest_id) WHERE ((state)::text <> 'paid'::text)
-- accept: stay.booking USING btree (guest_id) WHERE (NOT cancelled)

-- workload
\set g random(1, 150000)
SELECT reference, arrival, price FROM stay.open_booking WHERE guest_id = :g ORDER BY arrival;
