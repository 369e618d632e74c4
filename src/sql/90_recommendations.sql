/*
 * All rules together. Here, and only here, is decided what is worth a person's
 * time: at least 2 % of the recorded database time at stake and 50 ms of it to be
 * saved. A rule that is not about time sets a severity, and has a floor of its own.
 */
CREATE VIEW perfext.recommendations AS
WITH finding AS (
    SELECT * FROM perfext.rule_memory_spill
    UNION ALL SELECT * FROM perfext.rule_misestimate
    UNION ALL SELECT * FROM perfext.rule_missing_index
    UNION ALL SELECT * FROM perfext.rule_unusable_predicate
    UNION ALL SELECT * FROM perfext.rule_foreign_key_index
    UNION ALL SELECT * FROM perfext.rule_planning_time
    UNION ALL SELECT * FROM perfext.rule_jit_cost
    UNION ALL SELECT * FROM perfext.rule_offset_paging
    UNION ALL SELECT * FROM perfext.rule_failures
    UNION ALL SELECT * FROM perfext.rule_wal_volume
    UNION ALL SELECT * FROM perfext.rule_full_page_images
    UNION ALL SELECT * FROM perfext.rule_idle_in_transaction
    UNION ALL SELECT * FROM perfext.rule_parallel_workers
    UNION ALL SELECT * FROM perfext.rule_plan_change
    UNION ALL SELECT * FROM perfext.rule_recording
),
total AS (
    SELECT sum(total_exec_time + coalesce(total_plan_time, 0)) AS database_time
    FROM perfext.statements
    WHERE toplevel
),
worth AS (
    SELECT f.*,
           least(1, greatest(0, f.impact_ratio)) AS impact,
           least(1, greatest(0, f.expected_gain_ratio)) AS gain
    FROM finding AS f
)
SELECT
    w.kind || '-' || left(md5(w.subject_key), 10) AS id,
    w.kind,
    coalesce(w.severity, CASE
        WHEN w.impact * w.gain >= 0.2 THEN 'high'
        WHEN w.impact * w.gain >= 0.05 THEN 'medium'
        ELSE 'low'
    END) AS severity,
    w.subject,
    w.summary,
    w.evidence,
    w.action,
    w.impact::float8 AS impact_ratio,
    w.gain::float8 AS expected_gain_ratio,
    w.confidence,
    false AS verified,
    'open'::text AS status,
    w.first_seen,
    w.last_seen
FROM worth AS w
CROSS JOIN total AS t
WHERE w.severity IS NOT NULL
   OR (w.impact >= 0.02 AND w.impact * w.gain * t.database_time >= 50)
ORDER BY w.impact * w.gain DESC, id;

GRANT SELECT ON perfext.recommendations TO PUBLIC;
