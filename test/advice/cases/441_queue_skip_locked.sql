-- The next of a queue, for one worker.
-- schema: freight
-- run: 15
-- accept: parcel USING btree (created_at) WHERE (state = 'lost'::text)
-- accept: parcel USING btree (state, created_at)
-- accept: parcel USING btree (*) WHERE (state = 'lost'::text)
-- accept: parcel USING btree (state)

-- setup
UPDATE parcel SET state = 'delivered' WHERE state = 'lost' AND price % 10 > 0;
VACUUM ANALYZE parcel;
-- workload
SELECT id, tracking FROM parcel WHERE state = 'lost' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED;
