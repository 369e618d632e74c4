-- array @>
-- schema: press
-- run: 40
-- accept: article USING gin (tags)

-- workload
\set t random(1, 2999)
SELECT id, title, tags FROM article WHERE tags @> ARRAY['tag:t'];
