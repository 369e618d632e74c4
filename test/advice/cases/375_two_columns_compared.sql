-- A column against another of the same row.
-- schema: freight
-- run: 15
-- none: a comparison of two columns has no index
-- obvious: parcel USING btree (promised)

-- workload
SELECT count(*) FROM parcel WHERE delivered_at > promised + interval '3 days' AND price > weight * 100;
