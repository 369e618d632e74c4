/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  Finds the table's column behind a Var of a plan.
 *
 * It is apart from predicates.c because any judgement over a finished plan
 * (predicates, sort keys, values that link two statements) has to get from
 * OUTER_VAR 3 to a column's name, and none of them should know how.
 *
 * The way leads down through nodes that pass rows on as they are; what an
 * aggregate or a set operation has made of a column is not that column any
 * more.  A partition counts as its topmost parent.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "detect/columns.h"
#include "miscadmin.h"
#include "nodes/pathnodes.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

Node *
pfx_strip_relabel(Node *node)
{
	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/* The topmost parent table's range table index. */
static Index
topmost_rti(const PlannedStmt *pstmt, Index rti)
{
	ListCell   *lc;

	foreach(lc, pstmt->appendRelations)
	{
		AppendRelInfo *appinfo = (AppendRelInfo *) lfirst(lc);

		if (appinfo->child_relid == rti && OidIsValid(appinfo->parent_reloid))
			return topmost_rti(pstmt, appinfo->parent_relid);
	}
	return rti;
}

/* The column that an entry of a target list passes on. */
static bool
resolve_entry(const PlannedStmt *pstmt, Plan *plan, List *tlist, AttrNumber attno,
			  PfxColumn *column)
{
	Node	   *expr;

	if (plan == NULL || attno <= 0 || attno > list_length(tlist))
		return false;
	expr = pfx_strip_relabel((Node *) list_nth_node(TargetEntry, tlist, attno - 1)->expr);
	return expr && IsA(expr, Var) && pfx_resolve_column(pstmt, plan, (Var *) expr, column);
}

/*
 * The plan that OUTER_VAR means, when rows pass through unchanged; *is_append
 * is set when it is only one of several.
 */
static Plan *
outer_source(Plan *plan, bool *is_append)
{
	List	   *members = NIL;

	switch (nodeTag(plan))
	{
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
		case T_Hash:
		case T_Sort:
		case T_IncrementalSort:
		case T_Material:
		case T_Memoize:
		case T_Gather:
		case T_GatherMerge:
		case T_Result:
			return outerPlan(plan);
		case T_Append:
			members = ((Append *) plan)->appendplans;
			break;
		case T_MergeAppend:
			members = ((MergeAppend *) plan)->mergeplans;
			break;
		default:
			return NULL;
	}
	*is_append = true;
	return members != NIL ? linitial(members) : NULL;
}

static bool
resolve_scan_var(const PlannedStmt *pstmt, Plan *plan, Var *var, PfxColumn *column)
{
	RangeTblEntry *rte;
	Index		topmost;

	if (var->varno <= 0 || var->varno > list_length(pstmt->rtable))
		return false;
	rte = rt_fetch(var->varno, pstmt->rtable);
	if (rte->rtekind == RTE_SUBQUERY && IsA(plan, SubqueryScan))
	{
		Plan	   *subplan = ((SubqueryScan *) plan)->subplan;

		return resolve_entry(pstmt, subplan, subplan->targetlist, var->varattno, column);
	}
	if (rte->rtekind != RTE_RELATION || var->varattno <= 0)
		return false;

	topmost = topmost_rti(pstmt, var->varno);
	column->rti = var->varno;
	column->relid = rt_fetch(topmost, pstmt->rtable)->relid;
	column->name = get_attname(rte->relid, var->varattno, true);
	column->type = var->vartype;
	column->collation = var->varcollid;
	return column->name != NULL && get_attnum(column->relid, column->name) > 0;
}

bool
pfx_resolve_column(const PlannedStmt *pstmt, Plan *plan, Var *var, PfxColumn *column)
{
	bool		is_append = false;
	Plan	   *source;

	check_stack_depth();
	switch (var->varno)
	{
		case OUTER_VAR:
			source = outer_source(plan, &is_append);
			if (source == NULL ||
				!resolve_entry(pstmt, source, source->targetlist, var->varattno, column))
				return false;
			/* the first arm of a UNION ALL does not speak for the others */
			if (is_append && topmost_rti(pstmt, column->rti) == column->rti)
				return false;
			return true;
		case INNER_VAR:
			source = innerPlan(plan);
			return source &&
				resolve_entry(pstmt, source, source->targetlist, var->varattno, column);
		case INDEX_VAR:
			if (IsA(plan, IndexOnlyScan))
				return resolve_entry(pstmt, plan, ((IndexOnlyScan *) plan)->indextlist,
									 var->varattno, column);
			if (IsA(plan, ForeignScan))
				return resolve_entry(pstmt, plan, ((ForeignScan *) plan)->fdw_scan_tlist,
									 var->varattno, column);
			if (IsA(plan, CustomScan))
				return resolve_entry(pstmt, plan, ((CustomScan *) plan)->custom_scan_tlist,
									 var->varattno, column);
			return false;
		default:
			return resolve_scan_var(pstmt, plan, var, column);
	}
}
