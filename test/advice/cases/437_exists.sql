-- Whether there is any; few have one.
-- schema: freight
-- run: 20
-- accept: parcel USING btree (sender_id)
-- accept: parcel USING btree (sender_id) WHERE (state = 'lost'::text)
-- accept: parcel USING btree (sender_id, state)
-- accept: parcel USING btree (state, sender_id)
-- accept: parcel USING btree (*) WHERE (state = 'lost'::text)

-- workload
\set c random(1, 49000)
SELECT c.id, c.name FROM customer c WHERE c.id BETWEEN :c AND :c + 20
  AND EXISTS (SELECT 1 FROM parcel p WHERE p.sender_id = c.id AND p.state = 'lost');
