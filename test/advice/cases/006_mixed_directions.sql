-- sort in mixed directions
-- schema: desk
-- run: 30
-- accept: ticket USING btree (priority DESC, opened_at)
-- accept: ticket USING btree (priority, opened_at DESC)

-- workload
SELECT * FROM ticket ORDER BY priority DESC, opened_at LIMIT 20;
