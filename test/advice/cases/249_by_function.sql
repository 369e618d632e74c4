-- a statement in a PL/pgSQL function
-- schema: wiki
-- run: 10
-- accept: hit USING btree (session_hash)
-- accept: hit USING hash (session_hash)

-- setup
CREATE FUNCTION session_hits(h bytea) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM hit WHERE session_hash = h);
END
$$;

-- workload
\set n random(1, 200000)
SELECT session_hits(decode(md5(':n'), 'hex'));
