/*
 * Row by row writes as one, and loops of functions as one statement. As in
 * 42_n_plus_one_rewrite.sql: texts only, no errors, NULL for what is not understood.
 */

-- Types of columns, by the table's name as a statement writes it; needs the catalogs
CREATE FUNCTION perfext.rewrite_types(table_name text, columns text[])
RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH wanted AS (
        SELECT array_agg(CASE WHEN m[1] ~ '^"' THEN replace(btrim(m[1], '"'), '""', '"')
                   ELSE lower(m[1]) END ORDER BY place) AS name
        FROM regexp_matches(rewrite_types.table_name, '("(?:[^"]|"")+"|[[:alnum:]_]+)', 'g')
            WITH ORDINALITY AS f(m, place)
    ),
    candidate AS (
        SELECT c.oid
        FROM wanted AS w
        JOIN pg_class AS c ON c.relname = w.name[cardinality(w.name)] AND c.relkind IN ('r', 'p',
            'f', 'v')
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = coalesce(w.name[cardinality(w.name) - 1], n.nspname)
          AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    )
    SELECT array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY col.place)
    FROM (SELECT min(oid::bigint)::oid AS oid FROM candidate HAVING count(*) = 1) AS t
    CROSS JOIN unnest(rewrite_types.columns) WITH ORDINALITY AS col(name, place)
    LEFT JOIN pg_attribute AS a
        ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attname = CASE WHEN col.name ~ '^"' THEN replace(btrim(col.name, '"'), '""', '"')
                ELSE lower(col.name) END
    HAVING count(*) = count(a.attname)
$$;

COMMENT ON FUNCTION perfext.rewrite_types(text, text[]) IS
    'Types of columns of a table of the current database; NULL unless just one table has that name '
        'and all the columns';

/* Without a join such a query has one row at the most, whatever its LIMIT says */
CREATE FUNCTION perfext.rewrite_is_unique(schema_name text, table_name text, column_name text)
RETURNS boolean
LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid
        JOIN pg_index AS i ON i.indrelid = c.oid
        WHERE n.nspname = rewrite_is_unique.schema_name
          AND c.relname = rewrite_is_unique.table_name
          AND a.attname = rewrite_is_unique.column_name
          AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
          AND i.indpred IS NULL AND i.indimmediate
    )
$$;

COMMENT ON FUNCTION perfext.rewrite_is_unique(text, text, text) IS
    'Has this column of a table of the current database a unique index of its own?';

CREATE FUNCTION perfext.rewrite_shift(query text, by integer)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    rest text := query;
    result text := '';
    part text[];
BEGIN
    LOOP
        part := regexp_match(rest, '^(.*?)[$](\d{1,3})(?!\d)(.*)$');
        EXIT WHEN part IS NULL;
        result := result || part[1] || '$' || part[2]::integer + by;
        rest := part[3];
    END LOOP;
    RETURN result || rest;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_shift(text, integer) IS
    'A text with a number added to that of each parameter $n';

-- Head, row of values and end of an INSERT of one row
CREATE FUNCTION perfext.rewrite_insert_parts(query text)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN regexp_match(perfext.rewrite_number(perfext.rewrite_text(query), 0),
        '^(insert\s+into\s+.*?[^[:space:]])\s*\mvalues\s*\((.*?)\)\s*((?:on\s+conflict'
            '|returning)\M.*)?$', 'i');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_insert_parts(text) IS
    'An INSERT taken apart: what comes before VALUES, the values, what comes after them; NULL for '
        'others';

