/*-------------------------------------------------------------------------
 *
 * predicates.c
 *	  Takes a plan node's conditions apart into predicates over one column.
 *
 * It is apart from rendering plans because what it says is judged, not
 * printed: the rules for missing indexes, for extended statistics and for
 * comparisons that no index can serve read it from the stored plan.
 *
 * Conditions over several columns of one table (a < b) are not predicates in
 * this sense and are left out; a comparison of two tables' columns is one of
 * each.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_class_d.h"
#include "catalog/pg_type_d.h"
#include "detect/columns.h"
#include "detect/operators.h"
#include "detect/predicates.h"
#include "detect/sargable.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

typedef struct Predicate
{
	const char *source;
	PfxColumn	column;
	const char *operator;
	PfxPredicateKind kind;
	bool		negated;
	const char *other;
	bool		has_other_column;
	PfxColumn	other_column;
	bool		indexable;
	const char *index_method;
	PfxSargable sargable;
} Predicate;

typedef struct ClauseContext
{
	Plan	   *plan;
	const PlannedStmt *pstmt;
	const char *source;
	List	   *predicates;
} ClauseContext;

/* What stands on one side of a comparison. */
typedef struct Side
{
	Node	   *node;
	Var		   *var;			/* its only column */
	bool		has_columns;
	bool		has_column;		/* exactly one, and known to be a table's */
	PfxColumn	column;
} Side;

static const char *const kind_names[] = {
	[PFX_PREDICATE_EQ] = "eq",
	[PFX_PREDICATE_RANGE] = "range",
	[PFX_PREDICATE_LIKE] = "like",
	[PFX_PREDICATE_ILIKE] = "ilike",
	[PFX_PREDICATE_IN] = "in",
	[PFX_PREDICATE_NULL] = "null",
	[PFX_PREDICATE_BOOL] = "bool",
	[PFX_PREDICATE_NE] = "ne",
	[PFX_PREDICATE_OTHER] = "other"
};

static void take_clause(ClauseContext *cxt, Node *clause, bool negated);

/* Finds the columns of one side: none, one (however often), or several. */
static bool
side_walker(Node *node, Side *side)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (side->has_columns && (side->var == NULL || side->var->varno != var->varno ||
								  side->var->varattno != var->varattno))
			side->var = NULL;
		else
			side->var = var;
		side->has_columns = true;
		return false;
	}
	return expression_tree_walker(node, side_walker, side);
}

static void
look_at_side(ClauseContext *cxt, Node *node, Side *side)
{
	memset(side, 0, sizeof(Side));
	side->node = pfx_strip_relabel(node);
	(void) side_walker(side->node, side);
	if (side->var)
		side->has_column = pfx_resolve_column(cxt->pstmt, cxt->plan, side->var,
											  &side->column);

	/* the rules compare nodes: a bare column is its Var */
	if (side->has_column && IsA(side->node, Var))
		side->var = (Var *) side->node;
}

/* Of a pattern, only whether it is known and does not begin with a wildcard. */
static void
look_at_pattern(Node *pattern, PfxComparison *cmp)
{
	Const	   *con = (Const *) pfx_strip_relabel(pattern);

	if (con == NULL || !IsA(con, Const) || con->constisnull || con->consttype != TEXTOID)
		return;
	cmp->known_pattern = true;
	cmp->known_prefix = strchr("%_", TextDatumGetCString(con->constvalue)[0]) == NULL;
}

static const char *
describe_other(const Side *side)
{
	switch (nodeTag(side->node))
	{
		case T_Const:
			return "const";
		case T_Param:
			return "param";
		case T_Var:
			return "column";
		default:
			return "expression";
	}
}

/* ---- the predicates ---- */

static Predicate *
add_predicate(ClauseContext *cxt, const Side *side, const char *operator,
			  PfxPredicateKind kind, bool negated)
{
	Predicate  *predicate = palloc0_object(Predicate);

	predicate->source = cxt->source;
	predicate->column = side->column;
	predicate->operator = operator;
	predicate->kind = kind;
	predicate->negated = negated;
	predicate->other = "none";
	cxt->predicates = lappend(cxt->predicates, predicate);
	return predicate;
}

static void
start_comparison(const Side *side, PfxComparison *cmp)
{
	memset(cmp, 0, sizeof(PfxComparison));
	cmp->expr = side->node;
	cmp->var = side->var;
	cmp->relid = side->column.relid;
	cmp->column = side->column.name;
	cmp->type = side->column.type;
}

