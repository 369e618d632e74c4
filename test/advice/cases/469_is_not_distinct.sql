-- A comparison that treats null as a value: no index serves it as it is written.
-- schema: freight
-- run: 40
-- none: written so, no index serves it
-- obvious: customer USING btree (parent_id)

-- workload
\set c random(1, 50000)
SELECT id, name FROM customer WHERE parent_id IS NOT DISTINCT FROM :c;
