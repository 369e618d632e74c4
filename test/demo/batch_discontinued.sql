\set id random(5001, 5100)
DELETE FROM products WHERE product_id = :id;
