\set id random(1, 5000)
SELECT product_id, name, category, price_cents, stock FROM products WHERE product_id = :id /*application='shop',controller='products',action='show'*/;
