/*
 * All that is to be said about one pattern: the statement to use instead, why and where, and
 * the line for the framework. It can be pasted: words are comments.
 *
 * finding: a row of perfext.n_plus_one_findings() as JSON. others: the texts of the
 * statements that are repeated together with the first one.
 */
CREATE FUNCTION perfext.n_plus_one_rewrite(finding jsonb, child_query text, parent_query text,
                                           others text[], is_here boolean)
RETURNS text
LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    kind text := finding->>'kind';
    -- of one row at the most, the first is all
    child text := CASE
        WHEN is_here AND (finding->>'child_is_unique')::boolean
            AND perfext.rewrite_is_unique(finding->>'child_schema',
                finding->>'child_table', finding->>'child_column')
            AND child_query ~* perfext.rewrite_pattern('^select\s[^;]*?\sfrom\s+NAME'
                '(\s+(as\s+)?NAME)?\s+where\M')
        THEN regexp_replace(perfext.rewrite_without_limit(perfext.rewrite_text(child_query)),
            '\s+limit\s+\$\d+\s+offset\s+\$\d+\s*$', '', 'i')
        ELSE perfext.rewrite_text(child_query) END;
    -- of the first statement; that of the finding is of all of them
    operation text := coalesce(
        lower(substring(child FROM '(?i)^(insert|update|delete|select|call)\M')),
        finding->>'operation', 'select');
    parent text := perfext.rewrite_text(parent_query);
    parent_table text := finding->>'parent_table';
    parent_column text := finding->>'parent_column';
    key_column text := finding->>'child_column';
    -- what a function is given is known by its place, which is lost where it is cast
    parameter integer := CASE WHEN key_column IS NULL AND kind <> 'nested'
        AND coalesce((finding->>'child_parameter')::integer, 0) = 0
        AND perfext.rewrite_parameters(child) = 1 THEN 1
        ELSE (finding->>'child_parameter')::integer END;
    place text := perfext.format_line(finding->>'context', 150);
    -- in PL/pgSQL the key is a variable, and a constant that was replaced is none
    has_key boolean := coalesce(kind <> 'nested' OR coalesce(parameter, 0) > 0
        OR place !~ ' line \d+$', true);
    -- the statement around it names the function: there is no loop but that statement's rows
    is_called boolean := coalesce(parent ~* ('\m' || perfext.rewrite_quote(
        substring(place FROM '([^.()]+)\([^()]*\) line \d+$')) || '"?\s*\('), false);
    comparison text := CASE WHEN has_key
        THEN perfext.rewrite_comparison(child, parameter, key_column) END;
    child_table text := coalesce(finding->>'child_table',
        btrim(perfext.rewrite_name(coalesce(perfext.rewrite_target(child),
            substring(child FROM perfext.rewrite_pattern('\mfrom\s+(?:only\s+)?(NAME)')))), '"'));
    key_name text := coalesce(key_column,
        btrim(perfext.rewrite_name(perfext.rewrite_key(comparison)), '"'));
    key_types text[] := CASE WHEN is_here AND child_table IS NOT NULL AND key_name IS NOT NULL THEN
        perfext.rewrite_types(concat_ws('.', quote_ident(finding->>'child_schema'),
            quote_ident(child_table)),
            ARRAY[quote_ident(key_name)]) END;
    key_type text := key_types[1];
    parent_types text[] := CASE WHEN key_type IS NOT NULL AND parent_table IS NOT NULL THEN
        perfext.rewrite_types(concat_ws('.', quote_ident(finding->>'parent_schema'),
            quote_ident(parent_table)),
            ARRAY[quote_ident(parent_column)]) END;
    -- an integer's text is compared with integers by the application alone
    cast_to text := CASE
        WHEN key_type ~ '^(text|character)' AND parent_types[1] ~ '^(smallint|integer|bigint)'
            THEN 'text'
        WHEN key_type ~ '^(smallint|integer|bigint)' AND parent_types[1] ~ '^(text|character)'
            THEN key_type END;
    links jsonb := CASE jsonb_typeof(finding->'links') WHEN 'array' THEN finding->'links' ELSE '[]'
        END;
    linked text := nullif(btrim(replace(links::text, '", "', ', '), '[]"'), '');
    framework text := perfext.n_plus_one_framework(finding->'tags', finding->>'application_name');
    what text := CASE
        WHEN kind = 'redundant' THEN 'redundant'
        WHEN operation <> 'select' THEN operation
        WHEN parent_column IS NULL THEN 'keys'
        WHEN (finding->>'child_is_aggregate')::boolean OR perfext.rewrite_is_aggregate(child) THEN
            'aggregate'
        -- a column that refers to the other table says it; else whether a key gives one row
        WHEN parent_column ~ '(_id|_uuid|_fk|Id|ID)$' THEN 'one'
        WHEN key_column ~ '(_id|_uuid|_fk|Id|ID)$' THEN 'many'
        WHEN (finding->>'child_is_unique')::boolean THEN 'one'
        ELSE 'many'
    END;
    joined text;
    batched text;
    written text;
    looped text;
    also text;
    result text;
