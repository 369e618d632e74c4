-- a NULL that nearly all rows have
-- schema: ledger
-- run: 10
-- none: 99.9 % of the rows
-- obvious: entry USING btree (reversed_by)

-- workload
SELECT company, count(*), max(description) FROM entry WHERE reversed_by IS NULL GROUP BY company;
