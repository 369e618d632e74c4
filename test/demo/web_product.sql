\set id random(1, 10500)
SELECT product_id, name, category, price_cents, stock FROM products WHERE product_id = :id /*application='shop',controller='products',action='show'*/;
