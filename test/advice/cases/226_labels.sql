-- an element of a text array, the newest first
-- schema: wiki
-- run: 20
-- accept: article USING gin (labels)

-- workload
\set n random(0, 2499)
SELECT id, title, published_at FROM article WHERE labels @> ARRAY['label:n'] ORDER BY published_at DESC LIMIT 10;
