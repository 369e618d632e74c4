/*-------------------------------------------------------------------------
 *
 * planid.c
 *	  A plan's identity: a hash of its structure.
 *
 * It is apart from the plan walk because it runs at every execution, on the
 * Plan tree alone: it must cost tens of nanoseconds, so it allocates nothing
 * and reads no catalog unless the plan scans partitions.
 *
 * What goes in: node types, relations, indexes, join types, aggregation
 * strategies, scan directions, parallelism.  What stays out: expressions,
 * constants, costs, rows, and how many partitions there are: a partition
 * counts as its topmost parent, and the members of an Append are a set.
 * A partition's index counts as the columns of the parent that it is on,
 * since its parent index would have to be searched in pg_inherits.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "capture/planid.h"
#include "capture/planwalk.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "parser/parsetree.h"
#include "utils/syscache.h"

/* With at most this many children, searching the list is the cheaper way. */
#define SHORT_APPEND_LIST	8

/* Distinct members of an Append that are told apart. */
#define MAX_DISTINCT	64

typedef struct HashContext
{
	const PfxPlanRels *rels;
	bool		as_member;		/* tell apart range table entries of one parent table */
	bool		saw_child;		/* some node reads a child of a parent table */
} HashContext;

/* Hashes added up without regard to order and repetition. */
typedef struct HashSet
{
	int			n;
	uint64		seen[MAX_DISTINCT];
	uint64		sum;
} HashSet;

static uint64 hash_plan(HashContext *cxt, Plan *plan);

static inline uint64
mix(uint64 h, uint64 v)
{
	h = (h ^ v) * UINT64CONST(0x9E3779B97F4A7C15);
	return h ^ (h >> 29);
}

static void
hash_set_add(HashSet *set, uint64 h)
{
	for (int i = 0; i < set->n; i++)
	{
		if (set->seen[i] == h)
			return;
	}
	if (set->n < MAX_DISTINCT)
		set->seen[set->n++] = h;
	set->sum += mix(h, UINT64CONST(0xD6E8FEB86659FD93));
}

void
pfx_plan_rels_init(PfxPlanRels *rels, const PlannedStmt *pstmt)
{
	ListCell   *lc;
	int			nrtes = list_length(pstmt->rtable);

	rels->pstmt = pstmt;
	rels->by_child = NULL;
	if (list_length(pstmt->appendRelations) <= SHORT_APPEND_LIST)
		return;

	rels->by_child = palloc0_array(AppendRelInfo *, nrtes + 1);
	foreach(lc, pstmt->appendRelations)
	{
		AppendRelInfo *appinfo = (AppendRelInfo *) lfirst(lc);

		if (appinfo->child_relid <= nrtes)
			rels->by_child[appinfo->child_relid] = appinfo;
	}
}

void
pfx_plan_rels_free(PfxPlanRels *rels)
{
	if (rels->by_child)
		pfree(rels->by_child);
	rels->by_child = NULL;
}

/* How rti became a child of a table; NULL when it is none. */
static AppendRelInfo *
parent_info(const PfxPlanRels *rels, Index rti)
{
	AppendRelInfo *appinfo = NULL;
	ListCell   *lc;

	if (rels->pstmt->appendRelations == NIL)
		return NULL;
	if (rels->by_child)
		appinfo = rels->by_child[rti];
	else
	{
		foreach(lc, rels->pstmt->appendRelations)
		{
			appinfo = (AppendRelInfo *) lfirst(lc);
			if (appinfo->child_relid == rti)
				break;
			appinfo = NULL;
		}
	}

	/* the arms of a UNION ALL have no parent table */
	if (appinfo && !OidIsValid(appinfo->parent_reloid))
		appinfo = NULL;
	return appinfo;
}

Index
pfx_plan_rels_topmost(const PfxPlanRels *rels, Index rti)
{
	AppendRelInfo *appinfo;

	while ((appinfo = parent_info(rels, rti)) != NULL)
		rti = appinfo->parent_relid;
	return rti;
}

Oid
pfx_plan_rels_relid(const PfxPlanRels *rels, Index rti)
{
	RangeTblEntry *rte;

	if (rti == 0 || rti > list_length(rels->pstmt->rtable))
		return InvalidOid;
	rte = rt_fetch(rti, rels->pstmt->rtable);
	return rte->rtekind == RTE_RELATION ? rte->relid : InvalidOid;
}

static uint64
hash_relation(HashContext *cxt, uint64 h, Index rti)
{
	Index		topmost;

	if (rti == 0)
		return h;
	topmost = pfx_plan_rels_topmost(cxt->rels, rti);
	if (topmost != rti)
	{
		cxt->saw_child = true;
		if (cxt->as_member)
			h = mix(h, topmost);
	}
	return mix(h, pfx_plan_rels_relid(cxt->rels, topmost));
}

