-- Two large tables, all of them.
-- schema: freight
-- run: 3
-- none: both tables are read as a whole
-- obvious: parcel USING btree (sender_id)

-- workload
SELECT c.vat_no, sum(p.price) FROM customer c JOIN parcel p ON p.sender_id = c.id GROUP BY 1 ORDER BY 2 DESC LIMIT 10;
