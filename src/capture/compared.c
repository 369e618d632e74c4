/*-------------------------------------------------------------------------
 *
 * compared.c
 *	  Takes comparisons apart: which column, or expression of one, is compared
 *	  with which given value, or with a list of them that became rows.
 *
 * Separate from keys.c, which knows plans: this looks at expressions only.  No
 * memory is taken; the only catalog access is one look at each operator,
 * remembered.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "capture/compared.h"

bool
pfx_is_equality(Oid opno)
{
	static struct
	{
		Oid			opno;
		bool		equality;
	}			known[64];
	int			slot = opno % lengthof(known);

	if (known[slot].opno != opno)
	{
		known[slot].equality = get_oprrest(opno) == F_EQSEL;
		known[slot].opno = opno;
	}
	return known[slot].equality;
}

Node *
pfx_strip_casts(Node *node)
{
	for (;;)
	{
		if (node == NULL)
			return NULL;
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, CoerceViaIO))
			node = (Node *) ((CoerceViaIO *) node)->arg;
		else if (IsA(node, FuncExpr) && list_length(((FuncExpr *) node)->args) == 1 &&
				 ((FuncExpr *) node)->funcformat != COERCE_EXPLICIT_CALL)
			node = (Node *) linitial(((FuncExpr *) node)->args);
		else
			return node;
	}
}

bool
pfx_is_given(const Node *node)
{
	if (node == NULL)
		return false;
	if (IsA(node, Const))
		return !((const Const *) node)->constisnull;
	return IsA(node, Param) && ((const Param *) node)->paramkind == PARAM_EXTERN;
}

/* ---- the only one ---- */

typedef struct Only
{
	Index		rti;
	List	   *indextlist;
	AttrNumber	attnum;			/* 0: no column yet */
	Node	   *param;			/* NULL: no parameter yet */
} Only;

/* True: there is something else, too */
static bool
look_for_only(Node *node, void *context)
{
	Only	   *only = (Only *) context;
	AttrNumber	attnum;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			attnum = pfx_column_of(node, only->rti, only->indextlist);
			if (attnum == 0 && ((Var *) node)->varno == INDEX_VAR)
				attnum = pfx_column_in(node, only->rti, only->indextlist);
			if (attnum == 0 || (only->attnum != 0 && only->attnum != attnum))
				return true;
			only->attnum = attnum;
			return false;
		case T_Param:
			if (((Param *) node)->paramkind != PARAM_EXTERN ||
				(only->param != NULL &&
				 ((Param *) only->param)->paramid != ((Param *) node)->paramid))
				return true;
			only->param = node;
			return false;
		case T_Const:
			return false;
		case T_SubPlan:
		case T_AlternativeSubPlan:
			return true;
		default:
			return expression_tree_walker(node, look_for_only, context);
	}
}

Node *
pfx_given_in(Node *node)
{
	Node	   *stripped = pfx_strip_casts(node);
	Only		only = {0};

	if (pfx_is_given(stripped))
		return stripped;
	if (stripped == NULL || (!IsA(stripped, FuncExpr) && !IsA(stripped, OpExpr)) ||
		look_for_only(stripped, &only))
		return NULL;
	return only.param;
}

AttrNumber
pfx_column_of(Node *node, Index rti, List *indextlist)
{
	Var		   *var = (Var *) node;

	if (node == NULL || !IsA(node, Var))
		return 0;
	if (var->varno == INDEX_VAR && var->varattno > 0 && var->varattno <= list_length(indextlist))
		return pfx_column_of((Node *) list_nth_node(TargetEntry, indextlist,
													var->varattno - 1)->expr,
							 rti, NIL);
	return var->varno == rti ? var->varattno : 0;
}

AttrNumber
pfx_column_in(Node *node, Index rti, List *indextlist)
{
	Var		   *var = (Var *) node;
	Only		only = {.rti = rti,.indextlist = indextlist};

	/* an index of an expression */
	if (node != NULL && IsA(node, Var) && var->varno == INDEX_VAR)
	{
		if (var->varattno <= 0 || var->varattno > list_length(indextlist))
			return 0;
		node = (Node *) list_nth_node(TargetEntry, indextlist, var->varattno - 1)->expr;
		only.indextlist = NIL;
	}
	if (look_for_only(node, &only) || only.param != NULL)
		return 0;
	return only.attnum;
}

bool
pfx_is_unchanged(const Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (const Node *) ((const RelabelType *) node)->arg;
	return node != NULL && IsA(node, Var);
}

bool
pfx_makes_rows_of_list(const Node *node)
{
	if (node == NULL || !IsA(node, FuncExpr))
		return false;
	switch (((const FuncExpr *) node)->funcid)
	{
		case F_UNNEST_ANYARRAY:
		case F_JSON_ARRAY_ELEMENTS:
		case F_JSONB_ARRAY_ELEMENTS:
		case F_JSON_ARRAY_ELEMENTS_TEXT:
		case F_JSONB_ARRAY_ELEMENTS_TEXT:
		case F_JSON_TO_RECORDSET:
		case F_JSONB_TO_RECORDSET:
		case F_JSON_POPULATE_RECORDSET:
		case F_JSONB_POPULATE_RECORDSET:
			return true;
		default:
			return false;
	}
}
