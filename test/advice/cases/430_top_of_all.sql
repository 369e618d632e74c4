-- The last twenty of all.
-- schema: campus
-- run: 40
-- accept: loan USING btree (taken)
-- accept: loan USING btree (taken DESC)
-- accept: loan USING btree (taken, id)
-- accept: loan USING btree (taken DESC, id DESC)

-- workload
SELECT id, isbn, taken FROM loan ORDER BY taken DESC, id DESC LIMIT 20;
