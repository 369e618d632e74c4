-- one slow question of many quick ones
-- schema: wiki
-- run: 3
-- accept: hit USING btree (session_hash)
-- accept: hit USING btree (session_hash, seen_at)
-- accept: hit USING hash (session_hash)

-- workload
\set n random(1, 200000)
\set i random(1, 120000)
SELECT path, seen_at FROM hit WHERE session_hash = decode(md5(':n'), 'hex') ORDER BY seen_at;
SELECT title FROM article WHERE id = :i;
SELECT title FROM article WHERE id = :i + 1;
SELECT version, size FROM revision WHERE article_id = :i AND version = 2;
