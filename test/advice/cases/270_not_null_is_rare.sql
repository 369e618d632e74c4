-- Three in a thousand have the date.
-- schema: clinic
-- run: 60
-- accept: patient USING btree (deceased_at)
-- accept: patient USING btree (*) WHERE (deceased_at IS NOT NULL)

-- workload
SELECT id, last_name, deceased_at FROM patient WHERE deceased_at IS NOT NULL;
