/*-------------------------------------------------------------------------
 *
 * candidate_predicates.c
 *	  Finds the conditions that set a small part of a table apart for good: a
 *	  rare state, what is not done yet, what is not NULL though most is.
 *
 * It is apart from candidate_terms.c because a condition that no index serves as
 * a search (status <> 'done') may still be a predicate, and because a predicate
 * holds a constant: it must be the statement's own, and name a kind of row
 * rather than one value of many.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_am_d.h"
#include "detect/candidate_keys.h"
#include "detect/candidate_opclass.h"
#include "detect/candidate_predicates.h"
#include "detect/columns.h"
#include "detect/constants.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* A partial index pays when it holds less than this part of the rows */
#define MAX_PARTIAL_SELECTIVITY 0.2

/* A value names a kind of row in a column of so few ... */
#define MAX_CATEGORIES 50
/* ... and is rare when it has less than this part of an average value's rows */
#define MAX_PART_OF_AVERAGE 0.5

/*
 * column = constant, column <> constant; or the same with the elements of an
 * array.  Sets pins and indexable.  NULL: something else.
 */
static Var *
compared_column(Oid opno, List *args, PfxRareClause *rare)
{
	Node	   *column = pfx_strip_relabel(linitial(args));
	Node	   *constant = list_length(args) == 2 ? pfx_strip_relabel(lsecond(args)) : NULL;
	Oid			opclass;
	Oid			opfamily;
	Oid			negator;

	if (constant && IsA(column, Const))
	{
		Node	   *swap = column;

		column = constant;
		constant = swap;
	}
	if (constant == NULL || !IsA(column, Var) || !IsA(constant, Const) ||
		((Const *) constant)->constisnull || pfx_is_doubted(constant))
		return NULL;

	opclass = pfx_default_opclass(((Var *) column)->vartype, BTREE_AM_OID);
	if (!OidIsValid(opclass))
		return NULL;
	opfamily = get_opclass_family(opclass);
	rare->indexable = get_op_opfamily_strategy(opno, opfamily) == BTEqualStrategyNumber;
	rare->pins = rare->indexable;
	if (rare->indexable)
		return (Var *) column;
	negator = get_negator(opno);
	if (OidIsValid(negator) &&
		get_op_opfamily_strategy(negator, opfamily) == BTEqualStrategyNumber)
		return (Var *) column;
	return NULL;
}

/* The column of a clause that could be a predicate; else NULL. */
static Var *
predicate_column(Node *clause, PfxRareClause *rare)
{
	Node	   *column = NULL;
	Var		   *result;

	rare->pins = true;
	rare->indexable = true;
	switch (nodeTag(clause))
	{
		case T_OpExpr:
			return compared_column(((OpExpr *) clause)->opno, ((OpExpr *) clause)->args,
								   rare);
		case T_ScalarArrayOpExpr:
			result = compared_column(((ScalarArrayOpExpr *) clause)->opno,
									 ((ScalarArrayOpExpr *) clause)->args, rare);
			/* one of several, or none of them: all else is hardly rare */
			if (rare->indexable != ((ScalarArrayOpExpr *) clause)->useOr)
				return NULL;
			rare->pins = false;
			return result;
		case T_NullTest:
			rare->pins = ((NullTest *) clause)->nulltesttype == IS_NULL;
			if (!((NullTest *) clause)->argisrow)
				column = (Node *) ((NullTest *) clause)->arg;
			break;
		case T_BooleanTest:
			rare->pins = ((BooleanTest *) clause)->booltesttype == IS_TRUE ||
				((BooleanTest *) clause)->booltesttype == IS_FALSE;
			rare->indexable = rare->pins;
			column = (Node *) ((BooleanTest *) clause)->arg;
			break;
		case T_BoolExpr:
			if (is_notclause(clause))
				column = (Node *) get_notclausearg((Expr *) clause);
			break;
		case T_Var:
			column = clause;
			break;
		default:
			break;
	}
	column = pfx_strip_relabel(column);
	return column && IsA(column, Var) ? (Var *) column : NULL;
}

/* Is it a rare kind of row, and not just one value like the others? */
static bool
is_rare(PlannerInfo *root, Var *column, const PfxRareClause *rare)
{
	double		ndistinct;

	if (rare->selectivity >= MAX_PARTIAL_SELECTIVITY)
		return false;
	if (!IsA(rare->rinfo->clause, OpExpr) && !IsA(rare->rinfo->clause, ScalarArrayOpExpr))
		return true;
	if (!rare->indexable)
		return true;			/* what is left of all but a few values */
	ndistinct = pfx_count_distinct(root, (Node *) column);
	return ndistinct <= MAX_CATEGORIES && rare->selectivity * ndistinct < MAX_PART_OF_AVERAGE;
}

static int
compare_rare(const ListCell *a, const ListCell *b)
{
	const PfxRareClause *x = lfirst(a);
	const PfxRareClause *y = lfirst(b);

	if (x->selectivity != y->selectivity)
		return x->selectivity < y->selectivity ? -1 : 1;
	return x->key.attnum - y->key.attnum;
}

List *
pfx_rare_clauses(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		PfxRareClause *rare = palloc0(sizeof(PfxRareClause));
		Var		   *column = predicate_column((Node *) rinfo->clause, rare);

		if (column == NULL || rinfo->pseudoconstant ||
			!pfx_index_key(root, rel, (Node *) column, InvalidOid, &rare->key) ||
			contain_mutable_functions((Node *) rinfo->clause) ||
			!SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid),
								   Int16GetDatum(column->varattno), BoolGetDatum(false)))
			continue;
		rare->rinfo = rinfo;
		rare->key.opclass = pfx_default_opclass(rare->key.type, BTREE_AM_OID);
		rare->selectivity = clause_selectivity(root, (Node *) rinfo, 0, JOIN_INNER, NULL);
		if (!is_rare(root, column, rare))
			continue;
		rare->predicate = copyObject((Node *) rinfo->clause);
		ChangeVarNodes(rare->predicate, rel->relid, 1, 0);
		result = lappend(result, rare);
	}
	list_sort(result, compare_rare);
	return result;
}
