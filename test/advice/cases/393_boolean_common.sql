-- The flag that nearly all lack.
-- schema: clinic
-- run: 20
-- none: nearly all rows are wanted
-- obvious: patient USING btree (blocked)

-- workload
SELECT avg(balance) FROM patient WHERE NOT blocked;
