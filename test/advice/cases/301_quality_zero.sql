-- a value that nearly all rows have
-- schema: iot
-- run: 5
-- none: 99.8 % of the rows
-- obvious: measurement USING btree (quality)

-- workload
SELECT device_id, count(*) FROM measurement WHERE quality = 0 GROUP BY device_id ORDER BY 2 DESC LIMIT 5;
