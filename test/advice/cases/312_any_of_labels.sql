-- an element by = ANY
-- schema: wiki
-- run: 20
-- none: no index serves it as it is written
-- obvious: article USING gin (labels)

-- workload
\set n random(0, 2499)
SELECT id, title FROM article WHERE 'label:n' = ANY (labels);
