/*-------------------------------------------------------------------------
 *
 * commandtable.c
 *	  How large the table is that VACUUM, ANALYZE, CREATE INDEX or REINDEX works
 *	  on, and its indexes.
 *
 * Separate from follow_server.c, which uses it to tell how long the phases take that
 * are still to come: that runs in a signal handler, and this looks into the catalogs,
 * when the command begins.
 *
 * Only commands about one table, that is no partitioned one, are looked at.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "optimizer/paths.h"
#include "port/atomics.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "capture/commandtable.h"
#include "capture/jobtarget.h"
#include "capture/usage.h"

static PfxCommandTable noted;

/* Set last and unset first: a signal handler looks at it */
static volatile bool is_noted = false;

static bool
has_option(const List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		/* a value that is none is the command's error to raise */
		if (strcmp(option->defname, name) == 0)
			return option->arg == NULL || IsA(option->arg, Integer) ||
				!IsA(option->arg, String) || pg_strcasecmp(strVal(option->arg), "off") != 0;
	}
	return false;
}

/* VACUUM's, as it is asked for */
static int
wanted_workers(const List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "parallel") == 0 && option->arg != NULL &&
			IsA(option->arg, Integer))
			return Min(intVal(option->arg), max_parallel_maintenance_workers);
	}
	return max_parallel_maintenance_workers;
}

/* A relation's size in blocks as pg_class has it, 0 if it is gone, and its access method */
static double
blocks_of(Oid relid, Oid *method)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		blocks;

	*method = InvalidOid;
	if (!HeapTupleIsValid(tuple))
		return 0;
	blocks = Max(((Form_pg_class) GETSTRUCT(tuple))->relpages, 0);
	*method = ((Form_pg_class) GETSTRUCT(tuple))->relam;
	ReleaseSysCache(tuple);
	return blocks;
}

/* The caller holds a lock on the table */
static bool
learn(Oid relid)
{
	Relation	rel = RelationIdGetRelation(relid);
	List	   *indexes;
	ListCell   *lc;
	Oid			method;
	int			large_indexes = 0;

	if (!RelationIsValid(rel))
		return false;
	if (rel->rd_rel->relkind != RELKIND_RELATION && rel->rd_rel->relkind != RELKIND_MATVIEW)
	{
		RelationClose(rel);
		return false;
	}
	noted.relid = relid;
	noted.toast_relid = rel->rd_rel->reltoastrelid;
	noted.columns = RelationGetNumberOfAttributes(rel);
	noted.blocks = Max(rel->rd_rel->relpages, 0);
	noted.tuples = rel->rd_rel->reltuples;
	indexes = RelationGetIndexList(rel);
	RelationClose(rel);
	noted.nindexes = list_length(indexes);
	foreach(lc, indexes)
	{
		double		blocks = blocks_of(lfirst_oid(lc), &method);

		noted.index_blocks += blocks;
		large_indexes += blocks >= min_parallel_index_scan_size ? 1 : 0;
		if (foreach_current_index(lc) < PFX_COMMAND_INDEXES)
			noted.indexes[foreach_current_index(lc)] = lfirst_oid(lc);
	}
	list_free(indexes);
	/* one index each; the first is the session's own */
	noted.workers = Max(Min(noted.workers, large_indexes - 1), 0);
	if (OidIsValid(noted.toast_relid))
		noted.toast_blocks = blocks_of(noted.toast_relid, &method);
	return true;
}

/* What the statement tells without the catalogs; the table, or for REINDEX the index */
static const RangeVar *
look_at_statement(Node *parsetree)
{
	if (IsA(parsetree, VacuumStmt))
	{
		VacuumStmt *stmt = (VacuumStmt *) parsetree;

		noted.workers = wanted_workers(stmt->options);
		noted.analyzes = stmt->is_vacuumcmd && has_option(stmt->options, "analyze");
		return list_length(stmt->rels) == 1 ?
			linitial_node(VacuumRelation, stmt->rels)->relation : NULL;
	}
	if (IsA(parsetree, IndexStmt))
	{
		IndexStmt  *stmt = (IndexStmt *) parsetree;

		noted.builds = 1;
		noted.concurrently = stmt->concurrent;
		noted.sorts = stmt->accessMethod == NULL ||
			strcmp(stmt->accessMethod, DEFAULT_INDEX_TYPE) == 0;
		return stmt->relation;
	}
	if (IsA(parsetree, ReindexStmt))
	{
		ReindexStmt *stmt = (ReindexStmt *) parsetree;

		noted.concurrently = has_option(stmt->params, "concurrently");
		return stmt->relation;
	}
	return NULL;
}

static bool
look_at_table(Node *parsetree, const RangeVar *rel)
{
	Oid			relid = pfx_job_find_table(rel->schemaname, rel->relname);
	bool		known;

	if (!OidIsValid(relid))
		return false;
	if (IsA(parsetree, ReindexStmt))
	{
		char		relkind = get_rel_relkind(relid);

		if (relkind == RELKIND_INDEX)
		{
			Oid			method;

			(void) blocks_of(relid, &method);
			noted.builds = 1;
			noted.sorts = method == BTREE_AM_OID;
			relid = IndexGetRelation(relid, true);
		}
	}
	if (!OidIsValid(relid) || !ConditionalLockRelationOid(relid, AccessShareLock))
		return false;
	known = learn(relid);
	UnlockRelationOid(relid, AccessShareLock);
	if (known && noted.builds == 0)
	{
		noted.builds = noted.nindexes;
		noted.sorts = true;
	}
	return known;
}

void
pfx_command_table_note(Node *parsetree)
{
	const RangeVar *rel;
	PfxMark		mark;
	bool		known;

	is_noted = false;
	pg_compiler_barrier();
	if (!IsA(parsetree, VacuumStmt) && !IsA(parsetree, IndexStmt) && !IsA(parsetree, ReindexStmt))
		return;
	memset(&noted, 0, sizeof(noted));
	rel = look_at_statement(parsetree);
	if (rel == NULL || !IsTransactionState())
		return;
	pfx_mark(&mark);
	known = look_at_table(parsetree, rel);
	pfx_own_work_end(&mark);
	pg_compiler_barrier();
	is_noted = known;
}

const PfxCommandTable *
pfx_command_table(void)
{
	return is_noted ? &noted : NULL;
}
