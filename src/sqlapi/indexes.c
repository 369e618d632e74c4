/*-------------------------------------------------------------------------
 *
 * indexes.c
 *	  SQL functions about indexes that do not exist.
 *
 * Separate from the judgement over them (src/detect): here are the rights.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "detect/hypothetical.h"
#include "detect/indexparse.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

PG_FUNCTION_INFO_V1(perfext_estimate_index_size_1_0);
PG_FUNCTION_INFO_V1(perfext_check_index_key_1_0);

/*
 * The size tells of the values (how many are different, how many are NULL), so
 * who asks must be allowed to read them.
 */
static void
check_rights(Relation table, const Bitmapset *columns)
{
	Oid			relid = RelationGetRelid(table);
	int			attnum = -1;

	if (check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row-level security of table \"%s\" applies to you",
						RelationGetRelationName(table))));
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return;
	while ((attnum = bms_next_member(columns, attnum)) >= 0)
		if (pg_attribute_aclcheck(relid, attnum, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(table->rd_rel->relkind),
						   RelationGetRelationName(table));
}

/*
 * perfext.estimate_index_size(relid regclass, definition text) -> bytes.  Errors
 * when the caller may not read the columns, when CREATE INDEX would refuse the
 * definition, and for what is no table that is stored.
 */
Datum
perfext_estimate_index_size_1_0(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	char	   *definition = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Relation	table = table_open(relid, AccessShareLock);
	PfxIndexDef def;
	PfxIndexSize size;
	BlockNumber pages;
	double		tuples;
	double		all_visible;

	if (table->rd_rel->relkind != RELKIND_RELATION && table->rd_rel->relkind != RELKIND_MATVIEW)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is neither a table nor a materialized view that holds rows",
						RelationGetRelationName(table)),
				 errhint("Of a partitioned table, ask for its partitions.")));
	pfx_parse_index(relid, definition, false, &def);
	check_rights(table, pfx_index_columns(&def));
	estimate_rel_size(table, NULL, &pages, &tuples, &all_visible);
	pfx_index_size(&def, pages, tuples, &size);
	table_close(table, AccessShareLock);
	PG_RETURN_INT64((int64) size.pages * BLCKSZ);
}

/*
 * perfext.check_index_key(relid regclass, key text) -> nothing, or an error when
 * the text is not one index key over the table's columns that calls the server's
 * own immutable functions and no other.  For texts that were recorded from other
 * users' statements: what passes can be evaluated with the caller's rights.
 */
Datum
perfext_check_index_key_1_0(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	char	   *key = text_to_cstring(PG_GETARG_TEXT_PP(1));
	Relation	table = table_open(relid, AccessShareLock);
	PfxIndexDef def;

	pfx_parse_index(relid, psprintf("(%s)", key), true, &def);
	if (def.nkeys != 1 || def.ninclude > 0 || def.predicate != NIL || def.keys[0].attnum != 0 ||
		bms_is_empty(pfx_index_columns(&def)))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("not one expression over columns: \"%s\"", key)));
	table_close(table, AccessShareLock);
	PG_RETURN_VOID();
}
