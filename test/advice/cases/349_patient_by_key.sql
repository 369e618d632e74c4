-- The primary key serves it, with a condition more.
-- schema: clinic
-- run: 2000
-- none: the primary key serves it
-- obvious: patient USING btree (id, blocked)

-- workload
\set p random(1, 80000)
SELECT * FROM patient WHERE id = :p AND NOT blocked;