/* Can an index serve the bare column's comparison, and if not, what would? */
static void
judge_column(Predicate *predicate, PfxComparison *cmp, Oid opno, Oid collation)
{
	switch (cmp->kind)
	{
		case PFX_PREDICATE_EQ:
		case PFX_PREDICATE_RANGE:
		case PFX_PREDICATE_IN:
			predicate->indexable = true;
			if (OidIsValid(collation) && OidIsValid(predicate->column.collation) &&
				collation != predicate->column.collation)
			{
				predicate->indexable = false;
				predicate->sargable.advice =
					psprintf("column %s is compared under another collation than its own: "
							 "only an index with that collation can serve it",
							 quote_identifier(predicate->column.name));
			}
			break;
		case PFX_PREDICATE_LIKE:
			predicate->indexable = cmp->known_prefix;
			if (predicate->indexable)
				predicate->sargable.advice =
					psprintf("unless the collation of column %s is C, its index needs "
							 "text_pattern_ops", quote_identifier(predicate->column.name));
			else
				pfx_sargable_pattern(cmp, &predicate->sargable);
			break;
		case PFX_PREDICATE_ILIKE:
			pfx_sargable_pattern(cmp, &predicate->sargable);
			break;
		case PFX_PREDICATE_NULL:
			predicate->indexable = true;
			break;
		case PFX_PREDICATE_BOOL:
			predicate->indexable = strcmp(cmp->operator, "IS TRUE") == 0 ||
				strcmp(cmp->operator, "IS FALSE") == 0;
			break;
		case PFX_PREDICATE_NE:
			break;
		case PFX_PREDICATE_OTHER:
			predicate->index_method = pfx_index_method(opno);
			if (predicate->index_method)
			{
				predicate->sargable.index_expression =
					psprintf("%s (%s)", predicate->index_method,
							 quote_identifier(predicate->column.name));
				predicate->sargable.advice =
					psprintf("an index of method %s on column %s can serve this operator",
							 predicate->index_method,
							 quote_identifier(predicate->column.name));
			}
			break;
	}
}

/* Only the name of the function remains of what can be done. */
static void
drop_proposals(Predicate *predicate)
{
	predicate->indexable = false;
	predicate->index_method = NULL;
	predicate->sargable.rewrite = NULL;
	predicate->sargable.index_expression = NULL;
	predicate->sargable.advice = NULL;
}

/* The same of an expression over it. */
static void
judge_expression(Predicate *predicate, PfxComparison *cmp)
{
	PfxSargable *sargable = &predicate->sargable;

	pfx_sargable_expression(cmp, sargable);
	if (cmp->kind == PFX_PREDICATE_LIKE && sargable->index_expression)
		sargable->index_expression =
			psprintf(cmp->known_prefix ? "%s text_pattern_ops" : "gin (%s gin_trgm_ops)",
					 sargable->index_expression);
	if (predicate->negated || contain_volatile_functions(cmp->expr) ||
		cmp->kind == PFX_PREDICATE_NE || cmp->kind == PFX_PREDICATE_OTHER ||
		cmp->kind == PFX_PREDICATE_ILIKE || cmp->kind == PFX_PREDICATE_NULL ||
		cmp->kind == PFX_PREDICATE_BOOL)
		drop_proposals(predicate);
}

static void
judge(Predicate *predicate, PfxComparison *cmp, const Side *side, Oid opno, Oid collation)
{
	/* what rows of a foreign table are filtered by here, no index can serve */
	if (get_rel_relkind(predicate->column.relid) == RELKIND_FOREIGN_TABLE)
		return;
	if (IsA(side->node, Var))
		judge_column(predicate, cmp, opno, collation);
	else
		judge_expression(predicate, cmp);
	if (predicate->negated && predicate->kind != PFX_PREDICATE_BOOL)
		predicate->indexable = false;
}

/* "side opno other" */
static void
take_comparison(ClauseContext *cxt, const Side *side, Oid opno, Oid collation,
				const Side *other, bool negated)
{
	PfxComparison cmp;
	Predicate  *predicate;

	start_comparison(side, &cmp);
	pfx_classify_operator(opno, exprType(side->node), &cmp);
	cmp.value_type = exprType(other->node);
	if (cmp.kind == PFX_PREDICATE_LIKE || cmp.kind == PFX_PREDICATE_ILIKE)
		look_at_pattern(other->node, &cmp);

	predicate = add_predicate(cxt, side, cmp.operator, cmp.kind, negated);
	predicate->other = describe_other(other);
	if (other->has_column && IsA(other->node, Var))
	{
		predicate->has_other_column = true;
		predicate->other_column = other->column;
	}
	judge(predicate, &cmp, side, opno, collation);
	if (contain_volatile_functions(other->node))
		drop_proposals(predicate);
}

