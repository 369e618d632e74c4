-- a word within a text that nearly all rows have
-- schema: ledger
-- run: 6
-- none: all rows

-- setup
CREATE EXTENSION pg_trgm;

-- workload
SELECT count(*), max(purpose) FROM bank_line WHERE purpose LIKE '%invoice%';
