-- system catalogs
-- schema: shop
-- run: 300
-- none: nobody can index them

-- workload
SELECT count(*) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE a.attname = 'customer_id' AND c.relpages > 10;