/* Two columns of the same row cannot be searched for one by the other. */
static bool
are_of_two_tables(const Side *left, const Side *right)
{
	if (left->var == NULL || right->var == NULL)
		return false;
	if (left->has_column && right->has_column)
		return left->column.rti != right->column.rti;
	return left->var->varno != right->var->varno;
}

static void
take_operator(ClauseContext *cxt, OpExpr *clause, bool negated)
{
	Side		left;
	Side		right;
	Oid			commutator;

	if (list_length(clause->args) != 2)
		return;
	look_at_side(cxt, linitial(clause->args), &left);
	look_at_side(cxt, lsecond(clause->args), &right);

	if (left.has_columns && right.has_columns && !are_of_two_tables(&left, &right))
		return;

	if (left.has_column)
		take_comparison(cxt, &left, clause->opno, clause->inputcollid, &right, negated);
	if (right.has_column)
	{
		commutator = get_commutator(clause->opno);
		if (OidIsValid(commutator))
			take_comparison(cxt, &right, commutator, clause->inputcollid, &left, negated);
	}
}

/* column operator ANY/ALL (array), or value = ANY (column) */
static void
take_array_operator(ClauseContext *cxt, ScalarArrayOpExpr *clause, bool negated)
{
	Side		left;
	Side		right;
	PfxComparison cmp;
	Predicate  *predicate;

	look_at_side(cxt, linitial(clause->args), &left);
	look_at_side(cxt, lsecond(clause->args), &right);
	if (left.has_columns && right.has_columns)
		return;

	if (left.has_column)
	{
		start_comparison(&left, &cmp);
		pfx_classify_operator(clause->opno, exprType(left.node), &cmp);
		cmp.value_type = get_element_type(exprType(right.node));
		cmp.strategy = 0;
		if (cmp.kind == PFX_PREDICATE_EQ && clause->useOr)
			cmp.kind = PFX_PREDICATE_IN;
		else if (cmp.kind != PFX_PREDICATE_NE || clause->useOr)
			cmp.kind = PFX_PREDICATE_OTHER;
		predicate = add_predicate(cxt, &left, cmp.kind == PFX_PREDICATE_IN ? "IN" :
								  psprintf("%s %s", cmp.operator, clause->useOr ? "ANY" : "ALL"),
								  cmp.kind, negated);
		predicate->other = describe_other(&right);
		judge(predicate, &cmp, &left, clause->opno, clause->inputcollid);
		if (contain_volatile_functions(right.node))
			drop_proposals(predicate);
	}
	else if (right.has_column)
	{
		predicate = add_predicate(cxt, &right, psprintf("%s %s", get_opname(clause->opno),
														clause->useOr ? "ANY" : "ALL"),
								  PFX_PREDICATE_OTHER, negated);
		predicate->other = describe_other(&left);
		if (IsA(right.node, Var) && clause->useOr && !negated &&
			pfx_operator_strategy(clause->opno, exprType(left.node)) == BTEqualStrategyNumber)
		{
			const char *name = quote_identifier(right.column.name);

			predicate->index_method = "gin";
			predicate->sargable.rewrite = psprintf("%s @> ARRAY[$1]", name);
			predicate->sargable.index_expression = psprintf("gin (%s)", name);
			predicate->sargable.advice =
				psprintf("search array column %s with @> and a GIN index", name);
		}
	}
}

/* IS [NOT] NULL, IS [NOT] TRUE, the column itself, functions that return boolean */
static void
take_test(ClauseContext *cxt, Node *arg, const char *operator, PfxPredicateKind kind,
		  bool negated)
{
	Side		side;
	PfxComparison cmp;
	Predicate  *predicate;

	look_at_side(cxt, arg, &side);
	if (!side.has_column)
		return;
	predicate = add_predicate(cxt, &side, operator, kind, negated);
	start_comparison(&side, &cmp);
	cmp.kind = kind;
	cmp.operator = operator;
	judge(predicate, &cmp, &side, InvalidOid, InvalidOid);
}

/* No index can serve IS [NOT] DISTINCT FROM, but statistics may want to know. */
static void
take_distinct(ClauseContext *cxt, Node *clause, bool negated)
{
	Side		side;

	look_at_side(cxt, clause, &side);
	if (side.has_column)
		add_predicate(cxt, &side, "IS DISTINCT FROM", PFX_PREDICATE_OTHER, negated);
}

