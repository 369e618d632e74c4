-- A flag that few have.
-- schema: clinic
-- run: 60
-- accept: patient USING btree (*) WHERE blocked
-- accept: patient USING btree (blocked)

-- workload
SELECT id, last_name, phone FROM patient WHERE blocked;
