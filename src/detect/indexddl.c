/*-------------------------------------------------------------------------
 *
 * indexddl.c
 *	  Writes an index that does not exist down: as SQL and as facts.
 *
 * Separate from those who think of indexes: it knows names and quoting, they
 * know planning.
 *
 * Of a partition the topmost parent is named, for that is where its index would
 * be made; partitions may have their columns in another order, but not under
 * other names.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_namespace_d.h"
#include "catalog/dependency.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_namespace_d.h"
#include "catalog/pg_opclass.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "common/hashfn.h"
#include "detect/indexddl.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

/* The table that the DDL names. */
static Oid
named_table(const PfxIndexDef *def)
{
	Oid			relid = def->relid;

	if (get_rel_relispartition(relid))
	{
		List	   *ancestors = get_partition_ancestors(relid);

		if (ancestors != NIL)
			relid = llast_oid(ancestors);
		list_free(ancestors);
	}
	return relid;
}

static char *
expression_sql(const PfxIndexDef *def, Node *expr)
{
	return deparse_expression(expr,
							  deparse_context_for(get_rel_name(def->relid), def->relid),
							  false, false);
}

/* A key as in CREATE INDEX, without operator class, collation and order. */
static char *
key_sql(const PfxIndexDef *def, const PfxIndexKey *key)
{
	char	   *text;

	if (key->attnum != 0)
		return pstrdup(quote_identifier(get_attname(def->relid, key->attnum, false)));
	text = expression_sql(def, key->expr);
	/* a function call may stand alone */
	if (IsA(key->expr, FuncExpr) &&
		((FuncExpr *) key->expr)->funcformat == COERCE_EXPLICIT_CALL)
		return text;
	return psprintf("(%s)", text);
}

static const char *
order_sql(const PfxIndexKey *key)
{
	if (key->descending)
		return key->nulls_first ? " DESC" : " DESC NULLS LAST";
	return key->nulls_first ? " NULLS FIRST" : "";
}

/* " COLLATE x", when it is not the column's or expression's own; else "" */
static const char *
collation_sql(const PfxIndexDef *def, const PfxIndexKey *key)
{
	Oid			own;

	if (key->attnum != 0)
	{
		Oid			type;
		int32		typmod;

		get_atttypetypmodcoll(def->relid, key->attnum, &type, &typmod, &own);
	}
	else
		own = exprCollation(key->expr);
	if (!OidIsValid(key->collation) || key->collation == own)
		return "";
	return psprintf(" COLLATE %s", generate_collation_name(key->collation));
}

/* " x_ops", when it is not the type's default; else "" */
static const char *
opclass_sql(const PfxIndexDef *def, const PfxIndexKey *key)
{
	HeapTuple	tuple;
	Form_pg_opclass form;
	const char *result = "";

	if (GetDefaultOpClass(key->type, def->am) == key->opclass)
		return result;
	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(key->opclass));
	if (!HeapTupleIsValid(tuple))
		return result;
	form = (Form_pg_opclass) GETSTRUCT(tuple);
	if (form->opcnamespace == PG_CATALOG_NAMESPACE)
		result = psprintf(" %s", quote_identifier(NameStr(form->opcname)));
	else
		result = psprintf(" %s",
						  quote_qualified_identifier(get_namespace_name(form->opcnamespace),
													 NameStr(form->opcname)));
	ReleaseSysCache(tuple);
	return result;
}

/* The extension that a key's operator class comes from; or NULL. */
static char *
extension_name(const PfxIndexDef *def)
{
	for (int i = 0; i < def->nkeys; i++)
	{
		Oid			extension = getExtensionOfObject(OperatorClassRelationId,
													 def->keys[i].opclass);

		if (OidIsValid(extension))
			return get_extension_name(extension);
	}
	return NULL;
}

/* What stands in the parentheses of CREATE INDEX ON t (...). */
static char *
column_list(const PfxIndexDef *def)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < def->nkeys; i++)
	{
		const PfxIndexKey *key = &def->keys[i];

		appendStringInfo(&buf, "%s%s%s%s%s", i > 0 ? ", " : "", key_sql(def, key),
						 collation_sql(def, key), opclass_sql(def, key), order_sql(key));
	}
	return buf.data;
}

static char *
predicate_sql(const PfxIndexDef *def)
{
	if (def->predicate == NIL)
		return NULL;
	return expression_sql(def, (Node *) make_ands_explicit(def->predicate));
}

/*
 * Deparsing qualifies what the search path does not show.  The DDL will be run
 * with another one than this statement's, so only pg_catalog's names stay bare.
 * Returns what leave_search_path() wants; an error's cleanup does the same.
 */
static int
enter_search_path(void)
{
	int			nestlevel = NewGUCNestLevel();

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return nestlevel;
}

