/*-------------------------------------------------------------------------
 *
 * candidate_terms.c
 *	  Takes apart what the planner knows of a relation: which of its columns
 *	  and expressions are compared with what, and in which order rows are wanted.
 *
 * It is apart from candidates.c, which makes indexes of the terms, because here
 * is all that depends on how the planner represents a query, and there none of it.
 *
 * A clause gives a term exactly when the planner could match it to an index
 * (match_clause_to_indexcol() and its like in indxpath.c), whatever that index.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/transam.h"
#include "catalog/pg_am_d.h"
#include "detect/candidate_keys.h"
#include "detect/candidate_opclass.h"
#include "detect/candidate_terms.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"

/* An OR with an arm that keeps more than this reads most of the table anyway */
#define MAX_ARM_SELECTIVITY 0.25

/* Of an OR with hundreds of arms the first tell which columns it is about */
#define MAX_ARMS 32

/* Does the expression hold columns of rel, and of no other relation? */
static bool
is_ours(PlannerInfo *root, RelOptInfo *rel, Node *node)
{
	return bms_equal(pull_varnos(root, node), rel->relids);
}

/* Is it a value that rel's scan can be given? */
static bool
is_value(PlannerInfo *root, RelOptInfo *rel, Node *node)
{
	return !bms_is_member(rel->relid, pull_varnos(root, node)) &&
		!contain_volatile_functions(node);
}

PfxTerm *
pfx_make_term(PfxTermKind kind, const PfxIndexKey *key)
{
	PfxTerm    *term = palloc0(sizeof(PfxTerm));

	term->kind = kind;
	term->am = BTREE_AM_OID;
	term->nkeys = 1;
	term->keys[0] = *key;
	term->selectivity = 1.0;
	return term;
}

/*
 * Asks the function behind a clause what the planner asks it: whether an index of
 * this family can serve the clause.  NIL: no.  Only of the server's own functions
 * is it certain that they do not look at the index, which does not exist.
 */
static List *
ask_support(PlannerInfo *root, RelOptInfo *rel, Node *clause, Oid funcid, Oid opclass,
			Oid collation)
{
	SupportRequestIndexCondition req = {T_SupportRequestIndexCondition};
	Oid			support;

	if (!OidIsValid(opclass) || funcid >= FirstNormalObjectId)
		return NIL;
	support = get_func_support(funcid);
	if (!OidIsValid(support))
		return NIL;
	req.root = root;
	req.funcid = funcid;
	req.node = clause;
	req.indexarg = 0;
	req.index = makeNode(IndexOptInfo);
	req.index->rel = rel;
	req.opfamily = get_opclass_family(opclass);
	req.indexcollation = collation;
	req.lossy = true;
	return (List *) DatumGetPointer(OidFunctionCall1(support, PointerGetDatum(&req)));
}

/* LIKE 'x%' and the like: a range, or an equality, of strings. */
static PfxTerm *
pattern_term(PlannerInfo *root, RelOptInfo *rel, Node *clause, Oid funcid, Node *operand,
			 PfxIndexKey *key)
{
	Oid			opclass = key->opclass;
	List	   *conditions;
	PfxTerm    *term;

	conditions = ask_support(root, rel, clause, funcid, opclass, key->collation);
	if (conditions == NIL)
	{
		opclass = pfx_pattern_opclass(key->type);
		conditions = ask_support(root, rel, clause, funcid, opclass, key->collation);
	}
	if (conditions == NIL)
		return NULL;

	term = pfx_make_term(PFX_TERM_RANGE, key);
	term->keys[0].opclass = opclass;
	if (list_length(conditions) == 1 && IsA(linitial(conditions), OpExpr) &&
		get_op_opfamily_strategy(linitial_node(OpExpr, conditions)->opno,
								 get_opclass_family(opclass)) == BTEqualStrategyNumber)
	{
		term->kind = PFX_TERM_EQ;
		term->ndistinct = pfx_count_distinct(root, operand);
	}
	return term;
}

