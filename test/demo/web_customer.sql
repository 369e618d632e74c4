\set id random(1, 60000)
SELECT customer_id, name, country, points FROM customers WHERE customer_id = :id /*application='shop',controller='account',action='show',framework='rails%3A7.1'*/;
