-- A list as an array parameter.
-- schema: freight
-- run: 20
-- protocol: prepared
-- accept: parcel USING btree (sender_id)

-- workload
\set a random(1, 49000)
SELECT id, price FROM parcel WHERE sender_id = ANY (ARRAY[:a::int, :a::int + 10, :a::int + 500]);
