-- UPDATE of most rows
-- schema: bank
-- run: 4
-- none: most rows are written
-- obvious: account USING btree (branch_id)

-- workload
BEGIN;
UPDATE account SET balance = balance * 1.01 WHERE branch_id > 10;
ROLLBACK;
