\set customer random(1, 59990)
SELECT award_points(:customer, :customer + 4);
\sleep 50 ms
\set product random(10501, 10600)
DELETE FROM products WHERE product_id = :product;
\sleep 50 ms
