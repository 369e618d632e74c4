-- All but the common values.
-- schema: freight
-- run: 15
-- accept: parcel USING btree (*) WHERE (state <> ALL ('{delivered,returned,transit}'::text[]))

-- workload
SELECT id, price, remark FROM parcel WHERE state NOT IN ('delivered', 'returned', 'transit');