static void
take_function(ClauseContext *cxt, FuncExpr *clause, bool negated)
{
	const char *name = get_func_name(clause->funcid);
	Side		side;
	Predicate  *predicate;

	look_at_side(cxt, (Node *) clause, &side);
	if (!side.has_column || name == NULL)
		return;
	predicate = add_predicate(cxt, &side, name, PFX_PREDICATE_OTHER, negated);
	predicate->sargable.function = name;
	if (strcmp(name, "starts_with") == 0 && list_length(clause->args) == 2 && !negated &&
		pfx_strip_relabel(linitial(clause->args)) == (Node *) side.var)
	{
		const char *column = quote_identifier(side.column.name);

		predicate->sargable.rewrite = psprintf("%s ^@ $1", column);
		predicate->sargable.advice =
			psprintf("as an operator, the search can use an index on column %s with "
					 "collation C", column);
	}
}

/* An OR counts when all of it is about one column. */
static void
take_or(ClauseContext *cxt, BoolExpr *clause, bool negated)
{
	ClauseContext arms = *cxt;
	bool		indexable = !negated;
	bool		only_values = true;
	Side		side;
	ListCell   *lc;

	look_at_side(cxt, (Node *) clause, &side);
	if (!side.has_column)
		return;

	foreach(lc, clause->args)
	{
		ListCell   *lp;

		arms.predicates = NIL;
		take_clause(&arms, (Node *) lfirst(lc), false);
		if (arms.predicates == NIL)
			indexable = only_values = false;
		foreach(lp, arms.predicates)
		{
			Predicate  *arm = (Predicate *) lfirst(lp);

			indexable = indexable && arm->indexable;
			if (arm->kind != PFX_PREDICATE_EQ && arm->kind != PFX_PREDICATE_IN)
				only_values = false;
		}
	}
	add_predicate(cxt, &side, "OR",
				  only_values && !negated ? PFX_PREDICATE_IN : PFX_PREDICATE_OTHER,
				  negated)->indexable = indexable;
}

static const char *
boolean_test_name(BoolTestType type)
{
	switch (type)
	{
		case IS_TRUE:
			return "IS TRUE";
		case IS_NOT_TRUE:
			return "IS NOT TRUE";
		case IS_FALSE:
			return "IS FALSE";
		case IS_NOT_FALSE:
			return "IS NOT FALSE";
		case IS_UNKNOWN:
			return "IS UNKNOWN";
		case IS_NOT_UNKNOWN:
			return "IS NOT UNKNOWN";
	}
	return "IS";
}

static void
take_boolean(ClauseContext *cxt, BoolExpr *clause, bool negated)
{
	ListCell   *lc;

	switch (clause->boolop)
	{
		case NOT_EXPR:
			take_clause(cxt, linitial(clause->args), !negated);
			break;
		case AND_EXPR:
			if (negated)
				take_or(cxt, clause, negated);
			else
			{
				foreach(lc, clause->args)
					take_clause(cxt, (Node *) lfirst(lc), false);
			}
			break;
		case OR_EXPR:
			take_or(cxt, clause, negated);
			break;
	}
}

static void
take_clause(ClauseContext *cxt, Node *clause, bool negated)
{
	check_stack_depth();
	clause = pfx_strip_relabel(clause);
	if (clause == NULL)
		return;
	switch (nodeTag(clause))
	{
		case T_OpExpr:
			take_operator(cxt, (OpExpr *) clause, negated);
			break;
		case T_ScalarArrayOpExpr:
			take_array_operator(cxt, (ScalarArrayOpExpr *) clause, negated);
			break;
		case T_NullTest:
			take_test(cxt, (Node *) ((NullTest *) clause)->arg,
					  ((NullTest *) clause)->nulltesttype == IS_NULL ? "IS NULL" : "IS NOT NULL",
					  PFX_PREDICATE_NULL, negated);
			break;
		case T_BooleanTest:
			take_test(cxt, (Node *) ((BooleanTest *) clause)->arg,
					  boolean_test_name(((BooleanTest *) clause)->booltesttype),
					  PFX_PREDICATE_BOOL, negated);
			break;
		case T_Var:
			take_test(cxt, clause, "IS TRUE", PFX_PREDICATE_BOOL, negated);
			break;
		case T_DistinctExpr:
			take_distinct(cxt, clause, negated);
			break;
		case T_FuncExpr:
			take_function(cxt, (FuncExpr *) clause, negated);
			break;
		case T_BoolExpr:
			take_boolean(cxt, (BoolExpr *) clause, negated);
			break;
		default:
			break;
	}
}

/* ---- a node's conditions ---- */

static void
take_conditions(ClauseContext *cxt, const char *source, List *clauses)
{
	ListCell   *lc;

	cxt->source = source;
	foreach(lc, clauses)
		take_clause(cxt, (Node *) lfirst(lc), false);
}

