/*-------------------------------------------------------------------------
 *
 * planscans.c
 *	  Finds the scans of a plan, and how often each runs.
 *
 * Separate from whatif.c, which asks for plans: this only looks at them.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"

#include "detect/planscans.h"

static const char *
join_name(const Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_NestLoop:
			return "Nested Loop";
		case T_HashJoin:
			return "Hash Join";
		case T_MergeJoin:
			return "Merge Join";
		default:
			return NULL;
	}
}

static void walk_list(List *plans, PfxScanPlace place, PfxScanCallback callback, void *arg);

static void
walk_plan(Plan *plan, PfxScanPlace place, PfxScanCallback callback, void *arg)
{
	PfxScanPlace below = place;
	const char *join;

	if (plan == NULL)
		return;
	check_stack_depth();
	join = join_name(plan);
	if (join != NULL)
		below.join = join;
	switch (nodeTag(plan))
	{
		case T_SeqScan:
			callback(plan, InvalidOid, &place, arg);
			break;
		case T_IndexScan:
			callback(plan, ((IndexScan *) plan)->indexid, &place, arg);
			break;
		case T_IndexOnlyScan:
			callback(plan, ((IndexOnlyScan *) plan)->indexid, &place, arg);
			break;
		case T_BitmapIndexScan:
			callback(plan, ((BitmapIndexScan *) plan)->indexid, &place, arg);
			break;
		case T_BitmapHeapScan:
			callback(plan, InvalidOid, &place, arg);
			break;
		case T_BitmapAnd:
			walk_list(((BitmapAnd *) plan)->bitmapplans, below, callback, arg);
			break;
		case T_BitmapOr:
			walk_list(((BitmapOr *) plan)->bitmapplans, below, callback, arg);
			break;
		case T_Append:
			walk_list(((Append *) plan)->appendplans, below, callback, arg);
			break;
		case T_MergeAppend:
			walk_list(((MergeAppend *) plan)->mergeplans, below, callback, arg);
			break;
		case T_SubqueryScan:
			walk_plan(((SubqueryScan *) plan)->subplan, below, callback, arg);
			break;
		case T_Memoize:
			below.kept = true;
			break;
		default:
			break;
	}
	walk_plan(plan->lefttree, below, callback, arg);
	/* the inner side of a nested loop runs once for each outer row */
	if (IsA(plan, NestLoop))
		below.loops *= Max(plan->lefttree->plan_rows, 1);
	walk_plan(plan->righttree, below, callback, arg);
}

static void
walk_list(List *plans, PfxScanPlace place, PfxScanCallback callback, void *arg)
{
	ListCell   *lc;

	foreach(lc, plans)
		walk_plan((Plan *) lfirst(lc), place, callback, arg);
}

void
pfx_walk_scans(const PlannedStmt *pstmt, PfxScanCallback callback, void *arg)
{
	PfxScanPlace place = {1, NULL, false};

	walk_plan(pstmt->planTree, place, callback, arg);
	/* how often a SubPlan runs is not told by the plan */
	walk_list(pstmt->subplans, place, callback, arg);
}
