-- a week of one hotel's rooms, newest first
-- schema: hotel
-- run: 10
-- accept: stay.booking USING btree (room_no, arrival)
-- accept: stay.booking USING btree (room_no, arrival DESC)
-- accept: stay.booking USING btree (arrival)
-- accept: stay.booking USING btree (arrival DESC)
-- accept: stay.booking USING btree (arrival, room_no)
-- accept: stay.booking USING btree (room_no, arrival DESC) INCLUDE (booking_id, hotel_code)
-- accept: stay.booking USING btree (room_no, arrival) INCLUDE (booking_id, hotel_code)

-- workload
\set r random(1, 30)
\set d random(1, 700)
SELECT booking_id, hotel_code, arrival FROM stay.booking
WHERE room_no = :r AND arrival BETWEEN '2024-01-01'::date + :d AND '2024-01-01'::date + :d + 2 ORDER BY arrival DESC LIMIT 20;
