-- A search that takes longer than its users may wait, a sign-up that exists.
\set ON_ERROR_STOP off
SET statement_timeout = '60ms';
SELECT order_id, note FROM orders WHERE note ~* '(neighbor|neighbour), thanks' ORDER BY ordered_at DESC LIMIT 20;
INSERT INTO customers VALUES (60001, 'Customer.7@example.org', 'Customer 7', 'DE', 0, now());
