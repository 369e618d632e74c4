-- a small table, read once
-- schema: shop
-- run: 1
-- none: there is nothing to save
-- obvious: product USING btree (sku)

-- workload
SELECT * FROM product WHERE sku = 'SKU-17';