BEGIN
    IF kind IS NULL OR child_query = '<insufficient privilege>' THEN
        RETURN NULL;
    END IF;
    IF kind = 'redundant' THEN
        RETURN concat_ws(E'\n',
            format('-- asked up to %s times with the same values: ask once, and keep the result '
                'for the request:',
                finding->>'max_per_episode'),
            '--   ' || perfext.format_line(child, 200),
            perfext.n_plus_one_line(framework, what, parent_table, parent_column, child_table,
                key_name));
    END IF;

    -- one of a user's own, which the text does not show: it stays as it is
    IF operation = 'select' AND (finding->>'child_is_aggregate')::boolean
        AND NOT perfext.rewrite_is_aggregate(child) AND child !~* '^select\s+(not\s+)?exists\M' THEN
        child := 'SELECT * FROM (' || child || ') AS one';
    END IF;

    IF operation = 'insert' THEN
        written := perfext.rewrite_insert(child, is_here);
    ELSIF operation = 'update' THEN
        written := perfext.rewrite_update(child, is_here);
        batched := perfext.rewrite_batch(child, parameter, key_column, key_type);
    ELSIF operation = 'delete' THEN
        batched := perfext.rewrite_batch(child, parameter, key_column, key_type);
    ELSIF operation <> 'call' THEN
        joined := perfext.rewrite_join(parent, child, parent_table, parent_column, parameter,
            key_column, cast_to);
        batched := CASE WHEN has_key
            AND perfext.rewrite_second_key(parent, child, comparison) IS NULL
            THEN perfext.rewrite_batch(child, parameter, key_column, key_type) END;
    END IF;

    IF kind = 'nested' THEN
        looped := perfext.rewrite_loop(parent, child);
        result := CASE
            WHEN child ~* '\m(new|old)[.]' THEN concat_ws(E'\n',
                '-- the trigger''s statement runs for each row; make it a trigger for each '
                    'statement, which',
                '-- joins the new rows, all at once:',
                '--   CREATE TRIGGER ... AFTER INSERT ON ... REFERENCING NEW TABLE AS new_rows',
                '--   FOR EACH STATEMENT EXECUTE FUNCTION ...')
            WHEN looped IS NOT NULL THEN concat_ws(E'\n',
                '-- instead of the loop, all rows at once (other variables of the function are '
                    'still to be replaced):',
                looped)
            WHEN operation = 'select' AND parent ~* '\mfrom\M' AND NOT has_key
                AND NOT is_called THEN concat_ws(E'\n',
                '-- instead of the loop, both at once; its variables become columns of the first '
                    'query:',
                format(E'SELECT parent.*, child.*\nFROM (\n    %s\n) AS parent\n'
                    'LEFT JOIN LATERAL (\n    %s\n) AS child ON true;',
                    perfext.format_line(parent, 500), perfext.format_line(child, 500)))
            WHEN operation = 'select' THEN concat_ws(E'\n',
                '-- instead of calling it for each row, join with what it reads, for all rows at '
                    'once:',
                coalesce(batched, '--   ' || perfext.format_line(child, 200)),
                '-- in the statement around it:', '--   ' || perfext.format_line(parent, 200))
            ELSE concat_ws(E'\n', '-- instead of row by row:', coalesce(written, batched,
                '--   ' || perfext.format_line(child, 200)))
        END;
        FOR i IN 1..least(coalesce(cardinality(others), 0), 7) LOOP
            result := concat_ws(E'\n', result, E'-- and with it:\n'
                || coalesce(perfext.rewrite_loop(parent, others[i]), '--   ' ||
                    perfext.format_line(others[i], 200)));
        END LOOP;
        RETURN concat_ws(E'\n', '-- in ' || place || ':', result);
    END IF;

    IF operation = 'select' THEN
        result := concat_ws(E'\n',
            '-- both in one statement' || coalesce(' (' || linked || ')', '') || E':\n' || joined,
            CASE WHEN joined IS NOT NULL AND cast_to <> 'text' THEN
                '-- leave out rows whose ' || parent_column || ' is no number' END,
            CASE WHEN joined IS NULL THEN '-- for all values at once:'
                ELSE '-- or the second one for all values at once:' END || E'\n' || batched,
            CASE WHEN coalesce(joined, batched) IS NOT NULL
                AND perfext.rewrite_parameters(regexp_replace(perfext.rewrite_where(child),
                    '\m((order|group)\s+by|limit|offset|fetch)\M.*$', '', 'i'))
                    > CASE WHEN batched IS NULL AND has_key
                        AND perfext.rewrite_second_key(parent, child, comparison) IS NOT NULL
                        THEN 2 ELSE 1 END
            THEN '-- its other values are taken to be the same each time; what differs is to come '
                'from the first query, too' END,
            CASE WHEN perfext.rewrite_has_places(coalesce(joined, batched))
            THEN '-- ORDER BY or GROUP BY with a $n: the number of a column, to be written as it was'
                END);
    ELSIF written IS NOT NULL AND batched IS NOT NULL THEN
        result := concat_ws(E'\n', '-- many rows at once:', written,
            '-- or, where all rows get the same values:', batched);
    ELSE
        result := E'-- many rows at once:\n' || coalesce(written, batched);
    END IF;
    result := coalesce(nullif(result, ''), concat_ws(E'\n', CASE operation
            WHEN 'select' THEN '-- ask for all values at once (JOIN, or = ANY with a list) instead '
                'of:'
            WHEN 'call' THEN '-- call once a procedure that takes all of them (arrays, or a query of '
                'its own), instead of:'
            ELSE '-- write many rows with one statement, or use COPY, instead of:' END,
        '--   ' || coalesce(perfext.format_line(child, 200),
            'a statement whose text is not known')));

    -- the other statements of the loop
    FOR i IN 1..least(coalesce(cardinality(others), 0), 7) LOOP
        also := NULL;
        FOR l IN 0..jsonb_array_length(links) - 1 LOOP
            also := coalesce(also, perfext.rewrite_batch(others[i], NULL,
                substring(links->>l FROM '([^.]*)$'), NULL));
        END LOOP;
        also := coalesce(CASE WHEN others[i] ~* '^\s*insert\M' THEN
            perfext.rewrite_insert(others[i], is_here)
                WHEN others[i] ~* '^\s*update\M' THEN perfext.rewrite_update(others[i], is_here)
                    END,
            also, perfext.rewrite_batch(others[i], NULL, NULL, NULL),
            '--   ' || perfext.format_line(others[i], 200));
        result := concat_ws(E'\n', result, '-- and with it:' || E'\n' || also);
    END LOOP;

    RETURN concat_ws(E'\n', result,
        CASE WHEN operation NOT IN ('select', 'call')
            AND (finding->>'in_transaction_block')::bigint < 0.5 * (finding->>'executions')::bigint
            THEN '-- each row was a transaction of its own: BEGIN before the first one, COMMIT '
                'after the last' END,
        perfext.n_plus_one_line(framework, what, parent_table, parent_column, child_table,
            key_name));
END
$$;

COMMENT ON FUNCTION perfext.n_plus_one_rewrite(jsonb, text, text, text[], boolean) IS
    'What perfext.n_plus_one.rewrite shows, from a row of perfext.n_plus_one_findings() and the '
        'statements'' texts';
