-- jsonb @>, with its index
-- schema: press
-- run: 500
-- none: the index is there
-- obvious: article USING gin (attributes jsonb_path_ops)

-- setup
CREATE INDEX ON article USING gin (attributes jsonb_path_ops);

-- workload
\set v random(1, 999)
SELECT id, title, attributes FROM article WHERE attributes @> '{"vendor": :v}';
