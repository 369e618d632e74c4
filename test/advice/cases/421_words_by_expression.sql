-- A search in words that are made of the text each time.
-- schema: campus
-- run: 3
-- accept: message USING gin (to_tsvector('simple'::regconfig, body))

-- workload
\set a random(1, 2999)
SELECT id, subject FROM message WHERE to_tsvector('simple', body) @@ plainto_tsquery('simple', 'w' || :a);
