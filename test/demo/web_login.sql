\set id random(1, 60000)
SELECT customer_id, name FROM customers WHERE lower(email) = lower('customer.' || :id || '@example.com') /*application='shop',controller='sessions',action='create'*/;
