/*
 * What the rules share: how numbers are put into words, what is at stake, and
 * the facts that may become a subject. A rule is one view, perfext.rule_<name>,
 * with the columns of perfext.recommendations that it decides about; doc/rules.md
 * tells the reasons.
 *
 * Functions that are called for many rows are single expressions of PL/pgSQL, which
 * run without the executor: perfext does not record what it does itself.
 */

CREATE FUNCTION perfext.format_time(ms float8)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN ms = 0 THEN '0 ms'
        WHEN ms >= 5400000 THEN round((ms / 3600000)::numeric, 1) || ' h'
        WHEN ms >= 90000 THEN round((ms / 60000)::numeric, 1) || ' min'
        WHEN ms >= 10000 THEN round((ms / 1000)::numeric) || ' s'
        WHEN ms >= 1000 THEN round((ms / 1000)::numeric, 1) || ' s'
        WHEN ms >= 10 THEN round(ms::numeric) || ' ms'
        WHEN ms >= 1 THEN round(ms::numeric, 1) || ' ms'
        ELSE round(ms::numeric, 3) || ' ms'
    END;
END
$$;

COMMENT ON FUNCTION perfext.format_time(float8) IS
    'A time in ms as people write it: 0 ms, 0.025 ms, 3.1 ms, 12 s, 4.5 h';

CREATE FUNCTION perfext.format_count(n float8)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN CASE
        WHEN n >= 1e9 THEN round((n / 1e9)::numeric, 1) || ' billion'
        WHEN n >= 1e6 THEN round((n / 1e6)::numeric, 1) || ' million'
        ELSE regexp_replace(reverse(regexp_replace(reverse(round(n::numeric)::text),
            '(\d{3})(?=\d)', '\1,', 'g')), '^,', '')
    END;
END
$$;

COMMENT ON FUNCTION perfext.format_count(float8) IS
    'A number as people write it: 1,250 or 3.2 million';

CREATE FUNCTION perfext.format_ratio(ratio float8)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN ratio > 0 AND ratio < 0.0005 THEN '< 0.1 %'
        WHEN ratio > 0.9995 AND ratio < 1 THEN '> 99.9 %'
        WHEN ratio > 0.99 AND ratio < 1 THEN round((ratio * 100)::numeric, 1) || ' %'
        WHEN ratio >= 0.0995 THEN round((ratio * 100)::numeric) || ' %'
        ELSE round((ratio * 100)::numeric, 1) || ' %'
    END;
END
$$;

COMMENT ON FUNCTION perfext.format_ratio(float8) IS
    'A share (0 to 1) as people write it: 42 %, 0.3 %, 99.9 %';

CREATE FUNCTION perfext.format_line(content text, width integer)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    line text := btrim(regexp_replace(content, '[[:space:][:cntrl:]]+', ' ', 'g'));
BEGIN
    RETURN CASE WHEN length(line) > width THEN left(line, width - 3) || '...' ELSE line END;
END
$$;

COMMENT ON FUNCTION perfext.format_line(text, integer) IS
    'A text on one line of at most width characters, without control characters';

