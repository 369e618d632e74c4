-- row level security: the policy's condition
-- schema: desk
-- run: 40
-- user: advice_app
-- accept: ticket USING btree (tenant_id)

-- setup
ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON ticket USING (tenant_id = current_setting('advice.tenant')::int);

-- workload
\set t random(1, 2000)
SET advice.tenant = :t;
SELECT * FROM ticket;
