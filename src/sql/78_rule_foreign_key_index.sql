/*
 * Deletes and key updates whose foreign-key checks search the referencing table
 * row by row because no index leads with the referencing columns, and what came of those
 * that were created. Where statements want the index as well, rule missing_index speaks.
 */
CREATE VIEW perfext.rule_foreign_key_index AS
SELECT kind, subject_key, severity, subject, summary, evidence, action, impact_ratio,
       expected_gain_ratio, confidence, first_seen, last_seen, verified, status
FROM perfext.index_findings
WHERE kind = 'foreign_key_index';

COMMENT ON VIEW perfext.rule_foreign_key_index IS
    'Rule: foreign-key checks that are slow because the referencing columns have no index';