CREATE FUNCTION perfext.setting_of(userid oid, dbid oid, name text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT split_part(setting, '=', 2)
    FROM pg_db_role_setting AS s, unnest(s.setconfig) AS setting
    WHERE s.setrole IN (setting_of.userid, 0)
      AND s.setdatabase IN (setting_of.dbid, 0)
      AND split_part(setting, '=', 1) = setting_of.name
    ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC
    LIMIT 1
$$;

COMMENT ON FUNCTION perfext.setting_of(oid, oid, text) IS
    'What ALTER ROLE or ALTER DATABASE have set for the sessions of a role in a database; NULL: nothing';

CREATE FUNCTION perfext.memory_setting_of(userid oid, dbid oid, name text)
RETURNS bigint
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
    SELECT CASE
        WHEN setting ~ '^\d+$' THEN setting::bigint * 1024
        WHEN setting ~ '^\d+(\.\d+)? ?(kB|MB|GB|TB)$' THEN pg_size_bytes(setting)
    END
    FROM perfext.setting_of(memory_setting_of.userid, memory_setting_of.dbid,
                            memory_setting_of.name) AS setting
$$;

COMMENT ON FUNCTION perfext.memory_setting_of(oid, oid, text) IS
    'The same for a setting that is an amount of memory in kB, in bytes';

CREATE FUNCTION perfext.set_for_role(userid oid, dbid oid, assignment text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'ALTER ROLE ' || quote_ident(r.rolname)
        || coalesce(' IN DATABASE ' || quote_ident(d.datname), '')
        || ' SET ' || set_for_role.assignment || ';'
    FROM pg_roles AS r
    LEFT JOIN pg_database AS d ON d.oid = set_for_role.dbid
    WHERE r.oid = set_for_role.userid
$$;

COMMENT ON FUNCTION perfext.set_for_role(oid, oid, text) IS
    'The ALTER ROLE command that sets something for a role in a database; NULL when the role is gone';

/* The statements that rules may speak about */

CREATE VIEW perfext.rule_statements AS
WITH s AS (
    SELECT
        s.*,
        s.total_exec_time + coalesce(s.total_plan_time, 0) AS spent_time,
        -- without perfext's own: asking must not change the answer
        sum(s.total_exec_time + coalesce(s.total_plan_time, 0)) FILTER (
            WHERE s.toplevel AND (s.query IS NULL OR s.query !~* '\mperfext"?\s*\.')) OVER ()
            AS database_time
    FROM perfext.statements AS s
)
SELECT
    s.*,
    coalesce(r.rolname::text, 'role ' || s.userid) AS role_name,
    coalesce(d.datname::text, 'database ' || s.dbid) AS database_name,
    s.dbid = (SELECT c.oid FROM pg_catalog.pg_database AS c
              WHERE c.datname = pg_catalog.current_database()) AS is_here,
    CASE
        WHEN s.query IS NULL OR s.query = '<insufficient privilege>'
            THEN 'statement ' || s.queryid
        ELSE perfext.format_line(left(s.query, 1000), 72)
    END AS title
FROM s
LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.userid
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
WHERE s.database_time > 0
  AND (s.query IS NULL
       OR s.query !~* ('\m(perfext|information_schema)"?\s*\.'
                       '|\m(from|join)\M[\s(]*(only\M\s*)?"?pg_[a-z_]+'
                       '|^\s*(create|alter|drop)\s+extension\M'));

COMMENT ON VIEW perfext.rule_statements IS
    'The statements that rules judge: those of perfext.statements without perfext''s own and without look-ups in the system catalogs';

/* The nodes of their plans */

CREATE VIEW perfext.rule_nodes AS
SELECT
    n.*,
    s.role_name,
    s.database_name,
    s.is_here,
    s.title,
    s.calls,
    s.spent_time,
    s.database_time,
    s.temp_blk_read_time + s.temp_blk_write_time AS temp_io_time,
    s.stats_since,
    p.calls AS plan_calls,
    p.total_exec_time AS plan_time,
    p.total_exec_time * n.self_time_ratio AS node_time,
    p.first_seen AS plan_first_seen,
    p.last_seen AS plan_last_seen
FROM perfext.plan_nodes AS n
JOIN perfext.rule_statements AS s USING (userid, dbid, queryid, toplevel)
JOIN perfext.plans(showplan => false) AS p USING (userid, dbid, queryid, toplevel, planid)
WHERE (n.schemaname IS NULL
       OR n.schemaname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'perfext'))
  -- many statements may matter together, but not thousands
  AND p.total_exec_time >= 0.0005 * s.database_time;

COMMENT ON VIEW perfext.rule_nodes IS
    'The plan nodes of those statements, of plans that take at least 0.05 % of the database time; node_time is a node''s share of all the time that its plan took, sampled or not';

GRANT SELECT ON perfext.rule_statements, perfext.rule_nodes TO PUBLIC;
