/*
 * Statistics for indexes, sampled when a DBA asks.
 *
 * Nothing is stored.  What the planner and perfext's estimates can really use stands
 * in pg_statistic, and only ANALYZE writes there: so each row carries the DDL that
 * makes ANALYZE collect the same for good (a statistics object on an expression, more
 * kept values of a column), and the sampled figures tell whether that is worth it.
 */
CREATE FUNCTION perfext.check_index_key(relid regclass, key text)
RETURNS void
AS 'MODULE_PATHNAME', 'perfext_check_index_key_1_0'
LANGUAGE C STRICT VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp;

COMMENT ON FUNCTION perfext.check_index_key(regclass, text) IS
    'Errors unless the text is one expression over the table''s columns that calls only immutable functions of the server itself';

-- The distinct values in total_rows rows, when a sample of n has d, f1 of them once (Haas
-- and Stokes' estimator, as ANALYZE has it)
CREATE FUNCTION perfext.estimate_distinct(n float8, d float8, f1 float8, total_rows float8)
RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN n > 0 THEN
        least(n * d / (n - f1 + f1 * n / greatest(total_rows, n)), greatest(total_rows, n))
    ELSE 0 END
$$;

COMMENT ON FUNCTION perfext.estimate_distinct(float8, float8, float8, float8) IS
    'Distinct values in total_rows rows, when a sample of n rows has d of them, f1 of those once';

CREATE FUNCTION perfext.sample_index_statistics(relid regclass, max_rows int DEFAULT 30000)
RETURNS TABLE (expression text, kind text, n_distinct float8, keys_per_row float8,
    avg_width int, ddl text)
LANGUAGE plpgsql STRICT VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
#variable_conflict use_column
DECLARE
    source record;
    found_keys record;
    total_rows float8;
    wanted float8;
    blocks float8;
    sample text;
    keys text;
    trigrams text;
BEGIN
    IF row_security_active($1) THEN
        RAISE insufficient_privilege
            USING MESSAGE = format('row-level security of table %s applies to you', $1);
    END IF;
    IF max_rows NOT BETWEEN 1 AND 10000000 THEN
        RAISE invalid_parameter_value
            USING MESSAGE = 'max_rows must be between 1 and 10000000';
    END IF;
    SELECT CASE WHEN c.relkind = 'p' THEN (
                SELECT sum(greatest(p.reltuples, 0)) FROM pg_partition_tree(c.oid) AS t
                JOIN pg_class AS p ON p.oid = t.relid WHERE t.isleaf)
            ELSE greatest(c.reltuples, 0) END INTO total_rows
    FROM pg_class AS c WHERE c.oid = $1;
    -- A tenth of the rows of ten times as many blocks: rows of one block are often alike.
    -- A fifth more than max_rows, so that LIMIT rarely cuts off the end of the table
    wanted := least(1, 1.2 * max_rows / greatest(total_rows, 1));
    blocks := least(1, 10 * wanted);
    sample := format('%s TABLESAMPLE SYSTEM (%s) WHERE random() < %s LIMIT %s', $1,
        100 * blocks, wanted / blocks, max_rows);
    SELECT format('%I.show_trgm', n.nspname) INTO trigrams
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_trgm';

    FOR source IN
        SELECT DISTINCT 'expression' AS kind, p.index_expression AS expression,
            NULL::name AS attname, NULL::int AS target
        FROM perfext.plan_nodes AS n
        CROSS JOIN LATERAL jsonb_to_recordset(n.predicates)
            AS p(relid oid, index_expression text)
        WHERE n.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND p.relid = $1 AND p.index_expression IS NOT NULL
        UNION ALL
        SELECT CASE WHEN t.typcategory = 'A' THEN 'array' WHEN t.typname = 'jsonb' THEN 'jsonb'
                WHEN t.typname = 'tsvector' THEN 'tsvector' ELSE 'trigrams' END,
            quote_ident(a.attname), a.attname, a.attstattarget
        FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
          AND (t.typcategory = 'A' AND t.typlen = -1
               OR t.oid IN ('jsonb'::regtype, 'tsvector'::regtype)
               OR t.oid IN ('text'::regtype, 'varchar'::regtype) AND trigrams IS NOT NULL)
        ORDER BY 1, 2
    LOOP
        BEGIN
            IF source.kind = 'expression' THEN
                PERFORM perfext.check_index_key($1, source.expression);
            END IF;
            keys := CASE source.kind
                WHEN 'expression' THEN format('(SELECT (%s) AS key)', source.expression)
                WHEN 'array' THEN format('(SELECT DISTINCT unnest(%s) AS key)', source.expression)
                WHEN 'tsvector' THEN
                    format('(SELECT unnest(tsvector_to_array(%s)) AS key)', source.expression)
                WHEN 'trigrams' THEN
                    format('(SELECT unnest(%s(%s)) AS key)', trigrams, source.expression)
                WHEN 'jsonb' THEN format('(SELECT jsonb_path_query(%1$s, '
                    '''strict $.** ? (@.type() != "object" && @.type() != "array")'')::text AS key '
                    'UNION SELECT ''k'' || (jsonb_path_query(%1$s, '
                    '''strict $.** ? (@.type() == "object").keyvalue().key'') #>> ''{}''))',
                    source.expression)
            END;
            EXECUTE format('WITH s AS MATERIALIZED (SELECT * FROM %s), '
                'k AS (SELECT key, count(*) AS c, min(pg_column_size(key)) AS w '
                'FROM s CROSS JOIN LATERAL %s AS x(key) WHERE key IS NOT NULL GROUP BY key) '
                'SELECT (SELECT count(*) FROM s)::float8 AS rows, sum(c)::float8 AS n, '
                'count(*)::float8 AS d, (count(*) FILTER (WHERE c = 1))::float8 AS f1, '
                '(sum(c * w) / nullif(sum(c), 0))::int AS width FROM k', sample, keys)
            INTO found_keys;
        EXCEPTION
            -- not one of ours, or of a type without equality: no figures, but no end of the others
            WHEN syntax_error_or_access_rule_violation OR feature_not_supported
                OR invalid_object_definition OR data_exception THEN
                IF SQLSTATE = '42501' THEN
                    RAISE;
                END IF;
                CONTINUE;
        END;
        CONTINUE WHEN coalesce(found_keys.n, 0) = 0;
        expression := source.expression;
        kind := source.kind;
        keys_per_row := found_keys.n / found_keys.rows;
        n_distinct := perfext.estimate_distinct(found_keys.n, found_keys.d, found_keys.f1,
            found_keys.n * greatest(total_rows / found_keys.rows, 1));
        avg_width := found_keys.width;
        ddl := CASE
            WHEN kind = 'expression' THEN format('CREATE STATISTICS %s ON %s FROM %s; ANALYZE %3$s',
                quote_ident(left((SELECT relname FROM pg_class WHERE oid = $1), 40) || '_'
                    || left(md5(expression), 8) || '_stat'),
                CASE WHEN expression ~ '^\(' THEN expression ELSE '(' || expression || ')' END, $1)
            WHEN coalesce(source.target, -1) < 1000 THEN format(
                'ALTER TABLE %s ALTER COLUMN %s SET STATISTICS 1000; ANALYZE %1$s (%2$s)',
                $1, expression)
        END;
        RETURN NEXT;
    END LOOP;
END
$$;

COMMENT ON FUNCTION perfext.sample_index_statistics(regclass, int) IS
    'Reads a sample of at most max_rows rows and tells, for the expressions in recorded predicates on the table and for what GIN would index: n_distinct keys in the whole table, keys_per_row, avg_width of a key in bytes, and the ddl after which ANALYZE knows as much. Runs with the caller''s rights; errors without SELECT on the table';

REVOKE ALL ON FUNCTION perfext.check_index_key(regclass, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION perfext.sample_index_statistics(regclass, int) FROM PUBLIC;
