-- Newest first, then the cheapest, of one depot.
-- schema: freight
-- run: 20
-- accept: parcel USING btree (depot_id, promised DESC, price)
-- accept: parcel USING btree (depot_id, promised, price DESC)

-- workload
\set d random(1, 79)
SELECT id, promised, price FROM parcel WHERE depot_id = :d ORDER BY promised DESC, price LIMIT 15;
