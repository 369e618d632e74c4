-- A regular expression with a part that is fixed; trigrams are there.
-- schema: campus
-- run: 20
-- accept: book USING gin (title gin_trgm_ops)
-- accept: book USING gist (title gist_trgm_ops)

-- setup
CREATE EXTENSION pg_trgm;
-- workload
\set i random(1, 29999)
SELECT isbn, author FROM book WHERE title ~ (substr(md5('t' || :i), 5, 6) || '[0-9a-f]+$');
