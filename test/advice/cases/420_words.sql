-- A search in words.
-- schema: campus
-- run: 20
-- accept: message USING gin (words)

-- workload
\set a random(1, 2999)
SELECT id, subject FROM message WHERE words @@ to_tsquery('simple', 'w' || :a);
