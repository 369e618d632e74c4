-- OR over two columns
-- schema: wiki
-- run: 10
-- accept: comment USING btree (author) + comment USING btree (ip)

-- workload
\set n random(1, 20000)
\set i random(1, 60000)
SELECT id, created_at, body FROM comment WHERE author = 'nick:n' OR ip = '172.16.0.0'::inet + :i;
