/*
 * Indexes that would save time, what the planner says about them, and what came of those
 * that were created.
 */
CREATE VIEW perfext.rule_missing_index AS
SELECT kind, subject_key, severity, subject, summary, evidence, action, impact_ratio,
       expected_gain_ratio, confidence, first_seen, last_seen, verified, status
FROM perfext.index_findings
WHERE kind = 'missing_index';

COMMENT ON VIEW perfext.rule_missing_index IS
    'Rule: indexes that would save time, and what those gained that were created';
