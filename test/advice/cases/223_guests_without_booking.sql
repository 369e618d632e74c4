-- an anti-join of a page of guests
-- schema: hotel
-- run: 10
-- accept: stay.booking USING btree (guest_id)

-- workload
\set g random(1, 149000)
SELECT g.guest_id, g.email FROM stay.guest AS g
WHERE g.guest_id BETWEEN :g AND :g + 30 AND NOT EXISTS (SELECT FROM stay.booking AS b WHERE b.guest_id = g.guest_id);
