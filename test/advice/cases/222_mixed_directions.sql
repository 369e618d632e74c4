-- two directions of order
-- schema: hotel
-- run: 8
-- accept: stay.booking USING btree (room_no DESC, price)
-- accept: stay.booking USING btree (room_no, price DESC)

-- workload
SELECT booking_id, room_no, price FROM stay.booking ORDER BY room_no DESC, price LIMIT 20;
