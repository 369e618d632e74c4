-- all but a rare value
-- schema: hotel
-- run: 6
-- none: 99.7 % of the rows
-- obvious: stay.booking USING btree (state)

-- workload
SELECT hotel_code, sum(price) FROM stay.booking WHERE state <> 'pending' GROUP BY hotel_code;
