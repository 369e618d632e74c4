/* Patterns of repeated statements. Columns: enum FindingColumn in src/sqlapi/n_plus_one.c */

CREATE FUNCTION perfext.n_plus_one_findings(
    OUT id bigint,
    OUT userid oid,
    OUT dbid oid,
    OUT kind text,
    OUT operation text,
    OUT child_queryids bigint[],
    OUT child_toplevel boolean,
    OUT child_is_unique boolean,
    OUT child_is_aggregate boolean,
    OUT parent_queryid bigint,
    OUT parent_toplevel boolean,
    OUT links text[],
    OUT parent_schema text,
    OUT parent_table text,
    OUT parent_column text,
    OUT child_schema text,
    OUT child_table text,
    OUT child_column text,
    OUT child_parameter integer,
    OUT episodes bigint,
    OUT executions bigint,
    OUT max_per_episode bigint,
    OUT distinct_executions bigint,
    OUT parent_rows bigint,
    OUT row_sizes integer,
    OUT slope float8,
    OUT in_transaction_block bigint,
    OUT db_time float8,
    OUT gap_time float8,
    OUT sure_time float8,
    OUT saved_time float8,
    OUT most_time float8,
    OUT application_name text,
    OUT tags jsonb,
    OUT context text,
    OUT confidence text,
    OUT first_seen timestamptz,
    OUT last_seen timestamptz
)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'perfext_n_plus_one_findings_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.n_plus_one_findings() IS
    'What view perfext.n_plus_one is made of: one row per pattern that the detector found; names '
        'of columns, tags and places in functions of other users'' statements only for members of '
            'pg_read_all_stats';

/*
 * What is known and meant so: tags by which statements are passed over, or need more
 * executions to be shown. Rows survive pg_dump.
 */
CREATE TABLE perfext.n_plus_one_ignore (
    tag text NOT NULL,
    value text NOT NULL DEFAULT '%',
    threshold bigint CHECK (threshold > 0),
    reason text,
    PRIMARY KEY (tag, value)
);
SELECT pg_catalog.pg_extension_config_dump('perfext.n_plus_one_ignore', '');

COMMENT ON TABLE perfext.n_plus_one_ignore IS
    'Patterns that perfext.n_plus_one does not show, by a tag of their statements';
COMMENT ON COLUMN perfext.n_plus_one_ignore.tag IS
    'Name of a tag (controller, route, job, ...), or application_name';
COMMENT ON COLUMN perfext.n_plus_one_ignore.value IS
    'Its value, as a LIKE pattern';
COMMENT ON COLUMN perfext.n_plus_one_ignore.threshold IS
    'Shown from this many executions per episode on; NULL: never';
COMMENT ON COLUMN perfext.n_plus_one_ignore.reason IS
    'Why, for people';
GRANT SELECT ON perfext.n_plus_one_ignore TO PUBLIC;

