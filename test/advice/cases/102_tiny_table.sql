-- 40 rows
-- schema: bank
-- run: 4000
-- none: one page is read faster than an index
-- obvious: setting USING btree (name)

-- workload
\set s random(1, 40)
SELECT value FROM setting WHERE name = 'setting:s';
