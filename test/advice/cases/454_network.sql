-- Which network an address belongs to.
-- schema: campus
-- run: 60
-- accept: login USING gist (net inet_ops)
-- accept: login USING spgist (net)

-- setup
CREATE TABLE login (id int PRIMARY KEY, net inet NOT NULL, at timestamp NOT NULL);
INSERT INTO login SELECT i, set_masklen(('10.' || i / 256 % 256 || '.' || i % 256 || '.0')::inet, 24), timestamp '2024-01-01' + i * interval '1 minute' FROM generate_series(1, 60000) i;
VACUUM ANALYZE login;
-- workload
\set a random(0, 230)
\set b random(0, 255)
SELECT id, net, at FROM login WHERE net >>= inet '10.7.1.9' + :b * 256;
