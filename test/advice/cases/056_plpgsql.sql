-- a loop in PL/pgSQL
-- schema: shop
-- run: 2
-- accept: orders USING btree (customer_id)

-- setup
CREATE FUNCTION last_orders(start int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    found_order orders;
    n int := 0;
BEGIN
    FOR i IN start .. start + 29 LOOP
        FOR found_order IN SELECT * FROM orders WHERE customer_id = i LOOP
            n := n + found_order.id % 10;
        END LOOP;
    END LOOP;
    RETURN n;
END
$$;

-- workload
\set c random(1, 70000)
SELECT last_orders(:c);
