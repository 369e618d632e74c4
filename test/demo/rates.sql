-- The two forms of the load side by side, and the run of the job with the second.
\pset footer off
\pset linestyle unicode
SELECT operation AS "payments came by", perfext.format_count(rows) AS rows,
       perfext.format_count(rows_per_statement) AS "a statement",
       perfext.format_count(rows_per_commit) AS "a commit",
       perfext.format_count(rows_per_second) AS "rows/s",
       perfext.format_count(projected_rows_per_second) AS "expected of the advice"
FROM perfext.etl_loads
WHERE relname = 'payments' AND operation IN ('insert', 'copy')
ORDER BY operation DESC;
\pset tuples_only on
\pset format unaligned
SELECT perfext.report_job(max(run_id)) FROM perfext.etl_jobs WHERE job = 'payments';
