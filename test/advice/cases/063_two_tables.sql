-- two statements, two tables
-- schema: desk
-- run: 20
-- accept: ticket USING btree (tenant_id) + job USING btree (reference)

-- workload
\set t random(1, 2000)
SELECT * FROM ticket WHERE tenant_id = :t;
SELECT * FROM job WHERE reference = 'ref-' || md5('' || :t);
