-- the nearest to another point each time
-- schema: hotel
-- run: 40
-- none: the order differs from call to call

-- workload
\set l random(1, 89)
SELECT guest_id, born FROM stay.guest ORDER BY abs(born - ('1950-01-01'::date + :l * 200)) LIMIT 5;
