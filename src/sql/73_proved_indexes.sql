/*
 * A small set of indexes for all statements, from what each is worth to each: one index
 * serves several statements where it can, and of its forms (with included columns, shorter)
 * the one is taken that saves most after what it costs.
 */

/*
 * Which of several indexes: always the one next that adds most to what is saved, as long as
 * that is more than it costs. Index n costs cost[n], and there is no true price of its space;
 * it has to earn, of the time that is left, a part of the share size[n] that its bytes would
 * be of all tables' bytes: a quarter for the first one, and as much more as the bytes of those
 * chosen before it are of the tables', for all of them want to be cached. Index owner[i]
 * changes the time of what slot[i] stands for by saved[i]: of a slot the best index counts, or
 * the worst where there are only losses.
 *
 * At last those go, the first chosen first, that the others make superfluous: a longer index
 * may serve what a shorter one was taken for. One that only does better what the others serve
 * must add 2 % of all time, as an index has to save at all.
 *
 * No statement in it, so that nothing is recorded.
 */
CREATE FUNCTION perfext.choose_indexes(
    database_time float8,
    size float8[],
    cost float8[],
    slots int,
    owner int[],
    slot int[],
    saved float8[])
RETURNS SETOF int
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- what is saved in each slot by those chosen so far
    now float8[] := array_fill(0::float8, ARRAY[greatest(coalesce(slots, 0), 1)]);
    is_chosen boolean[] := array_fill(false, ARRAY[coalesce(cardinality(size), 0)]);
    time_left float8 := coalesce(database_time, 0);
    price float8 := 0.25;
    net float8[];
    change float8;
    best int;
    chosen int[] := '{}';
    others float8[];
    time_without float8;
    least_time float8;
BEGIN
    LOOP
        net := cost;
        FOR n IN 1..coalesce(cardinality(size), 0) LOOP
            net[n] := -cost[n] - price * size[n] * time_left;
        END LOOP;
        FOR i IN 1..coalesce(cardinality(owner), 0) LOOP
            change := saved[i] - now[slot[i]];
            IF (change > 0) = (saved[i] > 0) THEN
                net[owner[i]] := net[owner[i]] + change;
            END IF;
        END LOOP;
        best := NULL;
        FOR n IN 1..coalesce(cardinality(size), 0) LOOP
            IF net[n] > 0 AND NOT is_chosen[n] AND (best IS NULL OR net[n] > net[best]) THEN
                best := n;
            END IF;
        END LOOP;
        EXIT WHEN best IS NULL;
        chosen := chosen || best;
        is_chosen[best] := true;
        price := price + size[best];
        FOR i IN 1..cardinality(owner) LOOP
            change := saved[i] - now[slot[i]];
            IF owner[i] = best AND (change > 0) = (saved[i] > 0) THEN
                now[slot[i]] := saved[i];
                time_left := greatest(0, time_left - change);
            END IF;
        END LOOP;
    END LOOP;
    FOREACH best IN ARRAY chosen LOOP
        others := array_fill(0::float8, ARRAY[cardinality(now)]);
        time_without := time_left;
        least_time := 0.02 * database_time;
        FOR i IN 1..cardinality(owner) LOOP
            IF is_chosen[owner[i]] AND owner[i] <> best
               AND (saved[i] > greatest(others[slot[i]], 0)
                    OR saved[i] < others[slot[i]] AND others[slot[i]] <= 0)
            THEN
                others[slot[i]] := saved[i];
            END IF;
        END LOOP;
        FOR s IN 1..cardinality(now) LOOP
            time_without := time_without + now[s] - others[s];
            IF now[s] > 0 AND others[s] <= 0 THEN
                least_time := 0;
            END IF;
        END LOOP;
        IF time_without - time_left
           <= cost[best] + 0.25 * size[best] * time_without + least_time
        THEN
            is_chosen[best] := false;
            now := others;
            time_left := time_without;
        ELSE
            RETURN NEXT best;
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION perfext.choose_indexes(
    float8, float8[], float8[], int, int[], int[], float8[]) IS
    'Numbers of the indexes that together save most after what they cost, the best first; owner, slot (1 to slots) and saved say what each of them saves where, size its share of all tables'' bytes';

