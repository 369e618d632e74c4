-- Points in a box.
-- schema: campus
-- run: 20
-- accept: place USING gist (pos)
-- accept: place USING spgist (pos)

-- setup
CREATE TABLE place (id int PRIMARY KEY, pos point NOT NULL, name text NOT NULL);
INSERT INTO place SELECT i, point(random() * 1000, random() * 1000), 'place ' || i FROM generate_series(1, 120000) i;
VACUUM ANALYZE place;
-- workload
\set x random(0, 990)
\set y random(0, 990)
SELECT id, name FROM place WHERE pos <@ box(point(:x, :y), point(:x + 8, :y + 8));
