\set product random(1, 10500)
BEGIN;
SELECT stock FROM products WHERE product_id = :product FOR UPDATE;
\sleep 60 ms
UPDATE products SET stock = stock - 1 WHERE product_id = :product;
\sleep 30 ms
COMMIT;
