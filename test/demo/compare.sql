-- This run's statements beside the same in the run before.
\pset footer off
\pset linestyle unicode
SELECT perfext.format_time(b.mean_exec_time) AS "mean before",
       perfext.format_time(s.mean_exec_time) AS "mean now",
       CASE
           WHEN b.mean_exec_time >= 1.5 * s.mean_exec_time
               THEN perfext.format_count(round((b.mean_exec_time / s.mean_exec_time)::numeric, 1)) || ' x faster'
           WHEN s.mean_exec_time >= 1.5 * b.mean_exec_time
               THEN perfext.format_count(round((s.mean_exec_time / b.mean_exec_time)::numeric, 1)) || ' x slower'
           ELSE 'much the same'
       END AS "change",
       perfext.format_line(s.query, 60) AS "statement"
FROM perfext.statements AS s
JOIN demo_before AS b USING (userid, queryid)
WHERE s.toplevel AND s.mean_exec_time + b.mean_exec_time >= 5
ORDER BY b.calls * b.mean_exec_time DESC;
