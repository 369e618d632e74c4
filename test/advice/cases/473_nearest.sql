-- The nearest points.
-- schema: campus
-- run: 15
-- accept: place USING gist (pos)
-- accept: place USING spgist (pos)

-- setup
CREATE TABLE place (id int PRIMARY KEY, pos point NOT NULL, name text NOT NULL);
INSERT INTO place SELECT i, point(random() * 1000, random() * 1000), 'place ' || i FROM generate_series(1, 120000) i;
VACUUM ANALYZE place;
-- workload
\set x random(0, 1000)
\set y random(0, 1000)
SELECT id, name FROM place ORDER BY pos <-> point(:x, :y) LIMIT 5;