/* A child's index: the columns of the topmost parent that it is on. */
static uint64
hash_child_index(HashContext *cxt, uint64 h, Index rti, Oid indexid)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(indexid));
	Form_pg_index index;

	if (!HeapTupleIsValid(tuple))
		return h;
	index = (Form_pg_index) GETSTRUCT(tuple);
	for (int i = 0; i < index->indnkeyatts; i++)
	{
		AttrNumber	attno = index->indkey.values[i];
		Index		child = rti;
		AppendRelInfo *appinfo;

		while (attno > 0 && (appinfo = parent_info(cxt->rels, child)) != NULL)
		{
			attno = attno <= appinfo->num_child_cols ? appinfo->parent_colnos[attno - 1] : 0;
			child = appinfo->parent_relid;
		}
		h = mix(h, (uint64) attno);
	}
	ReleaseSysCache(tuple);
	return h;
}

static uint64
hash_index(HashContext *cxt, uint64 h, Index rti, Oid indexid, ScanDirection dir)
{
	HeapTuple	tuple;
	const char *name;

	h = mix(h, (uint64) dir);
	if (parent_info(cxt->rels, rti) != NULL)
		return hash_child_index(cxt, h, rti, indexid);

	/* by its name: REINDEX CONCURRENTLY gives an index another OID */
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(indexid));
	if (!HeapTupleIsValid(tuple))
		return mix(h, indexid);
	name = NameStr(((Form_pg_class) GETSTRUCT(tuple))->relname);
	h = mix(h, hash_bytes_extended((const unsigned char *) name, strlen(name), 0));
	ReleaseSysCache(tuple);
	return h;
}

static uint64
hash_list(HashContext *cxt, uint64 h, List *plans)
{
	ListCell   *lc;

	foreach(lc, plans)
		h = mix(h, hash_plan(cxt, (Plan *) lfirst(lc)));
	return h;
}

/* Members whose order and number do not matter.  Not inlined: it needs stack. */
static pg_noinline uint64
hash_set(HashContext *cxt, uint64 h, List *plans)
{
	HashSet		set;
	ListCell   *lc;

	set.n = 0;
	set.sum = 0;
	foreach(lc, plans)
	{
		if (lfirst(lc) != NULL)
			hash_set_add(&set, hash_plan(cxt, (Plan *) lfirst(lc)));
	}
	return mix(h, set.sum);
}

static uint64
hash_functions(uint64 h, List *functions)
{
	ListCell   *lc;

	foreach(lc, functions)
	{
		Node	   *expr = ((RangeTblFunction *) lfirst(lc))->funcexpr;

		if (expr && IsA(expr, FuncExpr))
			h = mix(h, ((FuncExpr *) expr)->funcid);
	}
	return h;
}

/* Relations that a foreign or custom scan stands for as a whole. */
static uint64
hash_relids(HashContext *cxt, uint64 h, Bitmapset *relids)
{
	int			rti = -1;

	while ((rti = bms_next_member(relids, rti)) >= 0)
		h = hash_relation(cxt, h, rti);
	return h;
}

static uint64
hash_string(uint64 h, const char *s)
{
	while (s && *s)
		h = mix(h, (unsigned char) *s++);
	return h;
}

static inline Index
scanrelid(Plan *plan)
{
	return ((Scan *) plan)->scanrelid;
}

/* What a scan node adds to its type; *done tells whether it is a scan. */
static uint64
hash_scan(HashContext *cxt, uint64 h, Plan *plan, bool *done)
{
	*done = true;
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_BitmapHeapScan:
		case T_TidScan:
		case T_TidRangeScan:
			return hash_relation(cxt, h, scanrelid(plan));
		case T_SampleScan:
			h = mix(h, ((SampleScan *) plan)->tablesample->tsmhandler);
			return hash_relation(cxt, h, scanrelid(plan));
		case T_IndexScan:
			h = hash_index(cxt, h, scanrelid(plan), ((IndexScan *) plan)->indexid,
						   ((IndexScan *) plan)->indexorderdir);
			return hash_relation(cxt, h, scanrelid(plan));
		case T_IndexOnlyScan:
			h = hash_index(cxt, h, scanrelid(plan), ((IndexOnlyScan *) plan)->indexid,
						   ((IndexOnlyScan *) plan)->indexorderdir);
			return hash_relation(cxt, h, scanrelid(plan));
		case T_BitmapIndexScan:
			h = hash_index(cxt, h, scanrelid(plan), ((BitmapIndexScan *) plan)->indexid,
						   ForwardScanDirection);
			return hash_relation(cxt, h, scanrelid(plan));
		case T_ForeignScan:
			h = mix(h, ((ForeignScan *) plan)->operation);
			return scanrelid(plan) ? hash_relation(cxt, h, scanrelid(plan)) :
				hash_relids(cxt, h, ((ForeignScan *) plan)->fs_relids);
		case T_CustomScan:
			h = hash_string(h, ((CustomScan *) plan)->methods->CustomName);
			h = scanrelid(plan) ? hash_relation(cxt, h, scanrelid(plan)) :
				hash_relids(cxt, h, ((CustomScan *) plan)->custom_relids);
			return hash_list(cxt, h, ((CustomScan *) plan)->custom_plans);
		case T_SubqueryScan:
			return mix(h, hash_plan(cxt, ((SubqueryScan *) plan)->subplan));
		case T_FunctionScan:
			return hash_functions(h, ((FunctionScan *) plan)->functions);
		default:
			*done = false;
			return h;
	}
}

