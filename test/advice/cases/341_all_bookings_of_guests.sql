-- a left join of all guests
-- schema: hotel
-- run: 3
-- none: all rows of both are joined
-- obvious: stay.booking USING btree (guest_id)

-- workload
SELECT g.guest_id, count(b.booking_id), max(b.note) FROM stay.guest AS g LEFT JOIN stay.booking AS b USING (guest_id) GROUP BY g.guest_id ORDER BY 2 DESC LIMIT 10;