CREATE FUNCTION perfext.rewrite_target(query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
BEGIN
    RETURN substring(query FROM
        perfext.rewrite_pattern('^(?:insert\s+into|update(?:\s+only)?|delete\s+from'
            '(?:\s+only)?)\s+(NAME)'));
END
$$;

COMMENT ON FUNCTION perfext.rewrite_target(text) IS
    'The table that a statement writes, as the statement calls it';

CREATE FUNCTION perfext.rewrite_insert(query text, is_here boolean)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    parts text[] := perfext.rewrite_insert_parts(query);
    n integer := perfext.rewrite_parameters(parts[2]);
    target text := perfext.rewrite_target(parts[1]);
    names text := substring(parts[1] FROM '\(([^()]*)\)');
    columns text[] := regexp_split_to_array(btrim(names), '\s*,\s*');
    -- only values, each once: what unnest() and COPY can take
    is_flat boolean := coalesce(parts[2] ~ '^\s*\$\d+\s*(,\s*\$\d+\s*)*$'
        AND n = cardinality(regexp_split_to_array(parts[2], ','))
        AND n = cardinality(columns), false);
    types text[] := CASE WHEN is_here AND is_flat THEN perfext.rewrite_types(target, columns) END;
    ending text := coalesce(E'\n' || parts[3], '');
    list text := '';
BEGIN
    IF parts IS NULL THEN
        RETURN NULL;
    END IF;
    -- an array of arrays is taken apart to its elements
    IF array_to_string(types, ' ') ~ '\[\]' THEN
        types := NULL;
    END IF;
    FOR i IN 1..coalesce(cardinality(types), 0) LOOP
        list := concat_ws(', ', nullif(list, ''), format('$%s::%s[]', i, types[i]));
    END LOOP;
    RETURN concat_ws(E'\n',
        CASE WHEN n > 0 THEN concat(parts[1], E' VALUES\n    (', parts[2], E'),\n    (',
            perfext.rewrite_shift(parts[2], n), E'),\n    (', perfext.rewrite_shift(parts[2], 2 *
                n), ')',
            perfext.rewrite_shift(ending, 2 * n),
                ';  -- and so on, some 1,000 rows in one statement') END,
        CASE WHEN list <> '' THEN concat('-- or with one array for each column:', E'\n', parts[1],
            E'\nSELECT * FROM unnest(', list, ')', ending, ';') END,
        CASE WHEN n > 0 AND (is_flat OR names IS NOT NULL) AND parts[3] IS NULL THEN
            format(E'-- or, for thousands of rows:\nCOPY %s%s FROM STDIN;', target,
                ' (' || names || ')') END);
END
$$;

COMMENT ON FUNCTION perfext.rewrite_insert(text, boolean) IS
    'An INSERT of one row for many: several rows of VALUES, arrays, COPY; types of columns where '
        'the table is in the current database';

-- UPDATE by key from a list of rows
CREATE FUNCTION perfext.rewrite_update(query text, is_here boolean)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    body text := perfext.rewrite_number(perfext.rewrite_text(query), 0);
    parts text[] := regexp_match(body, '^(update\s+.*?\s+set\s+.*?)\s+(where\s+.*)$', 'i');
    n integer := perfext.rewrite_parameters(body);
    target text := perfext.rewrite_target(body);
    compared text;
    types text[];
    first_row text := '';
    row_values text := '';
    names text := '';
    typed boolean := is_here;
BEGIN
    IF parts IS NULL OR n NOT BETWEEN 1 AND 99 OR parts[1] ~* '\m(from|select)\M' THEN
        RETURN NULL;
    END IF;
    FOR i IN 1..n LOOP
        -- the column that it is compared with or assigned to
        compared := perfext.rewrite_name(substring(body FROM
            perfext.rewrite_pattern('(NAME)\s*=\s*(?:NAME\s*[-+*/|]+\s*)?\$' || i || '(?!\d)')));
        types := CASE WHEN typed AND compared IS NOT NULL
            THEN perfext.rewrite_types(target, ARRAY[compared]) END;
        typed := types IS NOT NULL;
        first_row := concat_ws(', ', nullif(first_row, ''), '$' || i || coalesce('::' || types[1],
            ''));
        row_values := concat_ws(', ', nullif(row_values, ''), '$' || i);
        names := concat_ws(', ', nullif(names, ''), 'p' || i);
    END LOOP;
    RETURN concat(
        regexp_replace(parts[1], '[$](\d+)', 'v.p\1', 'g'), E'\nFROM (VALUES\n    (', first_row,
            E'),\n    (',
        perfext.rewrite_shift(row_values, n), E'),\n    (', perfext.rewrite_shift(row_values, 2 *
            n),
        E')  -- and so on',
        CASE WHEN NOT typed THEN '; the first row needs its types, as in $1::integer' END,
        E'\n) AS v (', names, E')\n', regexp_replace(parts[2], '[$](\d+)', 'v.p\1', 'g'), ';');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_update(text, boolean) IS
    'An UPDATE of one row by key for many rows; types of columns where the table is in the current '
        'database';

/*
 * Inside functions the loop's record is known by its name: what the statement of the loop
 * calls x.column and x is none of its tables.
 */
CREATE FUNCTION perfext.rewrite_loop_variable(query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    rest text := regexp_replace(query, '"(?:[^"]|"")*"', '"', 'g');
    part text[];
BEGIN
    LOOP
        part := regexp_match(rest, '(?:^|[^[:alnum:]_."])([[:alpha:]_][[:alnum:]_]*)[.]'
            '([[:alpha:]_].*)$');
        EXIT WHEN part IS NULL;
        IF query !~* ('\m(from|join|into|update|using)\s+(only\s+)?' || part[1] || '\M')
            AND query !~* ('(\m(from|join|into|update|using)\s+(only\s+)?|,\s*)[[:alnum:]_."]+\s+'
                '(as\s+)?'
                || part[1] || '\M')
            AND query !~* ('\)\s*(as\s+)?' || part[1] || '\M') THEN
            RETURN part[1];
        END IF;
        rest := part[2];
    END LOOP;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_loop_variable(text) IS
    'The record variable of a loop that a statement inside it uses; NULL: none is seen';

-- A statement of a loop, and the query that the loop goes over, as one
CREATE FUNCTION perfext.rewrite_loop(driver_query text, child_query text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    driver text := perfext.rewrite_number(perfext.rewrite_text(driver_query), 0);
    child text := perfext.rewrite_number(perfext.rewrite_text(child_query),
        perfext.rewrite_parameters(driver));
    variable text := perfext.rewrite_loop_variable(child);
    source text := perfext.rewrite_source(driver, variable);
    insert_parts text[] := regexp_match(child,
        '^(insert\s+into\s+.*?[^[:space:]])\s*\mvalues\s*\((.*?)\)\s*((?:on\s+conflict'
            '|returning)\M.*)?$', 'i');
    insert_select text[] := regexp_match(child,
        '^(insert\s+into\s+[^()]*?[^[:space:]](?:\s*\([^()]*\))?)\s+(select\M.*)$', 'i');
    update_parts text[] := regexp_match(child, '^(update\s+.*?\s+set\s+.*?)\s+(where\s+.*)$', 'i');
    delete_parts text[] := regexp_match(child, '^(delete\s+from\s+.*?)\s+(where\s+.*)$', 'i');
    -- the one column of the record that is compared, as if it were a parameter
    field text := substring(child FROM perfext.rewrite_pattern('NAME\s*=\s*' || variable ||
        '[.]([[:alnum:]_]+)'));
    keyed text := regexp_replace(child, '\m' || variable || '[.]' || field || '\M', '$999');
    target text := replace(coalesce(
        substring(child FROM perfext.rewrite_pattern('^(?:update|delete\s+from)\s+(?:only\s+)?NAME'
            '\s+(?:as\s+)?(NAME)\s+(?:set|where)\M')),
        perfext.rewrite_name(perfext.rewrite_target(child))), '\', '\\');
    -- the record has columns of the same names: whose is meant is to be said
    compared text := '(^|[^[:alnum:]_."])("(?:[^"]|"")+"|[[:alpha:]_][[:alnum:]_]*)'
        '(?=\s*=\s*' || variable || '[.])';
BEGIN
    RETURN CASE
        WHEN child ~* '^select\M' AND source IS NOT NULL AND lower(variable) NOT IN ('new', 'old')
            AND keyed !~* ('\m' || variable || '[.]')
            THEN perfext.rewrite_join(driver, regexp_replace(child, '\m' || variable || '[.]' ||
                field || '\M',
                '$999'), NULL, field, 999, NULL)
        WHEN source IS NULL OR lower(variable) IN ('new', 'old') THEN NULL
        WHEN insert_parts IS NOT NULL THEN
            concat(insert_parts[1], E'\nSELECT ', insert_parts[2], E'\n', source, E'\n' ||
                insert_parts[3], ';')
        WHEN insert_select IS NOT NULL THEN
            concat(insert_select[1], E'\nSELECT one.*\n', source, E'\nCROSS JOIN LATERAL (\n    ',
                insert_select[2], E'\n) AS one;')
        WHEN update_parts IS NOT NULL AND update_parts[1] !~* '\mfrom\M' THEN
            concat(update_parts[1], E'\n', source, E'\n',
                regexp_replace(update_parts[2], compared, '\1' || target || '.\2', 'g'), ';')
        WHEN delete_parts IS NOT NULL AND delete_parts[1] !~* '\musing\M' THEN
            concat(delete_parts[1], E'\n', regexp_replace(source, '^FROM', 'USING'), E'\n',
                regexp_replace(delete_parts[2], compared, '\1' || target || '.\2', 'g'), ';')
        WHEN child ~* '^(select|with)\M' THEN
            concat('SELECT ', variable, E'.*, one.*\n', source, E'\nLEFT JOIN LATERAL (\n    ',
                child,
                E'\n) AS one ON true;')
    END;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_loop(text, text) IS
    'The statement of a loop in PL/pgSQL, for all rows of the query that the loop goes over; NULL '
        'when the texts do not tell how';
