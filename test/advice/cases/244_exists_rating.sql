-- bookings of a hotel that have a bad review
-- schema: hotel
-- run: 10
-- accept: stay.review USING btree (booking_id)
-- accept: stay.review USING btree (booking_id, rating)
-- accept: stay.review USING btree (rating, booking_id)
-- accept: stay.review USING btree (booking_id) WHERE (rating = 1)

-- workload
\set h random(1, 2000)
SELECT b.booking_id, b.arrival FROM stay.booking AS b
WHERE b.hotel_code = 'H:h' AND b.arrival >= '2025-06-01'
  AND EXISTS (SELECT FROM stay.review AS r WHERE r.booking_id = b.booking_id AND r.rating = 1);
