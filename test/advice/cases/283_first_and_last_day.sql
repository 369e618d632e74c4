-- Least and greatest of a whole table.
-- schema: clinic
-- run: 20
-- accept: prescription USING btree (issued)

-- workload
SELECT min(issued), max(issued) FROM prescription;
