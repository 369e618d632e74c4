-- A query that could be faster is a hundredth of what the server does.
-- schema: freight
-- run: 8
-- none: less than 2 % of the time
-- obvious: depot USING btree (region)

-- workload
SELECT state, count(*), min(tracking), max(remark) FROM parcel GROUP BY state;
SELECT name FROM depot WHERE region = 'region 3';
