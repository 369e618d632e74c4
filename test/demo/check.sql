-- What was built into the shop, and whether perfext found it.
\pset footer off
\pset linestyle unicode
SELECT b.problem AS "Built into the shop",
       coalesce(string_agg(r.kind || ' (' || r.severity || ')', ', '), 'not found in this run')
           AS "found by perfext as"
FROM (VALUES
    (1, 'no index on the customer of an order', 'missing_index', 'orders \(customer_id'),
    (2, 'lower() around the e-mail address at login', 'missing_index', 'lower\(email'),
    (3, 'a sort of all orders that does not fit into work_mem', 'memory_spill', 'orders'),
    (4, 'department, category, supplier, buyer depend on each other', 'misestimate', 'products'),
    (5, 'no index on the product of an order item', 'foreign_key_index', 'product_id'),
    (6, 'pages of the order list by OFFSET', 'offset_paging', 'ORDER BY ordered_at'),
    (7, 'a search that runs into its timeout', 'failures', 'note'),
    (8, 'a checkout that waits in open transactions', 'idle_in_transaction', 'shop_checkout'),
    (9, 'an order list that asks for the customer of each row', 'n_plus_one', 'customers'),
    (10, 'a function that asks for the orders of each customer', 'n_plus_one', 'order_items'),
    (11, 'payments that are loaded with a row in each INSERT and each commit', 'load_batch', 'payments')
) AS b(place, problem, kind, pattern)
LEFT JOIN perfext.recommendations AS r ON r.kind = b.kind AND r.subject ~* b.pattern
GROUP BY b.place, b.problem
ORDER BY b.place;
