-- sort and limit, NULLS LAST
-- schema: desk
-- run: 30
-- accept: ticket USING btree (closed_at DESC NULLS LAST)
-- accept: ticket USING btree (closed_at NULLS FIRST)

-- workload
SELECT * FROM ticket ORDER BY closed_at DESC NULLS LAST LIMIT 20;