CREATE VIEW perfext.n_plus_one AS
WITH statement AS MATERIALIZED (
    SELECT s.userid, s.dbid, s.queryid, s.toplevel, s.query, s.tags FROM perfext.statements AS s
),
named AS MATERIALIZED (
    SELECT DISTINCT ON (userid, dbid, queryid) userid, dbid, queryid, query
    FROM statement
    ORDER BY userid, dbid, queryid, query IS NULL
),
here AS MATERIALIZED (
    SELECT d.oid AS dbid FROM pg_catalog.pg_database AS d
    WHERE d.datname = pg_catalog.current_database()
),
pattern AS (
    SELECT
        f.id,
        f.userid,
        f.dbid,
        f.kind,
        f.operation,
        f.child_queryids,
        child.query AS child_query,
        f.parent_queryid,
        parent.query AS parent_query,
        array_to_string(f.links, ', ') AS link,
        f.context,
        f.episodes,
        f.executions,
        f.max_per_episode,
        f.distinct_executions::float8 / nullif(f.executions, 0) AS distinct_ratio,
        f.parent_rows,
        f.slope AS executions_per_parent_row,
        f.db_time,
        f.gap_time,
        f.saved_time,
        f.sure_time AS saved_time_low,
        f.most_time AS saved_time_high,
        f.application_name,
        f.tags,
        f.confidence,
        perfext.n_plus_one_rewrite(to_jsonb(f), child.query, parent.query,
            (SELECT array_agg(s.query ORDER BY other.place)
             FROM unnest(f.child_queryids[2:]) WITH ORDINALITY AS other(queryid, place)
             JOIN statement AS s
                ON s.userid = f.userid AND s.dbid = f.dbid AND s.queryid = other.queryid
               AND s.toplevel = f.child_toplevel),
            f.dbid = (SELECT h.dbid FROM here AS h)) AS rewrite,
        f.first_seen,
        f.last_seen
    FROM perfext.n_plus_one_findings() AS f
    LEFT JOIN statement AS child
        ON child.userid = f.userid AND child.dbid = f.dbid AND child.queryid = f.child_queryids[1]
       AND child.toplevel = f.child_toplevel
    -- a cursor's query is nested in some servers: its text is the same
    LEFT JOIN named AS parent
        ON parent.userid = f.userid AND parent.dbid = f.dbid AND parent.queryid = f.parent_queryid
    UNION ALL
    SELECT
        pg_catalog.hashtextextended(concat_ws('/', l.userid, l.dbid, l.queryid, l.toplevel,
            l.planid,
            l.node_id), 0),
        l.userid,
        l.dbid,
        'in_plan',
        'select',
        ARRAY[l.queryid],
        s.query,
        l.queryid,
        s.query,
        l.parent_table || '.' || l.parent_column || ' = ' || l.child_table || '.' || l.child_column,
        format('node %s', l.node_id),
        l.samples,
        l.loops,
        ceil(l.loops::float8 / l.samples)::bigint,
        NULL,
        NULL,
        NULL,
        l.total_time,
        0,
        l.saved_time,
        NULL,
        l.total_time - l.total_time / (l.loops::float8 / l.samples),
        NULL,
        s.tags,
        CASE WHEN l.form = 'subplan' AND l.child_column IS NOT NULL THEN 'high' ELSE 'medium' END,
        perfext.rewrite_plan_loop(l.form, s.query, l.child_column, l.outer_alias, l.parent_column,
            l.alias),
        p.first_seen,
        p.last_seen
    FROM perfext.plan_loops AS l
    JOIN perfext.plans(showplan => false) AS p USING (userid, dbid, queryid, toplevel, planid)
    JOIN statement AS s USING (userid, dbid, queryid, toplevel)
    -- perfext itself reads its own functions row by row
    WHERE coalesce(s.query, '') !~*
        '\m(perfext|information_schema)"?\s*\.|\m(from|join)\M[\s(]*(only\M\s*)?"?pg_[a-z_]+'
      -- a function that no column is given is run once, however often its rows are read
      AND (l.form <> 'function'
           OR coalesce(s.query, '') ~* ('(\mfrom|\mjoin|\mlateral|\mfrom\M[^;]*,)\s*'
               '[[:alnum:]_."]+\s*\((?:[^()]|\([^()]*\))*'
               '[[:alpha:]_"][[:alnum:]_"]*[.][[:alpha:]_"]'))
)
SELECT
    p.id,
    p.userid,
    p.dbid,
    p.kind,
    p.operation,
    p.child_queryids,
    p.child_query,
    p.parent_queryid,
    p.parent_query,
    p.link,
    p.context,
    p.episodes,
    p.executions,
    p.executions::float8 / nullif(p.episodes, 0) AS mean_per_episode,
    p.max_per_episode,
    p.distinct_ratio,
    p.parent_rows,
    p.executions_per_parent_row,
    p.db_time,
    p.gap_time,
    p.saved_time,
    p.saved_time_low,
    p.saved_time_high,
    p.application_name,
    p.tags,
    p.confidence,
    p.rewrite,
    p.first_seen,
    p.last_seen
FROM pattern AS p
WHERE NOT EXISTS (
    SELECT
    FROM perfext.n_plus_one_ignore AS i
    WHERE CASE WHEN i.tag = 'application_name' THEN p.application_name ELSE p.tags->>i.tag END
              LIKE i.value
      AND p.max_per_episode < coalesce(i.threshold, 9223372036854775807)
);

COMMENT ON VIEW perfext.n_plus_one IS
    'One row per pattern of statements that are executed again and again where one would do: for '
        'each row that another statement returned, with the same values, or inside a function';
COMMENT ON COLUMN perfext.n_plus_one.id IS
    'Identifier of the pattern; the same after a restart';
