/*-------------------------------------------------------------------------
 *
 * tables.c
 *	  What planning a query does with the tables it reads, beside planning it.
 *
 * Separate from proving.c, which decides about queries.  The planner locks tables and
 * their indexes.  It asks foreign servers for estimates.  It runs functions that the
 * query does not name: those in CHECK constraints, in expressions of extended
 * statistics, in partition keys.  And it reads the ends of indexes, to see whether
 * the histogram is still right, which is counted as their use.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic_ext.h"
#include "pgstat.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "capture/tables.h"
#include "compat.h"
#include "detect/whatif.h"

static bool
is_table(Oid relid)
{
	char		kind = get_rel_relkind(relid);

	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE ||
		kind == RELKIND_MATVIEW;
}

/* ---- locks ---- */

bool
pfx_tables_lock(const List *relids)
{
	ListCell   *lc;

	foreach(lc, relids)
	{
		Relation	rel;
		List	   *indexes;
		ListCell   *li;

		if (!ConditionalLockRelationOid(lfirst_oid(lc), AccessShareLock))
			return false;
		if (!is_table(lfirst_oid(lc)))
			continue;
		/*
		 * An index may be locked without its table (REINDEX), and the statement that runs
		 * with a finished plan needs only those that are in it.
		 */
		rel = table_open(lfirst_oid(lc), NoLock);
		indexes = RelationGetIndexList(rel);
		table_close(rel, NoLock);
		foreach(li, indexes)
			if (!ConditionalLockRelationOid(lfirst_oid(li), AccessShareLock))
				return false;
	}
	return true;
}

/* ---- functions and foreign servers ---- */

static const char *
expression_obstacle(const char *text)
{
	return pfx_whatif_expression_obstacle(stringToNode(text));
}

static const char *
constraints_obstacle(Relation rel)
{
	const TupleConstr *constr = rel->rd_att->constr;
	const char *reason = NULL;

	for (int i = 0; constr != NULL && i < constr->num_check && reason == NULL; i++)
		reason = expression_obstacle(constr->check[i].ccbin);
	return reason;
}

static const char *
statistics_obstacle(Relation rel)
{
	const char *reason = NULL;
	ListCell   *lc;

	foreach(lc, RelationGetStatExtList(rel))
	{
		HeapTuple	tuple = SearchSysCache1(STATEXTOID, ObjectIdGetDatum(lfirst_oid(lc)));
		Datum		exprs;
		bool		isnull;

		if (!HeapTupleIsValid(tuple))
			continue;
		exprs = SysCacheGetAttr(STATEXTOID, tuple, Anum_pg_statistic_ext_stxexprs, &isnull);
		if (!isnull && reason == NULL)
			reason = expression_obstacle(TextDatumGetCString(exprs));
		ReleaseSysCache(tuple);
	}
	return reason;
}

static const char *
partition_key_obstacle(Relation rel)
{
	const PartitionKeyData *key;

	if (rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		return NULL;
	key = RelationGetPartitionKey(rel);
	for (int i = 0; i < key->partnatts; i++)
		if (key->partsupfunc[i].fn_oid >= FirstNormalObjectId)
			return PFX_CALLS_FUNCTIONS;
	return NULL;
}

const char *
pfx_tables_obstacle(const List *relids)
{
	const char *reason = NULL;
	ListCell   *lc;

	foreach(lc, relids)
	{
		Relation	rel;

		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_FOREIGN_TABLE)
			return PFX_READS_FOREIGN_TABLE;
		if (!is_table(lfirst_oid(lc)))
			continue;
		rel = table_open(lfirst_oid(lc), NoLock);
		reason = constraints_obstacle(rel);
		if (reason == NULL)
			reason = statistics_obstacle(rel);
		if (reason == NULL)
			reason = partition_key_obstacle(rel);
		table_close(rel, NoLock);
		if (reason != NULL)
			break;
	}
	return reason;
}

/* ---- counters ---- */

typedef struct Counters
{
	PgStat_TableStatus *status;
	PgStat_TableCounts counts;
} Counters;

static List *
add_counters(List *list, Relation rel)
{
	Counters   *counters;

	/* sees to it that there is something to count in; it lives until the transaction's end */
	if (!pgstat_should_count_relation(rel))
		return list;
	counters = palloc(sizeof(Counters));
	counters->status = rel->pgstat_info;
	counters->counts = *pfx_table_counts(rel->pgstat_info);
	return lappend(list, counters);
}

List *
pfx_tables_counters(const List *relids)
{
	List	   *list = NIL;
	ListCell   *lc;

	foreach(lc, relids)
	{
		Relation	rel;
		ListCell   *li;

		if (!is_table(lfirst_oid(lc)))
			continue;
		rel = table_open(lfirst_oid(lc), NoLock);
		list = add_counters(list, rel);
		foreach(li, RelationGetIndexList(rel))
		{
			Relation	index = index_open(lfirst_oid(li), AccessShareLock);

			list = add_counters(list, index);
			index_close(index, AccessShareLock);
		}
		table_close(rel, NoLock);
	}
	return list;
}

/* Touches only memory: can be called after an error */
void
pfx_tables_counters_restore(const List *counters)
{
	ListCell   *lc;

	foreach(lc, counters)
	{
		const Counters *one = (const Counters *) lfirst(lc);

		*pfx_table_counts(one->status) = one->counts;
	}
}
