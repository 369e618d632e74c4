-- a column or else a value
-- schema: wiki
-- run: 10
-- accept: comment USING btree (COALESCE(parent_id, (0)::bigint))
-- accept: comment USING btree (COALESCE(parent_id, '0'::bigint))

-- workload
\set p random(1, 300000)
SELECT id, author FROM comment WHERE coalesce(parent_id, 0) = :p;