/* operand op value */
static PfxTerm *
operator_term(PlannerInfo *root, RelOptInfo *rel, OpExpr *clause)
{
	Node	   *left = linitial(clause->args);
	Node	   *right;
	Oid			opno = clause->opno;
	bool		commuted = false;
	PfxIndexKey key;
	PfxTerm    *term;
	int			strategy = 0;

	if (list_length(clause->args) != 2)
		return NULL;
	right = lsecond(clause->args);
	if (!is_ours(root, rel, left))
	{
		commuted = true;
		opno = get_commutator(opno);
		left = right;
		right = linitial(clause->args);
	}
	if (!OidIsValid(opno) || !is_value(root, rel, right) ||
		!pfx_index_key(root, rel, left, clause->inputcollid, &key))
		return NULL;

	key.opclass = pfx_default_opclass(key.type, BTREE_AM_OID);
	if (OidIsValid(key.opclass))
		strategy = get_op_opfamily_strategy(opno, get_opclass_family(key.opclass));
	if (strategy == BTEqualStrategyNumber)
	{
		term = pfx_make_term(PFX_TERM_EQ, &key);
		term->ndistinct = pfx_count_distinct(root, left);
	}
	else if (strategy != 0)
		term = pfx_make_term(PFX_TERM_RANGE, &key);
	else
	{
		term = commuted ? NULL :
			pattern_term(root, rel, (Node *) clause, get_opcode(opno), left, &key);
		if (term == NULL)
		{
			term = pfx_make_term(PFX_TERM_SEARCH, &key);
			if (!pfx_search_opclass(opno, key.type, &term->am, &term->keys[0].opclass))
				return NULL;
			term->opno = opno;
		}
	}
	term->partners = pull_varnos(root, right);
	return term;
}

/* starts_with(operand, value) */
static PfxTerm *
function_term(PlannerInfo *root, RelOptInfo *rel, FuncExpr *clause)
{
	PfxIndexKey key;

	if (list_length(clause->args) != 2 || clause->funcid >= FirstNormalObjectId ||
		!is_value(root, rel, lsecond(clause->args)) ||
		!pfx_index_key(root, rel, linitial(clause->args), clause->inputcollid, &key))
		return NULL;
	key.opclass = pfx_default_opclass(key.type, BTREE_AM_OID);
	return pattern_term(root, rel, (Node *) clause, clause->funcid, linitial(clause->args),
						&key);
}

/* operand op ANY (values) */
static PfxTerm *
array_term(PlannerInfo *root, RelOptInfo *rel, ScalarArrayOpExpr *clause)
{
	Node	   *left = linitial(clause->args);
	Node	   *right = lsecond(clause->args);
	Oid			opfamily;
	PfxIndexKey key;
	PfxTerm    *term;

	if (!clause->useOr || !is_value(root, rel, right) ||
		!pfx_btree_key(root, rel, left, clause->inputcollid, &key, &opfamily))
		return NULL;
	switch (get_op_opfamily_strategy(clause->opno, opfamily))
	{
		case 0:
			return NULL;
		case BTEqualStrategyNumber:
			term = pfx_make_term(PFX_TERM_IN, &key);
			term->ndistinct = pfx_count_distinct(root, left);
			break;
		default:
			term = pfx_make_term(PFX_TERM_RANGE, &key);
			break;
	}
	term->partners = pull_varnos(root, right);
	return term;
}

/* (a, b) > (value, value): a range over all its columns in turn */
static PfxTerm *
row_term(PlannerInfo *root, RelOptInfo *rel, RowCompareExpr *clause)
{
	PfxTerm    *term = NULL;
	ListCell   *left,
			   *right,
			   *opno,
			   *collation;

	forfour(left, clause->largs, right, clause->rargs, opno, clause->opnos,
			collation, clause->inputcollids)
	{
		Oid			opfamily;
		PfxIndexKey key;
		int			strategy;

		if (!is_value(root, rel, lfirst(right)) ||
			!pfx_btree_key(root, rel, lfirst(left), lfirst_oid(collation), &key, &opfamily))
			break;
		strategy = get_op_opfamily_strategy(lfirst_oid(opno), opfamily);
		if (strategy == 0 || strategy == BTEqualStrategyNumber)
			break;
		if (term == NULL)
			term = pfx_make_term(PFX_TERM_RANGE, &key);
		else if (term->nkeys < PFX_MAX_INDEX_KEYS)
			term->keys[term->nkeys++] = key;
		term->partners = bms_union(term->partners, pull_varnos(root, lfirst(right)));
	}
	return term;
}

static PfxTerm *
null_term(PlannerInfo *root, RelOptInfo *rel, NullTest *clause)
{
	Oid			opfamily;
	PfxIndexKey key;

	if (clause->argisrow ||
		!pfx_btree_key(root, rel, (Node *) clause->arg, InvalidOid, &key, &opfamily))
		return NULL;
	return pfx_make_term(clause->nulltesttype == IS_NULL ? PFX_TERM_NULL : PFX_TERM_RANGE, &key);
}

/* A boolean column, or NOT one. */
static PfxTerm *
boolean_term(PlannerInfo *root, RelOptInfo *rel, Node *clause)
{
	Oid			opfamily;
	PfxIndexKey key;
	PfxTerm    *term;

	if (is_notclause(clause))
		clause = (Node *) get_notclausearg((Expr *) clause);
	else if (IsA(clause, BooleanTest))
	{
		BoolTestType test = ((BooleanTest *) clause)->booltesttype;

		if (test != IS_TRUE && test != IS_FALSE)
			return NULL;
		clause = (Node *) ((BooleanTest *) clause)->arg;
	}
	if (!IsA(clause, Var) || !pfx_btree_key(root, rel, clause, InvalidOid, &key, &opfamily))
		return NULL;
	term = pfx_make_term(PFX_TERM_EQ, &key);
	term->ndistinct = 2;
	return term;
}

