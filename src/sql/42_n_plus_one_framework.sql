/*
 * The line for the framework: what its programmers write to have a relation loaded with
 * the rows it belongs to, or many rows written at once. Which framework it is, tags say that
 * it puts into its comments (sqlcommenter, Rails, Prisma), or the application's name.
 */
CREATE FUNCTION perfext.n_plus_one_framework(tags jsonb, application_name text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    words text := lower(concat_ws(' ', tags->>'db_framework', tags->>'orm', tags->>'db_driver',
        tags->>'framework', application_name));
BEGIN
    RETURN CASE
        -- what is named with a framework is the library that makes the statements
        WHEN words ~ 'sqlalchemy' THEN 'sqlalchemy'
        WHEN words ~ 'sequelize' THEN 'sequelize'
        WHEN words ~ 'typeorm' THEN 'typeorm'
        WHEN words ~ 'prisma' OR tags ? 'prismaQuery' THEN 'prisma'
        WHEN words ~ 'drizzle' THEN 'drizzle'
        WHEN words ~ 'mikro' THEN 'mikroorm'
        WHEN words ~ '\mknex' THEN 'knex'
        WHEN words ~ 'laravel|eloquent' THEN 'laravel'
        WHEN words ~ 'django' THEN 'django'
        WHEN words ~ 'hibernate' THEN 'hibernate'
        WHEN words ~ 'active_?record|\mrails|sidekiq|\mpuma' THEN 'rails'
        -- the driver's own name, whatever is above it
        WHEN words ~ '\mjdbc' THEN 'jdbc'
        -- marginalia and Rails' own log tags name no framework
        WHEN tags ? 'application' AND (tags ? 'controller' OR tags ? 'job') THEN 'rails'
    END;
END
$$;

COMMENT ON FUNCTION perfext.n_plus_one_framework(jsonb, text) IS
    'The framework that sent a statement, by its tags or application name; NULL: not known';

CREATE FUNCTION perfext.rewrite_singular(name text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN name ~* '.ies$' THEN regexp_replace(name, 'ies$', 'y', 'i')
        WHEN name ~* '(ss|x|ch|sh)es$' THEN left(name, -2)
        WHEN name ~* '[^s]s$' THEN left(name, -1)
        ELSE name
    END;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_singular(text) IS
    'books: book, categories: category';

CREATE FUNCTION perfext.rewrite_plural(name text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN perfext.rewrite_singular(name) <> name THEN name
        WHEN name ~* '[^aeiou]y$' THEN left(name, -1) || 'ies'
        WHEN name ~* '(s|x|ch|sh)$' THEN name || 'es'
        ELSE name || 's'
    END;
END
$$;

COMMENT ON FUNCTION perfext.rewrite_plural(text) IS
    'book: books, category: categories';

CREATE FUNCTION perfext.rewrite_model(name text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN replace(initcap(replace(perfext.rewrite_singular(name), '_', ' ')), ' ', '');
END
$$;

COMMENT ON FUNCTION perfext.rewrite_model(text) IS
    'What frameworks call the class of a table: order_items: OrderItem';

/*
 * what: one (the loop looks up one row by its key), many (a list), aggregate, keys (no
 * relation is known), insert, update, delete, redundant
 */
CREATE FUNCTION perfext.n_plus_one_line(framework text, what text, parent_table text,
                                        parent_column text, child_table text, child_column text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $$
DECLARE
    -- %1$s the relation, %2$s the class it is asked of, %3$s the key, %4$s the class of the
    -- repeated statement, %5$s what one of its rows is called, %6$s and %7$s the tables
    templates jsonb := $json${
"django": {"name": "Django", "one": "%2$s.objects.select_related('%1$s')",
  "many": "%2$s.objects.prefetch_related('%1$s')  # or the relation's related_name, by default %5$s_set",
  "aggregate": "%2$s.objects.annotate(n=Count('%1$s'))  # or Sum, Exists ...",
  "keys": "%4$s.objects.filter(%3$s__in=values)",
  "insert": "%4$s.objects.bulk_create(rows)", "update": "%4$s.objects.bulk_update(rows, fields)",
  "delete": "%4$s.objects.filter(%3$s__in=values).delete()",
  "redundant": "keep the object in a variable or cached_property, or use cache.get_or_set()"},
"rails": {"name": "Rails", "one": "%2$s.includes(:%1$s)", "many": "%2$s.includes(:%1$s)",
  "aggregate": "%2$s.includes(:%1$s) and size, a counter_cache, or %4$s.group(:%3$s).count",
  "keys": "%4$s.where(%3$s: values)", "insert": "%4$s.insert_all(rows)",
  "update": "%4$s.upsert_all(rows)", "delete": "%4$s.where(%3$s: values).delete_all",
  "redundant": "keep it: @%5$s ||= ..., or Rails.cache.fetch"},
"sqlalchemy": {"name": "SQLAlchemy", "one": "select(%2$s).options(joinedload(%2$s.%1$s))",
  "many": "select(%2$s).options(selectinload(%2$s.%1$s))",
  "aggregate": "select(%4$s.%3$s, func.count()).where(%4$s.%3$s.in_(values)).group_by(%4$s.%3$s)",
  "keys": "select(%4$s).where(%4$s.%3$s.in_(values))",
  "insert": "session.execute(insert(%4$s), rows)", "update": "session.execute(update(%4$s), rows)",
  "delete": "session.execute(delete(%4$s).where(%4$s.%3$s.in_(values)))",
  "redundant": "session.get(%4$s, key) asks once in a session; keep the object"},
"sequelize": {"name": "Sequelize", "one": "%2$s.findAll({ include: ['%1$s'] })",
  "many": "%2$s.findAll({ include: ['%1$s'] })",
  "aggregate": "%4$s.count({ where: { %3$s: values }, group: ['%3$s'] })",
  "keys": "%4$s.findAll({ where: { %3$s: values } })", "insert": "%4$s.bulkCreate(rows)",
  "update": "%4$s.bulkCreate(rows, { updateOnDuplicate: [...] })",
  "delete": "%4$s.destroy({ where: { %3$s: values } })",
  "redundant": "keep the result of the first call"},
"typeorm": {"name": "TypeORM", "one": "repository.find({ relations: { %1$s: true } })",
  "many": "repository.find({ relations: { %1$s: true } })",
  "aggregate": "createQueryBuilder().loadRelationCountAndMap(...), or one query with groupBy('%3$s')",
  "keys": "repository.findBy({ %3$s: In(values) })", "insert": "repository.insert(rows)",
  "update": "repository.upsert(rows, ['%3$s'])",
  "delete": "repository.delete({ %3$s: In(values) })",
  "redundant": "find({ ..., cache: true }), or keep the result"},
"prisma": {"name": "Prisma", "one": "findMany({ include: { %1$s: true } })",
  "many": "findMany({ include: { %1$s: true } })",
  "aggregate": "findMany({ include: { _count: { select: { %1$s: true } } } })",
  "keys": "findMany({ where: { %3$s: { in: values } } })", "insert": "createMany({ data: rows })",
  "update": "$transaction([...]), or updateMany() where all rows get the same values",
  "delete": "deleteMany({ where: { %3$s: { in: values } } })",
  "redundant": "keep the result of the first call"},
"drizzle": {"name": "Drizzle", "one": "db.query.%6$s.findMany({ with: { %1$s: true } })",
  "many": "db.query.%6$s.findMany({ with: { %1$s: true } })",
  "aggregate": "db.select({ key: %7$s.%3$s, n: count() }).from(%7$s).groupBy(%7$s.%3$s)",
  "keys": "db.select().from(%7$s).where(inArray(%7$s.%3$s, values))",
  "insert": "db.insert(%7$s).values(rows)",
  "update": "db.insert(%7$s).values(rows).onConflictDoUpdate(...)",
  "delete": "db.delete(%7$s).where(inArray(%7$s.%3$s, values))",
  "redundant": "keep the result of the first call"},
"mikroorm": {"name": "MikroORM", "one": "em.find(%2$s, where, { populate: ['%1$s'] })",
  "many": "em.find(%2$s, where, { populate: ['%1$s'] })",
  "aggregate": "one query builder with groupBy('%3$s')",
  "keys": "em.find(%4$s, { %3$s: { $in: values } })",
  "insert": "em.insertMany(%4$s, rows)", "update": "em.upsertMany(%4$s, rows)",
  "delete": "em.nativeDelete(%4$s, { %3$s: { $in: values } })",
  "redundant": "em.findOne() asks once in one EntityManager; keep the object"},
"knex": {"name": "Knex", "one": "knex('%7$s').whereIn('%3$s', values), or .leftJoin('%7$s', ...)",
  "many": "knex('%7$s').whereIn('%3$s', values), or .leftJoin('%7$s', ...)",
  "aggregate": "knex('%7$s').whereIn('%3$s', values).groupBy('%3$s').select('%3$s').count()",
  "keys": "knex('%7$s').whereIn('%3$s', values)",
  "insert": "knex('%7$s').insert(rows), or knex.batchInsert('%7$s', rows)",
  "update": "knex('%7$s').insert(rows).onConflict('%3$s').merge()",
  "delete": "knex('%7$s').whereIn('%3$s', values).del()",
  "redundant": "keep the result of the first call"},
"laravel": {"name": "Laravel", "one": "%2$s::with('%1$s')", "many": "%2$s::with('%1$s')",
  "aggregate": "%2$s::withCount('%1$s')", "keys": "%4$s::whereIn('%3$s', $values)",
  "insert": "%4$s::insert($rows)", "update": "%4$s::upsert($rows, ['%3$s'])",
  "delete": "%4$s::whereIn('%3$s', $values)->delete()",
  "redundant": "once(fn () => ...), or Cache::remember()"},
"hibernate": {"name": "Hibernate",
  "one": "JOIN FETCH x.%1$s, or @EntityGraph(attributePaths = \"%1$s\")",
  "many": "JOIN FETCH x.%1$s, or @BatchSize on it", "aggregate": "one query with GROUP BY",
  "keys": "findAllById(keys)", "insert": "saveAll(rows) with hibernate.jdbc.batch_size",
  "update": "hibernate.jdbc.batch_size and order_updates", "delete": "deleteAllByIdInBatch(keys)",
  "redundant": "keep the entity in the session, or use the second-level cache"},
"jdbc": {"name": "JDBC",
  "one": "WHERE %3$s = ANY (?), setArray(1, connection.createArrayOf(\"bigint\", keys))  // or its type",
  "many": "WHERE %3$s = ANY (?), setArray(1, connection.createArrayOf(\"bigint\", keys))  // or its type",
  "aggregate": "WHERE %3$s = ANY (?) GROUP BY %3$s, setArray(1, connection.createArrayOf(...))",
  "keys": "WHERE %3$s = ANY (?), setArray(1, connection.createArrayOf(\"bigint\", keys))  // or its type",
  "insert": "addBatch() and executeBatch(), with reWriteBatchedInserts=true in the URL",
  "update": "addBatch() and executeBatch(), in one transaction",
  "delete": "WHERE %3$s = ANY (?), setArray(1, connection.createArrayOf(\"bigint\", keys))  // or its type",
  "redundant": "keep the result of the first call"}
}$json$;
    relation text := CASE what
        WHEN 'one' THEN coalesce(
            nullif(regexp_replace(parent_column, '(_id|_uuid|_fk|_key|_pk|Id|ID|Uuid)$', ''),
                parent_column),
            perfext.rewrite_singular(child_table))
        ELSE perfext.rewrite_plural(child_table)
    END;
    template text := templates->framework->>what;
BEGIN
    RETURN '-- ' || (templates->framework->>'name') || ': ' || format(template,
        coalesce(nullif(relation, ''), 'relation'), coalesce(perfext.rewrite_model(parent_table),
            'Parent'),
        coalesce(child_column, 'id'), coalesce(perfext.rewrite_model(child_table), 'Model'),
        coalesce(perfext.rewrite_singular(child_table), 'result'), coalesce(parent_table, 'parent'),
        coalesce(child_table, 'child'));
END
$$;

COMMENT ON FUNCTION perfext.n_plus_one_line(text, text, text, text, text, text) IS
    'What to write in a framework''s program, as a comment of SQL; NULL when the framework is not '
        'known';
