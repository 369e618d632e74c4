-- Rows come in, none is asked for.
-- schema: clinic
-- run: 40
-- none: nothing is looked for
-- obvious: access_log USING btree (at)

-- setup
CREATE SEQUENCE access_seq;
-- workload
INSERT INTO access_log SELECT 100000 + nextval('access_seq'), i, 'user', now() FROM generate_series(1, 3000) i;
