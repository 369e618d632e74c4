-- A query in a PL/pgSQL function, with its variable.
-- schema: freight
-- run: 20
-- accept: parcel USING btree (sender_id)
-- accept: parcel USING btree (sender_id) INCLUDE (price)
-- accept: parcel USING btree (sender_id, price)

-- setup
CREATE FUNCTION turnover(customer int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE total bigint;
BEGIN
    SELECT sum(price) INTO total FROM parcel WHERE sender_id = customer;
    RETURN total;
END $$;
-- workload
\set c random(1, 50000)
SELECT turnover(:c);
