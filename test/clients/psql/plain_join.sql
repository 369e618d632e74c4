-- A join that the planner answers by a nested loop: what one wants.
SELECT b.id, a.name FROM book b JOIN author a ON a.id = b.author_id ORDER BY b.id LIMIT :n;