COMMENT ON COLUMN perfext.n_plus_one.userid IS
    'User who ran the statements';
COMMENT ON COLUMN perfext.n_plus_one.dbid IS
    'Database they ran in';
COMMENT ON COLUMN perfext.n_plus_one.kind IS
    'read: a query for each row of another; write: row by row; redundant: the same query with the '
        'same values; nested: inside a function or trigger; in_plan: inside one statement';
COMMENT ON COLUMN perfext.n_plus_one.operation IS
    'What the repeated statement does: select, insert, update, delete or call';
COMMENT ON COLUMN perfext.n_plus_one.child_queryids IS
    'Identifiers of the statements that are repeated together; the first one is child_query';
COMMENT ON COLUMN perfext.n_plus_one.child_query IS
    'Text of the repeated statement, constants replaced';
COMMENT ON COLUMN perfext.n_plus_one.parent_queryid IS
    'Identifier of the statement whose rows they follow; NULL: none is known';
COMMENT ON COLUMN perfext.n_plus_one.parent_query IS
    'Its text';
COMMENT ON COLUMN perfext.n_plus_one.link IS
    'Which of the parent''s columns each repeated statement asks for, as in book.author_id = '
        'author.id; NULL: not known';
COMMENT ON COLUMN perfext.n_plus_one.context IS
    'Function and line that repeats it, or the node of the plan (in_plan); NULL for loops of '
        'clients';
COMMENT ON COLUMN perfext.n_plus_one.episodes IS
    'Executions of the parent, or of the loop; in_plan: those that were measured';
COMMENT ON COLUMN perfext.n_plus_one.executions IS
    'Executions of the repeated statements, of all together; in_plan: loops of the node';
COMMENT ON COLUMN perfext.n_plus_one.mean_per_episode IS
    'executions divided by episodes';
COMMENT ON COLUMN perfext.n_plus_one.max_per_episode IS
    'Most executions of one of the statements in one episode';
COMMENT ON COLUMN perfext.n_plus_one.distinct_ratio IS
    'Share of the executions with values that their episode had not seen yet, 0 to 1; NULL for '
        'in_plan';
COMMENT ON COLUMN perfext.n_plus_one.parent_rows IS
    'Rows that the parent returned in these episodes; 0: not known; NULL for in_plan';
COMMENT ON COLUMN perfext.n_plus_one.executions_per_parent_row IS
    'How executions grow with the parent''s rows (slope through the origin); about 1 is a query '
        'per row; NULL: not known';
COMMENT ON COLUMN perfext.n_plus_one.db_time IS
    'Planning and execution of the repeated statements, ms; in_plan: time of the node in the '
        'measured executions';
COMMENT ON COLUMN perfext.n_plus_one.gap_time IS
    'Time of the client, the network and of parsing between them, ms';
COMMENT ON COLUMN perfext.n_plus_one.saved_time IS
    'What asking once per episode would have saved of db_time and gap_time, ms; NULL: cannot be '
        'told';
COMMENT ON COLUMN perfext.n_plus_one.saved_time_low IS
    'Part of that which is sure, ms: as many round trips as are too many, each as short as the '
        'shortest tenth; NULL for in_plan';
COMMENT ON COLUMN perfext.n_plus_one.saved_time_high IS
    'At the most, ms: all but one execution of each episode';
COMMENT ON COLUMN perfext.n_plus_one.application_name IS
    'Application that did it last; NULL for in_plan';
COMMENT ON COLUMN perfext.n_plus_one.tags IS
    'Tags in the comments of its statements, as perfext.statements shows them';
COMMENT ON COLUMN perfext.n_plus_one.confidence IS
    'high: the parent''s values, or the measured plan, prove it; medium: its number of rows, or '
        'repeated inserts; low: the order of its keys alone';
COMMENT ON COLUMN perfext.n_plus_one.rewrite IS
    'What to do instead, as SQL with its reasons in comments: the statement, and the line for the '
        'framework if tags name one; NULL for other users'' statements';
COMMENT ON COLUMN perfext.n_plus_one.first_seen IS
    'First execution of the first episode';
COMMENT ON COLUMN perfext.n_plus_one.last_seen IS
    'Last execution';

GRANT SELECT ON perfext.n_plus_one TO PUBLIC;