/* False when the node is neither a scan nor a join. */
static bool
take_node(ClauseContext *cxt)
{
	Plan	   *plan = cxt->plan;

	switch (nodeTag(plan))
	{
		case T_IndexScan:
			take_conditions(cxt, "index cond", ((IndexScan *) plan)->indexqualorig);
			break;
		case T_IndexOnlyScan:
			take_conditions(cxt, "index cond", ((IndexOnlyScan *) plan)->indexqual);
			break;
		case T_BitmapHeapScan:
			take_conditions(cxt, "index cond", ((BitmapHeapScan *) plan)->bitmapqualorig);
			break;
		case T_HashJoin:
			take_conditions(cxt, "hash cond", ((HashJoin *) plan)->hashclauses);
			take_conditions(cxt, "join filter", ((Join *) plan)->joinqual);
			break;
		case T_MergeJoin:
			take_conditions(cxt, "merge cond", ((MergeJoin *) plan)->mergeclauses);
			take_conditions(cxt, "join filter", ((Join *) plan)->joinqual);
			break;
		case T_NestLoop:
			take_conditions(cxt, "join filter", ((Join *) plan)->joinqual);
			break;
		case T_SeqScan:
		case T_SampleScan:
		case T_TidScan:
		case T_TidRangeScan:
		case T_SubqueryScan:
		case T_ForeignScan:
		case T_CustomScan:
			break;
		default:
			return false;
	}
	take_conditions(cxt, "filter", plan->qual);

	/* what an outer join's result is filtered by, its tables are not searched for */
	if (IsA(plan, NestLoop) || IsA(plan, HashJoin) || IsA(plan, MergeJoin))
	{
		ListCell   *lc;

		foreach(lc, cxt->predicates)
		{
			Predicate  *predicate = (Predicate *) lfirst(lc);

			if (strcmp(predicate->source, "filter") == 0)
				drop_proposals(predicate);
		}
	}
	return true;
}

/* ---- as JSON ---- */

static void
add_key(StringInfo buf, const char *key)
{
	if (buf->data[buf->len - 1] != '{')
		appendStringInfoChar(buf, ',');
	escape_json(buf, key);
	appendStringInfoChar(buf, ':');
}

static void
add_string(StringInfo buf, const char *key, const char *value)
{
	if (value == NULL)
		return;
	add_key(buf, key);
	escape_json(buf, value);
}

static void
add_bool(StringInfo buf, const char *key, bool value)
{
	add_key(buf, key);
	appendStringInfoString(buf, value ? "true" : "false");
}

static void
add_oid(StringInfo buf, const char *key, Oid value)
{
	add_key(buf, key);
	appendStringInfo(buf, "%u", value);
}

static void
predicate_json(StringInfo buf, const Predicate *predicate)
{
	Oid			relid = predicate->column.relid;

	appendStringInfoChar(buf, '{');
	add_string(buf, "source", predicate->source);
	add_oid(buf, "relid", relid);
	add_string(buf, "schema", get_namespace_name_or_temp(get_rel_namespace(relid)));
	add_string(buf, "relation", get_rel_name(relid));
	add_string(buf, "column", predicate->column.name);
	add_string(buf, "operator", predicate->operator);
	add_string(buf, "kind", kind_names[predicate->kind]);
	if (predicate->negated)
		add_bool(buf, "negated", true);
	add_string(buf, "other", predicate->other);
	if (predicate->has_other_column)
	{
		add_oid(buf, "other_relid", predicate->other_column.relid);
		add_string(buf, "other_relation", get_rel_name(predicate->other_column.relid));
		add_string(buf, "other_column", predicate->other_column.name);
	}
	add_bool(buf, "indexable", predicate->indexable);
	add_string(buf, "index_method", predicate->index_method);
	add_string(buf, "function", predicate->sargable.function);
	add_string(buf, "rewrite", predicate->sargable.rewrite);
	add_string(buf, "index_expression", predicate->sargable.index_expression);
	add_string(buf, "advice", predicate->sargable.advice);
	appendStringInfoChar(buf, '}');
}

bool
pfx_predicates_json(StringInfo buf, PlanState *ps, const PlannedStmt *pstmt)
{
	ClauseContext cxt = {.plan = ps->plan, .pstmt = pstmt};
	ListCell   *lc;

	if (!take_node(&cxt) || cxt.predicates == NIL)
		return false;
	appendStringInfoChar(buf, '[');
	foreach(lc, cxt.predicates)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(buf, ',');
		predicate_json(buf, (Predicate *) lfirst(lc));
	}
	appendStringInfoChar(buf, ']');
	return true;
}