CREATE FUNCTION perfext.proved_indexes(
    OUT database_name text,
    OUT database_time float8,
    OUT relid oid,
    OUT relkind text,
    OUT schemaname text,
    OUT relname text,
    OUT method text,
    OUT key_columns text[],
    OUT include_columns text[],
    OUT predicate text,
    OUT column_list text,
    OUT needs_extension text,
    OUT foreign_key boolean,
    OUT queryids bigint[],
    OUT calls bigint,
    OUT exec_time float8,
    OUT cost_before float8,
    OUT cost_after float8,
    OUT node_time float8,
    OUT saved_time float8,
    OUT size_bytes float8,
    OUT is_unmeasured boolean,
    OUT flips boolean,
    OUT statements jsonb,
    OUT first_seen timestamptz,
    OUT last_seen timestamptz
)
RETURNS SETOF record
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
WITH all_forms AS MATERIALIZED (
    SELECT row_number() OVER () AS f, b.*,
           bool_or(b.indexrelid IS NOT NULL) OVER (PARTITION BY b.slot) AS is_made
    FROM perfext.index_benefits(false) AS b
),
-- what the statements want, and what the planner would do to them with indexes of others
form AS MATERIALIZED (
    SELECT * FROM all_forms WHERE kind <> 'risk' AND NOT is_made
),
risk AS MATERIALIZED (
    SELECT * FROM all_forms WHERE kind = 'risk' AND NOT is_made AND time_change < 0
),
key AS MATERIALIZED (
    SELECT
        row_number() OVER () AS k,
        relid, method, column_list, predicate, key_columns,
        bool_and(all_equal) AS all_equal
    FROM form
    GROUP BY relid, method, column_list, predicate, key_columns
),
-- keys that serve another's statements as well: they begin with the same ones, in any order
-- where all of them are compared for equality
served AS MATERIALIZED (
    SELECT s.k, l.k AS by_k
    FROM key AS s
    JOIN key AS l
        ON l.relid = s.relid AND l.method = s.method
        AND l.predicate IS NOT DISTINCT FROM s.predicate
        AND (l.k = s.k
             OR s.method = 'btree' AND (
                 pg_catalog.starts_with(l.column_list || ', ', s.column_list || ', ')
                 OR s.all_equal
                    AND l.key_columns[1:cardinality(s.key_columns)] @> s.key_columns
                    AND (cardinality(l.key_columns) > cardinality(s.key_columns)
                         OR l.all_equal)))
),
serving AS MATERIALIZED (
    SELECT s.by_k AS k, f.f, f.slot, f.time_change, f.include_columns
    FROM form AS f
    JOIN key AS o
        ON (o.relid, o.method, o.column_list) = (f.relid, f.method, f.column_list)
        AND o.predicate IS NOT DISTINCT FROM f.predicate
    JOIN served AS s ON s.k = o.k
),
-- nobody reads more than a few dozen proposals: of keys those that could save most, and of
-- what to include beside each the same
promising AS MATERIALIZED (
    SELECT k
    FROM (
        SELECT k, slot, max(time_change) AS time_change
        FROM serving
        WHERE time_change > 0
        GROUP BY k, slot
    ) AS s
    GROUP BY k
    HAVING sum(time_change) >= 50
    ORDER BY sum(time_change) DESC, k
    LIMIT 40
),
wanted AS MATERIALIZED (
    SELECT s.k, s.f, s.slot, s.time_change,
           CASE WHEN s.include_columns = '{}' THEN '{}'
               ELSE ARRAY(SELECT c FROM unnest(s.include_columns) AS c
                          WHERE c <> ALL (l.key_columns) ORDER BY c)
           END AS columns
    FROM serving AS s
    JOIN promising AS p USING (k)
    JOIN key AS l USING (k)
),
included AS MATERIALIZED (
    SELECT k, columns
    FROM (
        SELECT k, columns,
               row_number() OVER (PARTITION BY k ORDER BY sum(time_change) DESC, columns) AS place
        FROM wanted
        WHERE columns <> '{}'
        GROUP BY k, columns
    ) AS i
    WHERE place <= 3
),
-- included columns: none, those that some statements want, those of two of these, those of all;
-- more than six would make the index large
united AS (
    SELECT k, '{}'::text[] AS columns FROM promising
    UNION
    SELECT a.k, ARRAY(SELECT DISTINCT c FROM unnest(a.columns || b.columns) AS c ORDER BY c)
    FROM included AS a
    JOIN included AS b ON b.k = a.k AND b.columns >= a.columns
    UNION
    SELECT k, array_agg(DISTINCT c ORDER BY c)
    FROM included CROSS JOIN LATERAL unnest(columns) AS c
    GROUP BY k
),
candidate AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY k, cardinality(columns), columns) AS d, k, columns
    FROM united
    WHERE cardinality(columns) <= 6
),
-- a statement's plan takes, of the forms that an index has, the one that costs least
fits AS MATERIALIZED (
    SELECT DISTINCT ON (c.d, w.slot) c.d, w.slot, w.f
    FROM candidate AS c
    JOIN wanted AS w ON w.k = c.k AND w.columns <@ c.columns
    JOIN form AS f ON f.f = w.f
    ORDER BY c.d, w.slot, f.form_cost, w.f
),
-- the index's first column alone decides whether another statement's plan would take it
hurt AS MATERIALIZED (
    SELECT c.d, r.f, r.slot
    FROM candidate AS c
    JOIN key AS l USING (k)
    JOIN risk AS r
        ON r.relid = l.relid AND r.method = l.method AND l.predicate IS NULL
        AND r.key_columns[1] = regexp_replace(l.key_columns[1], ' (DESC|NULLS .*)$', '')
    WHERE NOT EXISTS (
        SELECT FROM fits AS o
        JOIN form AS f ON f.f = o.f
        WHERE o.d = c.d
          AND (f.userid, f.queryid, f.toplevel) = (r.userid, r.queryid, r.toplevel))
),
touched AS MATERIALIZED (
    SELECT d, f FROM fits
    UNION ALL
    SELECT d, f FROM hurt
),
tables AS (
    SELECT greatest(sum(c.relpages::float8), 1) * 8192 AS bytes
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind IN ('r', 'm', 't') AND c.oid >= 16384
),
-- as large as the largest of its forms, and what its further columns add to that
extent AS MATERIALIZED (
    SELECT l.k, f.include_columns, max(f.size_bytes) AS size_bytes, max(f.table_rows) AS rows,
           max(f.database_time) AS database_time
    FROM key AS l
    JOIN promising AS p USING (k)
    JOIN form AS f
        ON (f.relid, f.method, f.column_list) = (l.relid, l.method, l.column_list)
        AND f.predicate IS NOT DISTINCT FROM l.predicate
    GROUP BY l.k, f.include_columns
),
width AS MATERIALIZED (
    SELECT c.oid AS relid, quote_ident(s.attname) AS column, max(s.avg_width) AS width
    FROM pg_catalog.pg_stats AS s
    JOIN pg_catalog.pg_namespace AS ns ON ns.nspname = s.schemaname
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = ns.oid AND c.relname = s.tablename
    WHERE c.oid IN (SELECT relid FROM key) AND EXISTS (SELECT FROM included)
    GROUP BY c.oid, s.attname
),
sized AS MATERIALIZED (
    SELECT
        z.d, z.k, z.columns, z.size_bytes, z.size_bytes / t.bytes AS size_ratio, z.database_time,
        coalesce(w.entries * perfext.index_write_time(l.method, z.size_bytes), 0)
            AS write_cost_time
    FROM (
        SELECT c.d, c.k, c.columns,
               max(e.size_bytes + e.rows * coalesce((
                   SELECT sum(coalesce(w.width, 8) + 1)
                   FROM unnest(c.columns) AS i
                   LEFT JOIN width AS w ON w.relid = l.relid AND w.column = i
                   WHERE i <> ALL (e.include_columns)), 0)) AS size_bytes,
               max(e.database_time) AS database_time
        FROM candidate AS c
        JOIN key AS l USING (k)
        JOIN extent AS e ON e.k = c.k AND e.include_columns <@ (c.columns || l.key_columns)
        GROUP BY c.d, c.k, c.columns
    ) AS z
    JOIN key AS l USING (k)
    CROSS JOIN tables AS t
    LEFT JOIN perfext.table_write_entries AS w ON w.relid = l.relid
),
-- those by which a statement would get slower are out
possible AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY s.d) AS number, s.d, s.size_ratio, s.write_cost_time,
           s.database_time
    FROM sized AS s
    WHERE s.d IN (
        SELECT t.d
        FROM touched AS t
        JOIN all_forms AS f ON f.f = t.f
        GROUP BY t.d
        HAVING NOT bool_or(f.gets_slower) AND sum(f.time_change) > 0)
),
-- included columns that save hardly more than the index does without them save nothing, nor do
-- those for some dozen rows, which the table gives in no time; nor does a predicate: it makes the
-- index smaller
change AS (
    SELECT p.number, f.slot,
           CASE WHEN f.predicate IS NOT NULL AND f.time_change < x.plain + 0.05 * f.exec_time
               THEN x.plain
               WHEN cardinality(f.include_columns) > 0
                 AND (f.time_change < x.without + 0.05 * f.exec_time
                      OR f.rows_read < 300 AND x.without > 0)
               THEN x.without ELSE f.time_change
           END AS time_change
    FROM possible AS p
    JOIN touched AS t ON t.d = p.d
    JOIN all_forms AS f ON f.f = t.f
    LEFT JOIN (
        SELECT slot, max(time_change) AS without,
               max(time_change) FILTER (WHERE predicate IS NULL) AS plain
        FROM form
        WHERE cardinality(include_columns) = 0
        GROUP BY slot
    ) AS x USING (slot)
),
-- the time that indexes of this database could be for: not that of loads, nor of other databases
reading AS MATERIALIZED (
    SELECT sum(s.spent_time) AS time
    FROM perfext.rule_statements AS s
    WHERE s.is_here
      AND (s.userid, s.dbid, s.queryid, s.toplevel) IN (
          SELECT p.userid, p.dbid, p.queryid, p.toplevel
          FROM perfext.index_proofs AS p
          WHERE p.reason IS DISTINCT FROM 'the statement reads no table')
),
chosen AS MATERIALIZED (
    SELECT p.d
    FROM perfext.choose_indexes(
        (SELECT least(max(p.database_time), max(r.time)) FROM possible AS p, reading AS r),
        (SELECT array_agg(size_ratio ORDER BY number) FROM possible),
        (SELECT array_agg(write_cost_time ORDER BY number) FROM possible),
        (SELECT max(slot)::int FROM all_forms),
        (SELECT array_agg(number::int ORDER BY number, slot) FROM change),
        (SELECT array_agg(slot::int ORDER BY number, slot) FROM change),
        (SELECT array_agg(time_change ORDER BY number, slot) FROM change)) AS n
    JOIN possible AS p ON p.number = n
),
-- to each slot, the index that its statement's plan will take
taken AS MATERIALIZED (
    SELECT DISTINCT ON (t.slot) t.d, t.f
    FROM fits AS t
    JOIN chosen AS c ON c.d = t.d
    JOIN form AS f ON f.f = t.f
    JOIN sized AS s ON s.d = t.d
    ORDER BY t.slot, f.form_cost, s.size_bytes, t.d
),
-- a statement may want the same index more than once
per_statement AS (
    SELECT
        t.d, f.userid, f.queryid, f.toplevel, f.foreign_key, f.database_name, f.database_time,
        f.role_name, f.title,
        max(f.calls) AS calls,
        max(f.exec_time) AS exec_time,
        max(f.cost_before) AS cost_before,
        max(f.cost_after) AS cost_after,
        least(max(f.exec_time), sum(coalesce(f.node_time, f.exec_time))) AS node_time,
        least(max(f.exec_time), sum(f.time_change)) AS saved_time,
        bool_or(f.node_time IS NULL) AS is_unmeasured,
        max(f.needs_extension) AS needs_extension,
        min(f.join_before) FILTER (WHERE f.join_before IS DISTINCT FROM f.join_after)
            AS join_before,
        min(f.join_after) FILTER (WHERE f.join_before IS DISTINCT FROM f.join_after)
            AS join_after,
        max(f.relkind::text) AS relkind,
        max(f.schemaname) AS schemaname,
        max(f.relname) AS relname,
        min(f.first_seen) AS first_seen,
        max(f.last_seen) AS last_seen
    FROM taken AS t
    JOIN form AS f ON f.f = t.f
    GROUP BY t.d, f.userid, f.queryid, f.toplevel, f.foreign_key, f.database_name,
             f.database_time, f.role_name, f.title
),
lost AS (
    SELECT h.d, sum(r.time_change) AS time_change
    FROM hurt AS h
    JOIN risk AS r ON r.f = h.f
    GROUP BY h.d
),
per_index AS (
    SELECT
        s.d, s.database_name, s.database_time, s.relkind, s.schemaname, s.relname,
        array_agg(DISTINCT s.queryid) AS queryids,
        bool_and(s.foreign_key) AS foreign_key,
        -- checks are no executions: they are counted where there is nothing else
        coalesce(sum(s.calls) FILTER (WHERE NOT s.foreign_key), sum(s.calls))::bigint AS calls,
        sum(s.exec_time) AS exec_time,
        sum(greatest(s.calls, 1) * s.cost_before) / sum(greatest(s.calls, 1)) AS cost_before,
        sum(greatest(s.calls, 1) * s.cost_after) / sum(greatest(s.calls, 1)) AS cost_after,
        sum(s.node_time) AS node_time,
        sum(s.saved_time) AS saved_time,
        bool_or(s.is_unmeasured) AS is_unmeasured,
        bool_or(s.join_after IS NOT NULL) AS flips,
        max(s.needs_extension) AS needs_extension,
        jsonb_agg(jsonb_build_object('queryid', s.queryid, 'role', s.role_name, 'query', s.title,
            'calls', s.calls, 'exec_time', round(s.exec_time::numeric, 1),
            'saved_time', round(s.saved_time::numeric, 1),
            'cost_before', round(s.cost_before::numeric, 1),
            'cost_after', round(s.cost_after::numeric, 1))
            || CASE WHEN s.join_after IS NULL THEN '{}'
                ELSE jsonb_build_object('join_before', s.join_before, 'join_after', s.join_after)
            END
            || CASE WHEN s.foreign_key THEN '{"foreign_key": true}' ELSE '{}' END::jsonb
            ORDER BY s.saved_time DESC, s.queryid) AS statements,
        min(s.first_seen) AS first_seen,
        max(s.last_seen) AS last_seen
    FROM per_statement AS s
    GROUP BY s.d, s.database_name, s.database_time, s.relkind, s.schemaname, s.relname
)
SELECT
    p.database_name, p.database_time, l.relid, p.relkind, p.schemaname, p.relname, l.method,
    l.key_columns,
    -- those of variable length last: others after them would have to be aligned
    ARRAY(SELECT i
          FROM unnest(s.columns) AS i
          LEFT JOIN pg_catalog.pg_attribute AS a
              ON a.attrelid = l.relid AND quote_ident(a.attname) = i
          ORDER BY a.attlen < 0, i),
    l.predicate, l.column_list,
    p.needs_extension, p.foreign_key, p.queryids, p.calls, p.exec_time, p.cost_before,
    p.cost_after, p.node_time,
    greatest(0, p.saved_time + coalesce(h.time_change, 0)), s.size_bytes,
    p.is_unmeasured, p.flips, p.statements, p.first_seen, p.last_seen
FROM per_index AS p
JOIN sized AS s USING (d)
JOIN key AS l ON l.k = s.k
LEFT JOIN lost AS h ON h.d = p.d
$$;

COMMENT ON FUNCTION perfext.proved_indexes() IS
    'What view perfext.proved_indexes shows';

CREATE VIEW perfext.proved_indexes AS
SELECT * FROM perfext.proved_indexes();

COMMENT ON VIEW perfext.proved_indexes IS
    'One row per index that the planner would use for recorded statements, one index for several of them where it serves them, in the form that saves most after what its size costs; without those by which a statement would get slower';
