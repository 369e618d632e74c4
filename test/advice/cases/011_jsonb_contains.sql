-- jsonb @>
-- schema: press
-- run: 40
-- accept: article USING gin (attributes)
-- accept: article USING gin (attributes jsonb_path_ops)

-- workload
\set v random(1, 999)
SELECT id, title, attributes FROM article WHERE attributes @> '{"vendor": :v}';
