-- a running total over all rows
-- schema: ledger
-- run: 3
-- none: all rows are read
-- obvious: bank_line USING btree (booked_on)

-- workload
SELECT max(s) FROM (SELECT sum(amount) OVER (PARTITION BY line_id ORDER BY booked_on) AS s FROM bank_line) AS x;