static void
leave_search_path(int nestlevel)
{
	AtEOXact_GUC(true, nestlevel);
}

static char *
access_method_name(Oid am)
{
	HeapTuple	tuple = SearchSysCache1(AMOID, ObjectIdGetDatum(am));
	char	   *result = NULL;

	if (HeapTupleIsValid(tuple))
	{
		result = pstrdup(NameStr(((Form_pg_am) GETSTRUCT(tuple))->amname));
		ReleaseSysCache(tuple);
	}
	return result;
}

/* All that tells the definition from others of the same table and columns. */
static uint32
definition_hash(const PfxIndexDef *def)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s (%s)", access_method_name(def->am), column_list(def));
	for (int i = 0; i < def->ninclude; i++)
		appendStringInfo(&buf, " %s", get_attname(def->relid, def->include[i], false));
	if (def->predicate != NIL)
		appendStringInfo(&buf, " WHERE %s", predicate_sql(def));
	return hash_bytes((unsigned char *) buf.data, buf.len);
}

/* Nothing but columns in a btree? */
static bool
is_plain(const PfxIndexDef *def)
{
	if (def->am != BTREE_AM_OID || def->ninclude > 0 || def->predicate != NIL)
		return false;
	for (int i = 0; i < def->nkeys; i++)
		if (def->keys[i].attnum == 0 || def->keys[i].descending || def->keys[i].nulls_first ||
			*opclass_sql(def, &def->keys[i]) || *collation_sql(def, &def->keys[i]))
			return false;
	return true;
}

static char *
index_name(const PfxIndexDef *def)
{
	Oid			relid = named_table(def);
	StringInfoData buf;
	char		suffix[16] = "_idx";

	initStringInfo(&buf);
	appendStringInfoString(&buf, get_rel_name(relid));
	for (int i = 0; i < def->nkeys; i++)
	{
		const PfxIndexKey *key = &def->keys[i];

		if (key->attnum != 0)
			appendStringInfo(&buf, "_%s", get_attname(def->relid, key->attnum, false));
		else if (IsA(key->expr, FuncExpr))
			appendStringInfo(&buf, "_%s", get_func_name(((FuncExpr *) key->expr)->funcid));
		else
			appendStringInfoString(&buf, "_expr");
	}
	if (!is_plain(def) || buf.len + strlen(suffix) >= NAMEDATALEN ||
		OidIsValid(get_relname_relid(psprintf("%s%s", buf.data, suffix),
									 get_rel_namespace(relid))))
		snprintf(suffix, sizeof(suffix), "_%08x_idx", definition_hash(def));
	buf.data[pg_mbcliplen(buf.data, buf.len, NAMEDATALEN - 1 - strlen(suffix))] = '\0';
	return psprintf("%s%s", buf.data, suffix);
}

char *
pfx_index_name(const PfxIndexDef *def)
{
	int			nestlevel = enter_search_path();
	char	   *result = index_name(def);

	leave_search_path(nestlevel);
	return result;
}

static void
append_member(StringInfo buf, const char *name, const char *value)
{
	appendStringInfo(buf, ", \"%s\": ", name);
	if (value)
		escape_json(buf, value);
	else
		appendStringInfoString(buf, "null");
}

void
pfx_index_json(StringInfo buf, const PfxIndexDef *def)
{
	Oid			relid = named_table(def);
	char		relkind[2] = {get_rel_relkind(relid), '\0'};
	int			nestlevel = enter_search_path();

	appendStringInfo(buf, "\"relid\": %u", relid);
	append_member(buf, "schemaname", get_namespace_name(get_rel_namespace(relid)));
	append_member(buf, "relname", get_rel_name(relid));
	append_member(buf, "relkind", relkind);
	append_member(buf, "method", access_method_name(def->am));
	appendStringInfoString(buf, ", \"key_columns\": [");
	for (int i = 0; i < def->nkeys; i++)
	{
		if (i > 0)
			appendStringInfoString(buf, ", ");
		escape_json(buf, psprintf("%s%s", key_sql(def, &def->keys[i]),
								  order_sql(&def->keys[i])));
	}
	appendStringInfoString(buf, "], \"include_columns\": [");
	for (int i = 0; i < def->ninclude; i++)
	{
		if (i > 0)
			appendStringInfoString(buf, ", ");
		escape_json(buf, quote_identifier(get_attname(def->relid, def->include[i], false)));
	}
	appendStringInfoChar(buf, ']');
	append_member(buf, "predicate", predicate_sql(def));
	append_member(buf, "column_list", column_list(def));
	append_member(buf, "needs_extension", extension_name(def));
	append_member(buf, "index_name", index_name(def));
	leave_search_path(nestlevel);
}
