SELECT * FROM (SELECT orders.*, row_number() OVER (PARTITION BY ordered_at::date ORDER BY customer_id) AS place FROM orders) AS ranked WHERE place <= 3;
\sleep 500 ms