static uint64
hash_modify_table(HashContext *cxt, uint64 h, ModifyTable *node)
{
	h = mix(h, node->operation);
	h = mix(h, node->onConflictAction);
	return hash_relation(cxt, h,
						 node->rootRelation ? node->rootRelation : node->nominalRelation);
}

static uint64
hash_plan(HashContext *cxt, Plan *plan)
{
	uint64		h;
	bool		scan;

	check_stack_depth();
	h = mix((uint64) nodeTag(plan), plan->parallel_aware);
	h = hash_scan(cxt, h, plan, &scan);
	if (!scan)
	{
		switch (nodeTag(plan))
		{
			case T_NestLoop:
			case T_MergeJoin:
			case T_HashJoin:
				h = mix(h, ((Join *) plan)->jointype);
				break;
			case T_Agg:
				h = mix(h, ((Agg *) plan)->aggstrategy);
				h = mix(h, ((Agg *) plan)->aggsplit);
				h = mix(h, ((Agg *) plan)->numCols);
				h = mix(h, list_length(((Agg *) plan)->chain));
				break;
			case T_Sort:
				h = mix(h, ((Sort *) plan)->numCols);
				break;
			case T_IncrementalSort:
				h = mix(h, ((IncrementalSort *) plan)->sort.numCols);
				h = mix(h, ((IncrementalSort *) plan)->nPresortedCols);
				break;
			case T_SetOp:
				h = mix(h, ((SetOp *) plan)->cmd);
				h = mix(h, ((SetOp *) plan)->strategy);
				break;
			case T_WindowAgg:
				h = mix(h, ((WindowAgg *) plan)->partNumCols);
				h = mix(h, ((WindowAgg *) plan)->ordNumCols);
				break;
			case T_ModifyTable:
				h = hash_modify_table(cxt, h, (ModifyTable *) plan);
				break;
			case T_Append:
				h = hash_set(cxt, h, ((Append *) plan)->appendplans);
				break;
			case T_MergeAppend:
				h = hash_set(cxt, h, ((MergeAppend *) plan)->mergeplans);
				break;
			case T_BitmapAnd:
				h = hash_list(cxt, h, ((BitmapAnd *) plan)->bitmapplans);
				break;
			case T_BitmapOr:
				h = hash_list(cxt, h, ((BitmapOr *) plan)->bitmapplans);
				break;
			default:
				break;
		}
	}
	if (outerPlan(plan))
		h = mix(h, hash_plan(cxt, outerPlan(plan)));
	if (innerPlan(plan))
		h = mix(h + 1, hash_plan(cxt, innerPlan(plan)));
	return h;
}

uint64
pfx_plan_member_hash(const PfxPlanRels *rels, Plan *plan, bool *is_child)
{
	HashContext cxt = {.rels = rels, .as_member = true};
	uint64		h = hash_plan(&cxt, plan);

	*is_child = cxt.saw_child;
	return h;
}

uint64
pfx_plan_id(const PlannedStmt *pstmt)
{
	PfxPlanRels rels;
	HashContext cxt = {.rels = &rels};
	uint64		h = mix(UINT64CONST(0x7066782D706C616E), pstmt->commandType);

	if (pstmt->planTree == NULL)
		return h ? h : 1;

	pfx_plan_rels_init(&rels, pstmt);
	h = mix(h, hash_plan(&cxt, pstmt->planTree));

	/*
	 * CTEs, InitPlans and SubPlans, wherever they hang: a set, since the
	 * members of an Append may each have brought a copy of theirs.
	 */
	if (pstmt->subplans != NIL)
		h = hash_set(&cxt, h, pstmt->subplans);
	pfx_plan_rels_free(&rels);
	return h ? h : 1;
}
