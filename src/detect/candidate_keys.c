/*-------------------------------------------------------------------------
 *
 * candidate_keys.c
 *	  Tells what could be the key of an index, and how many values it has.
 *
 * It is apart from candidate_terms.c because it looks at one operand alone, for
 * whatever clause, join or order it stands in.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type_d.h"
#include "detect/candidate_keys.h"
#include "detect/candidate_opclass.h"
#include "detect/columns.h"
#include "detect/constants.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

static bool
unindexable_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			/* system columns and whole rows; those of outer queries are Params by now */
			return ((Var *) node)->varattno <= 0 || ((Var *) node)->varlevelsup > 0;
		case T_Param:
		case T_SubLink:
		case T_SubPlan:
		case T_AlternativeSubPlan:
		case T_PlaceHolderVar:
		case T_Aggref:
		case T_GroupingFunc:
		case T_WindowFunc:
		case T_CurrentOfExpr:
			return true;
		default:
			return expression_tree_walker(node, unindexable_walker, context);
	}
}

/*
 * Would an index over the expression be worth its name?  Not where the query
 * should be written in another way: the server cast a column to the type of an
 * odd value, or the query's own number is added to a column.
 */
static bool
is_rewritable(Node *node)
{
	if (IsA(node, FuncExpr))
		return ((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST;
	if (IsA(node, OpExpr) && list_length(((OpExpr *) node)->args) == 2)
	{
		OpExpr	   *op = (OpExpr *) node;
		char	   *name = get_opname(op->opno);

		return name && (strcmp(name, "+") == 0 || strcmp(name, "-") == 0) &&
			op->opno < FirstNormalObjectId &&
			(IsA(linitial(op->args), Const) || IsA(lsecond(op->args), Const));
	}
	return false;
}

bool
pfx_index_key(PlannerInfo *root, RelOptInfo *rel, Node *operand, Oid collation,
			  PfxIndexKey *key)
{
	if (operand == NULL || !bms_equal(pull_varnos(root, operand), rel->relids))
		return false;
	operand = pfx_strip_relabel(operand);
	if (unindexable_walker(operand, NULL))
		return false;

	memset(key, 0, sizeof(PfxIndexKey));
	key->type = exprType(operand);
	if (get_typtype(key->type) == TYPTYPE_PSEUDO)
		return false;			/* such as a row of several columns */
	if (type_is_collatable(key->type))
		key->collation = OidIsValid(collation) ? collation : exprCollation(operand);
	if (IsA(operand, Var))
	{
		key->attnum = ((Var *) operand)->varattno;
		return true;
	}
	if (is_rewritable(operand) || expression_returns_set(operand) ||
		contain_mutable_functions(operand) || pfx_is_doubted(operand))
		return false;
	key->expr = copyObject(operand);
	ChangeVarNodes(key->expr, rel->relid, 1, 0);
	return true;
}

bool
pfx_same_key(const PfxIndexKey *a, const PfxIndexKey *b)
{
	return a->attnum == b->attnum && (a->attnum != 0 || equal(a->expr, b->expr));
}

bool
pfx_btree_key(PlannerInfo *root, RelOptInfo *rel, Node *operand, Oid collation,
			  PfxIndexKey *key, Oid *opfamily)
{
	if (!pfx_index_key(root, rel, operand, collation, key))
		return false;
	key->opclass = pfx_default_opclass(key->type, BTREE_AM_OID);
	*opfamily = OidIsValid(key->opclass) ? get_opclass_family(key->opclass) : InvalidOid;
	return OidIsValid(key->opclass);
}

/*
 * The column of the topmost parent that a partition's column is: the order of an
 * index's keys must not depend on which partition is looked at.
 */
static Node *
topmost_column(PlannerInfo *root, Node *node)
{
	while (IsA(node, Var) && root->append_rel_array != NULL)
	{
		Var		   *var = (Var *) node;
		AppendRelInfo *appinfo = root->append_rel_array[var->varno];
		AttrNumber	attnum;

		if (appinfo == NULL || !OidIsValid(appinfo->parent_reloid) ||
			root->simple_rel_array[appinfo->parent_relid] == NULL ||
			var->varattno <= 0 || var->varattno > appinfo->num_child_cols)
			break;
		attnum = appinfo->parent_colnos[var->varattno - 1];
		if (attnum <= 0)
			break;
		node = (Node *) makeVar(appinfo->parent_relid, attnum, var->vartype, var->vartypmod,
								var->varcollid, 0);
	}
	return node;
}

/* The rows of a table and of all other parts of it that the query reads. */
static double
table_tuples(PlannerInfo *root, RelOptInfo *rel)
{
	double		tuples = rel->tuples;
	ListCell   *lc;

	foreach(lc, root->append_rel_list)
	{
		AppendRelInfo *appinfo = lfirst_node(AppendRelInfo, lc);
		RelOptInfo *sibling = root->simple_rel_array[appinfo->child_relid];

		if (sibling && sibling != rel && !root->simple_rte_array[sibling->relid]->inh &&
			bms_equal(sibling->top_parent_relids, rel->top_parent_relids))
			tuples += sibling->tuples;
	}
	return tuples;
}

double
pfx_count_distinct(PlannerInfo *root, Node *operand)
{
	VariableStatData vardata;
	bool		isdefault;
	double		result = 0;
	Node	   *topmost;

	operand = pfx_strip_relabel(operand);
	topmost = topmost_column(root, operand);
	if (topmost != operand)
	{
		/* of a parent the planner knows only the rows that are left */
		examine_variable(root, topmost, 0, &vardata);
		if (HeapTupleIsValid(vardata.statsTuple))
			result = ((Form_pg_statistic) GETSTRUCT(vardata.statsTuple))->stadistinct;
		ReleaseVariableStats(vardata);
		if (result < 0)
			result *= -table_tuples(root, root->simple_rel_array[((Var *) operand)->varno]);
	}
	if (result == 0)
	{
		examine_variable(root, operand, 0, &vardata);
		result = get_variable_numdistinct(&vardata, &isdefault);
		ReleaseVariableStats(vardata);
	}
	return result;
}
