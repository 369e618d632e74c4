-- A foreign table.
-- schema: campus
-- run: 20
-- none: the rows are elsewhere
-- obvious: book USING btree (author)

-- setup
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE numbers (n int) SERVER files OPTIONS (program 'seq 1 200000');
-- workload
SELECT count(*) FROM numbers WHERE n = 4711;
