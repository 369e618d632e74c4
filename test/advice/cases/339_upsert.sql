-- INSERT ... ON CONFLICT of a key that is there
-- schema: wiki
-- run: 500
-- none: the primary key

-- workload
\set n random(1, 180)
INSERT INTO setting VALUES ('name:n', 'new', 's1') ON CONFLICT (name) DO UPDATE SET value = excluded.value;
