-- a member of a jsonb column, as text
-- schema: press
-- run: 40
-- accept: article USING btree ((attributes ->> 'sku'))

-- workload
\set s random(1, 60000)
SELECT id, title, attributes FROM article WHERE attributes ->> 'sku' = 'S:s';