static PfxTerm *
clause_term(PlannerInfo *root, RelOptInfo *rel, Node *clause)
{
	switch (nodeTag(clause))
	{
		case T_OpExpr:
			return operator_term(root, rel, (OpExpr *) clause);
		case T_FuncExpr:
			return function_term(root, rel, (FuncExpr *) clause);
		case T_ScalarArrayOpExpr:
			return array_term(root, rel, (ScalarArrayOpExpr *) clause);
		case T_RowCompareExpr:
			return row_term(root, rel, (RowCompareExpr *) clause);
		case T_NullTest:
			return null_term(root, rel, (NullTest *) clause);
		case T_Var:
		case T_BoolExpr:
		case T_BooleanTest:
			return boolean_term(root, rel, clause);
		default:
			return NULL;
	}
}

/* The term of the list that reads the same key in the same way. */
static PfxTerm *
find_like(List *terms, const PfxTerm *wanted)
{
	ListCell   *lc;

	foreach(lc, terms)
	{
		PfxTerm    *term = lfirst(lc);

		if (term->kind == wanted->kind && term->am == wanted->am &&
			term->nkeys == wanted->nkeys && term->nkeys == 1 &&
			term->keys[0].opclass == wanted->keys[0].opclass &&
			term->keys[0].collation == wanted->keys[0].collation &&
			bms_equal(term->partners, wanted->partners) &&
			pfx_same_key(&term->keys[0], &wanted->keys[0]))
			return term;
	}
	return NULL;
}

/* Are the clauses rel's alone, and not tied to an outer join? */
static bool
all_local(RelOptInfo *rel, List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		if (!bms_equal(lfirst_node(RestrictInfo, lc)->required_relids, rel->relids))
			return false;
	}
	return true;
}

List *
pfx_clause_terms(PlannerInfo *root, RelOptInfo *rel, List *clauses)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		PfxTerm    *term;
		PfxTerm    *like;

		if (rinfo->pseudoconstant || !restriction_is_securely_promotable(rinfo, rel))
			continue;
		term = clause_term(root, rel, (Node *) rinfo->clause);
		if (term == NULL)
			continue;
		/* from and to are one range */
		like = find_like(result, term);
		if (like == NULL)
		{
			result = lappend(result, term);
			like = term;
		}
		like->clauses = lappend(like->clauses, rinfo);
	}

	foreach(lc, result)
	{
		PfxTerm    *term = lfirst(lc);

		/* the planner remembers a clause's estimate: for a join's it must be its own */
		if (all_local(rel, term->clauses))
			term->selectivity = clauselist_selectivity(root, term->clauses, 0, JOIN_INNER,
													   NULL);
	}
	return result;
}

/* The terms of each arm; NIL when one has none, since then all rows are read. */
static List *
arms_terms(PlannerInfo *root, RelOptInfo *rel, BoolExpr *orclause)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, orclause->args)
	{
		Node	   *arm = lfirst(lc);
		List	   *clauses = NIL;
		List	   *terms;
		ListCell   *lc2;

		if (list_length(result) == MAX_ARMS)
			break;
		if (is_andclause(arm))
		{
			foreach(lc2, ((BoolExpr *) arm)->args)
			{
				if (IsA(lfirst(lc2), RestrictInfo))
					clauses = lappend(clauses, lfirst(lc2));
			}
		}
		else if (IsA(arm, RestrictInfo))
			clauses = list_make1(arm);

		terms = pfx_clause_terms(root, rel, clauses);
		if (terms == NIL ||
			(all_local(rel, clauses) &&
			 clauselist_selectivity(root, clauses, 0, JOIN_INNER, NULL) > MAX_ARM_SELECTIVITY))
			return NIL;
		result = lappend(result, terms);
	}
	return result;
}

List *
pfx_or_terms(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *result = NIL;
	List	   *clauses = list_copy(rel->baserestrictinfo);
	ListCell   *lc;

	foreach(lc, rel->joininfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (restriction_is_or_clause(rinfo) && join_clause_is_movable_to(rinfo, rel))
			clauses = lappend(clauses, rinfo);
	}
	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		List	   *arms;

		if (!restriction_is_or_clause(rinfo) ||
			!restriction_is_securely_promotable(rinfo, rel))
			continue;
		arms = arms_terms(root, rel, (BoolExpr *) rinfo->orclause);
		if (arms != NIL)
			result = lappend(result, arms);
	}
	return result;
}
