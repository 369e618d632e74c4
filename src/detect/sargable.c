/*-------------------------------------------------------------------------
 *
 * sargable.c
 *	  Rewrites comparisons that hide their column from an index.
 *
 * It is apart from taking predicates out of a plan (predicates.c) because it
 * is a list of rules, one function each, that know nothing of plans.
 *
 * A rule gives a rewritten clause only where it means the same; where that
 * depends on the value (a date_trunc compared with something that is no start
 * of a day), the advice says so.  Values never appear: $1 is what the clause
 * compares with, $2 the other operand inside of the expression.  Expression
 * indexes are proposed only over immutable expressions that hold no constant
 * of the query.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_namespace_d.h"
#include "catalog/pg_type_d.h"
#include "detect/columns.h"
#include "detect/sargable.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

/* The units of date_trunc that we know, and their length. */
static const char *const units[][2] = {
	{"second", "1 second"}, {"minute", "1 minute"}, {"hour", "1 hour"}, {"day", "1 day"},
	{"week", "1 week"}, {"month", "1 month"}, {"quarter", "3 months"}, {"year", "1 year"},
	{"decade", "10 years"}
};

/* The formats of to_char whose texts sort as the dates do, and their unit. */
static const char *const date_formats[][2] = {
	{"YYYY-MM-DD", "1 day"}, {"YYYYMMDD", "1 day"}, {"YYYY/MM/DD", "1 day"},
	{"YYYY-MM", "1 month"}, {"YYYYMM", "1 month"}, {"YYYY", "1 year"}
};

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_timestamp(Oid type)
{
	return type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/* The column itself, at most relabelled? */
static bool
is_column(const PfxComparison *cmp, Node *node)
{
	return pfx_strip_relabel(node) == (Node *) cmp->var;
}

/* The column, at most relabelled or implicitly cast? */
static bool
is_coerced_column(const PfxComparison *cmp, Node *node)
{
	node = pfx_strip_relabel(node);
	if (node && IsA(node, FuncExpr) &&
		((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST &&
		list_length(((FuncExpr *) node)->args) == 1)
		node = linitial(((FuncExpr *) node)->args);
	return is_column(cmp, node);
}

static bool
has_no_column(Node *node)
{
	return !contain_var_clause(node);
}

/* The text of a constant of type text; NULL when it is none. */
static char *
constant_text(Node *node)
{
	node = pfx_strip_relabel(node);
	if (node == NULL || !IsA(node, Const) || ((Const *) node)->constisnull ||
		((Const *) node)->consttype != TEXTOID)
		return NULL;
	return TextDatumGetCString(((Const *) node)->constvalue);
}

/* The value of a constant of type integer; false when it is none. */
static bool
constant_int(Node *node, int32 *value)
{
	if (node == NULL || !IsA(node, Const) || ((Const *) node)->constisnull ||
		((Const *) node)->consttype != INT4OID)
		return false;
	*value = DatumGetInt32(((Const *) node)->constvalue);
	return true;
}

/* The name of a built-in function; NULL when it is not one. */
static const char *
builtin_name(Oid funcid)
{
	if (get_func_namespace(funcid) != PG_CATALOG_NAMESPACE)
		return NULL;
	return get_func_name(funcid);
}

/*
 * The interval [start, next) of column values stands for what the expression
 * maps to one value: the comparison with that value, as one with the column.
 */
static char *
compare_interval(const PfxComparison *cmp, const char *start, const char *next)
{
	const char *column = quote_identifier(cmp->column);

	switch (cmp->strategy)
	{
		case BTEqualStrategyNumber:
			return psprintf("%s >= %s AND %s < %s", column, start, column, next);
		case BTLessStrategyNumber:
			return psprintf("%s < %s", column, start);
		case BTLessEqualStrategyNumber:
			return psprintf("%s < %s", column, next);
		case BTGreaterEqualStrategyNumber:
			return psprintf("%s >= %s", column, start);
		case BTGreaterStrategyNumber:
			return psprintf("%s >= %s", column, next);
		default:
			return NULL;
	}
}

/* "column op value", for operators of the btree kind and IN. */
static char *
compare_value(const PfxComparison *cmp, const char *value, const char *array)
{
	const char *column = quote_identifier(cmp->column);

	if (cmp->kind == PFX_PREDICATE_IN)
		return array ? psprintf("%s = ANY (%s)", column, array) : NULL;
	if (cmp->strategy == 0)
		return NULL;
	return psprintf("%s %s %s", column, cmp->operator, value);
}

typedef struct IndexVarContext
{
	const PfxComparison *cmp;
	bool		foreign;		/* something that an index cannot hold */
} IndexVarContext;

static Node *
index_var_mutator(Node *node, IndexVarContext *cxt)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		const Var  *var = (Var *) node;

		return (Node *) makeVar(1, get_attnum(cxt->cmp->relid, cxt->cmp->column),
								var->vartype, var->vartypmod, var->varcollid, 0);
	}
	if (IsA(node, Const) || IsA(node, Param) || IsA(node, SubPlan) ||
		IsA(node, AlternativeSubPlan))
		cxt->foreign = true;
	return expression_tree_mutator(node, index_var_mutator, cxt);
}

/* The expression as an index's key; NULL when it cannot be one. */
static char *
index_key(const PfxComparison *cmp)
{
	IndexVarContext cxt = {cmp};
	Node	   *expr;
	char	   *text;

	if (contain_mutable_functions(cmp->expr))
		return NULL;
	expr = index_var_mutator(cmp->expr, &cxt);
	if (cxt.foreign)
		return NULL;
	text = deparse_expression(expr,
							  deparse_context_for(get_rel_name(cmp->relid), cmp->relid),
							  false, false);
	if (IsA(expr, FuncExpr) && ((FuncExpr *) expr)->funcformat == COERCE_EXPLICIT_CALL)
		return text;
	return psprintf("(%s)", text);
}

/* (day of a timestamp) op $1 */
static bool
rewrite_day(const PfxComparison *cmp, PfxSargable *result)
{
	if (!is_timestamp(cmp->type))
		return false;
	result->function = "date";
	if (cmp->value_type == DATEOID)
		result->rewrite = compare_interval(cmp, "$1::date", "$1::date + 1");
	result->index_expression = index_key(cmp);
	result->advice = psprintf("compare column %s with the bounds of the day instead of "
							  "taking its date", quote_identifier(cmp->column));
	return true;
}

/* date_trunc(unit, ts) op $1 */
static bool
rewrite_date_trunc(const PfxComparison *cmp, FuncExpr *func, PfxSargable *result)
{
	char	   *unit = constant_text(linitial(func->args));
	const char *column = quote_identifier(cmp->column);

	if (list_length(func->args) != 2 || !is_coerced_column(cmp, lsecond(func->args)))
		return false;
	result->advice = psprintf("compare column %s with the bounds of the period",
							  column);
	for (int i = 0; unit && i < lengthof(units); i++)
	{
		if (pg_strcasecmp(unit, units[i][0]) != 0)
			continue;
		result->rewrite = compare_interval(cmp, "$1",
										   psprintf("$1 + interval '%s'", units[i][1]));
		result->advice = psprintf("compare column %s with the bounds of the period ($1 "
								  "being the start of a %s)", column, units[i][0]);
		if (cmp->type == TIMESTAMPOID)
			result->index_expression = psprintf("date_trunc('%s'::text, %s)", units[i][0],
												column);
	}
	return true;
}

/* extract(field from ts) op $1, date_part(field, ts) op $1 */
static bool
rewrite_extract(const PfxComparison *cmp, FuncExpr *func, PfxSargable *result)
{
	char	   *field = constant_text(linitial(func->args));
	const char *column = quote_identifier(cmp->column);

	if (list_length(func->args) != 2 || field == NULL ||
		!is_coerced_column(cmp, lsecond(func->args)) ||
		!(is_timestamp(cmp->type) || cmp->type == DATEOID))
		return false;

	if (pg_strcasecmp(field, "year") == 0)
	{
		result->rewrite = compare_interval(cmp, "make_date($1::integer, 1, 1)",
										   "make_date($1::integer + 1, 1, 1)");
		result->advice = psprintf("compare column %s with the bounds of the year", column);
	}
	else if (pg_strcasecmp(field, "epoch") == 0 && is_timestamp(cmp->type))
	{
		result->rewrite =
			compare_value(cmp, cmp->type == TIMESTAMPTZOID ?
						  "to_timestamp($1::double precision)" :
						  "to_timestamp($1::double precision) AT TIME ZONE 'UTC'", NULL);
		result->advice = psprintf("compare column %s with a timestamp", column);
	}
	else if (cmp->type == TIMESTAMPTZOID)
		result->advice = psprintf("a field of column %s depends on the time zone: only an "
								  "expression index with a fixed AT TIME ZONE could serve it",
								  column);
	else
		result->advice = psprintf("only an expression index on the field of column %s could "
								  "serve it", column);
	return true;
}

/* to_char(ts, format) op $1 */
static bool
rewrite_to_char(const PfxComparison *cmp, FuncExpr *func, PfxSargable *result)
{
	char	   *format;

	if (list_length(func->args) != 2 || !is_coerced_column(cmp, linitial(func->args)) ||
		!(is_timestamp(cmp->type) || cmp->type == DATEOID))
		return false;

	format = constant_text(lsecond(func->args));
	for (int i = 0; format && i < lengthof(date_formats); i++)
	{
		char	   *start;

		if (strcmp(format, date_formats[i][0]) != 0)
			continue;
		start = psprintf("to_date($1, '%s')", date_formats[i][0]);
		if (strcmp(date_formats[i][1], "1 day") == 0)
			result->rewrite = compare_interval(cmp, start, psprintf("%s + 1", start));
		else
			result->rewrite = compare_interval(cmp, start,
											   psprintf("%s + interval '%s'", start,
														date_formats[i][1]));
	}
	result->advice = psprintf("compare column %s itself instead of its formatted text",
							  quote_identifier(cmp->column));
	return true;
}

/* substr(col, 1, n) = $1, left(col, n) = $1 */
static bool
rewrite_prefix(const PfxComparison *cmp, FuncExpr *func, const char *name,
			   PfxSargable *result)
{
	bool		from_start = strcmp(name, "left") == 0;
	int32		value;
	const char *column = quote_identifier(cmp->column);

	if (!is_coerced_column(cmp, linitial(func->args)) || cmp->type == BYTEAOID)
		return false;
	if (!from_start && list_length(func->args) == 3)
		from_start = constant_int(lsecond(func->args), &value) && value == 1;
	if (from_start && cmp->kind == PFX_PREDICATE_EQ &&
		constant_int(llast(func->args), &value) && value > 0)
	{
		result->rewrite = psprintf("%s LIKE $1 || '%%'", column);
		result->advice = psprintf("search column %s for the prefix, which must be of the "
								  "length that is cut off and hold no wildcards; unless the "
								  "column's collation is C, its index needs text_pattern_ops",
								  column);
	}
	else
		result->advice = psprintf("only an expression index on the part of column %s could "
								  "serve it", column);
	return true;
}

/* lower(col) op $1, upper(col) op $1 */
static void
advise_case_folding(const PfxComparison *cmp, const char *name, PfxSargable *result)
{
	result->index_expression = index_key(cmp);
	result->advice = psprintf("create an expression index on %s(%s), or make the column citext",
							  name, quote_identifier(cmp->column));
}

static bool
rewrite_function(const PfxComparison *cmp, FuncExpr *func, PfxSargable *result)
{
	const char *name = builtin_name(func->funcid);

	result->function = get_func_name(func->funcid);
	if (name == NULL || func->args == NIL)
		return false;
	if (strcmp(name, "date") == 0 && is_column(cmp, linitial(func->args)))
		return rewrite_day(cmp, result);
	if (strcmp(name, "date_trunc") == 0)
		return rewrite_date_trunc(cmp, func, result);
	if (strcmp(name, "extract") == 0 || strcmp(name, "date_part") == 0)
		return rewrite_extract(cmp, func, result);
	if (strcmp(name, "to_char") == 0)
		return rewrite_to_char(cmp, func, result);
	if (strcmp(name, "substr") == 0 || strcmp(name, "substring") == 0 ||
		strcmp(name, "left") == 0)
		return rewrite_prefix(cmp, func, name, result);
	if ((strcmp(name, "lower") == 0 || strcmp(name, "upper") == 0) &&
		is_coerced_column(cmp, linitial(func->args)))
	{
		advise_case_folding(cmp, name, result);
		return true;
	}
	return false;
}

/* Is the text of a value of this type unique, and may a value be read back from it? */
static bool
has_one_text(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case UUIDOID:
		case BOOLOID:
		case DATEOID:
			return true;
		default:
			return type_is_enum(type);
	}
}

/* col::type op $1, also where the cast is there because $1 has another type */
static void
rewrite_cast(const PfxComparison *cmp, Oid target, PfxSargable *result)
{
	const char *column = quote_identifier(cmp->column);
	char	   *type = format_type_be(cmp->type);

	result->function = format_type_be(target);
	if (target == DATEOID && rewrite_day(cmp, result))
		return;

	if (is_integer(cmp->type) && (target == NUMERICOID || target == FLOAT8OID ||
								  target == FLOAT4OID || is_integer(target)))
	{
		const char *rounded = "$1";

		/* integers of all widths compare with each other */
		if (is_integer(target))
		{
			result->rewrite = compare_value(cmp, "$1", "$1");
			result->advice = psprintf("compare column %s without the cast", column);
			return;
		}

		/* a whole number is on the same side of the next whole number */
		if (cmp->strategy == BTLessStrategyNumber ||
			cmp->strategy == BTGreaterEqualStrategyNumber)
			rounded = "ceil($1)";
		else if (cmp->strategy == BTLessEqualStrategyNumber ||
				 cmp->strategy == BTGreaterStrategyNumber)
			rounded = "floor($1)";
		result->rewrite = compare_value(cmp, psprintf("%s::%s", rounded, type),
										psprintf("$1::%s[]", type));
		result->advice = psprintf("pass a value of type %s for column %s, which is cast to %s "
								  "only because the value is no whole number by its type",
								  type, column, result->function);
		return;
	}

	if ((target == TEXTOID || target == VARCHAROID || target == BPCHAROID) &&
		(cmp->kind == PFX_PREDICATE_EQ || cmp->kind == PFX_PREDICATE_IN) &&
		(has_one_text(cmp->type) || cmp->type == BPCHAROID))
	{
		if (cmp->type == BPCHAROID)
			type = "bpchar";
		result->rewrite = compare_value(cmp, psprintf("$1::%s", type),
										psprintf("$1::%s[]", type));
		result->advice = psprintf("compare column %s in its own type %s ($1 being the text of "
								  "such a value) instead of its text", column, type);
		return;
	}

	result->index_expression = index_key(cmp);
	result->advice = psprintf("column %s of type %s is cast to %s: compare with a value of "
							  "the column's own type", column, format_type_be(cmp->type),
							  result->function);
}

/* coalesce(col, x) op $1 */
static bool
rewrite_coalesce(const PfxComparison *cmp, CoalesceExpr *expr, PfxSargable *result)
{
	const char *column = quote_identifier(cmp->column);

	result->function = "coalesce";
	if (list_length(expr->args) != 2 || !is_column(cmp, linitial(expr->args)) ||
		!has_no_column(lsecond(expr->args)) || cmp->strategy == 0)
		return false;
	result->rewrite = psprintf("(%s %s $1 OR (%s IS NULL AND $2 %s $1))",
							   column, cmp->operator, column, cmp->operator);
	result->advice = psprintf("compare column %s itself, and NULL apart ($2 being what stands "
							  "for NULL)", column);
	return true;
}

static const char *
mirrored(const PfxComparison *cmp)
{
	switch (cmp->strategy)
	{
		case BTLessStrategyNumber:
			return ">";
		case BTLessEqualStrategyNumber:
			return ">=";
		case BTGreaterEqualStrategyNumber:
			return "<=";
		case BTGreaterStrategyNumber:
			return "<";
		default:
			return cmp->operator;
	}
}

/* col + x op $1, col - x op $1, x - col op $1; safe for integers and dates only */
static bool
rewrite_arithmetic(const PfxComparison *cmp, OpExpr *expr, PfxSargable *result)
{
	const char *column = quote_identifier(cmp->column);
	const char *name = get_opname(expr->opno);
	bool		left;
	Node	   *other;
	Oid			other_type;
	bool		minus;

	result->function = name;
	if (name == NULL || list_length(expr->args) != 2)
		return false;
	left = is_column(cmp, linitial(expr->args));
	other = left ? lsecond(expr->args) : linitial(expr->args);
	other_type = exprType(other);
	if ((!left && !is_column(cmp, lsecond(expr->args))) || !has_no_column(other))
		return false;

	if (strcmp(name, "->>") == 0 || strcmp(name, "#>>") == 0 || strcmp(name, "->") == 0)
	{
		result->advice = psprintf("create an expression index on the extracted field of column "
								  "%s, or a GIN index and search with @>", column);
		return true;
	}
	minus = strcmp(name, "-") == 0;
	if (!minus && strcmp(name, "+") != 0)
	{
		result->advice = psprintf("compute on the other side, so that column %s stands alone",
								  column);
		return true;
	}

	result->advice = psprintf("move what is added to or taken from column %s to the other side",
							  column);
	if (cmp->strategy == 0)
		return true;
	if (!(is_integer(cmp->type) && is_integer(other_type)) &&
		!(cmp->type == DATEOID && (is_integer(other_type) || other_type == DATEOID)))
		return true;
	if (!minus)
		result->rewrite = psprintf("%s %s $1 - $2", column, cmp->operator);
	else if (left)
		result->rewrite = psprintf("%s %s $2 + $1", column, cmp->operator);
	else
		result->rewrite = psprintf("%s %s $2 - $1", column, mirrored(cmp));
	return true;
}

void
pfx_sargable_expression(const PfxComparison *cmp, PfxSargable *result)
{
	Node	   *expr = cmp->expr;
	bool		done = false;

	switch (nodeTag(expr))
	{
		case T_FuncExpr:
			{
				FuncExpr   *func = (FuncExpr *) expr;

				if (func->funcformat != COERCE_EXPLICIT_CALL &&
					func->funcformat != COERCE_SQL_SYNTAX &&
					is_column(cmp, linitial(func->args)))
				{
					rewrite_cast(cmp, func->funcresulttype, result);
					done = true;
				}
				else
					done = rewrite_function(cmp, func, result);
			}
			break;
		case T_CoerceViaIO:
			result->function = format_type_be(((CoerceViaIO *) expr)->resulttype);
			if (is_column(cmp, (Node *) ((CoerceViaIO *) expr)->arg))
			{
				rewrite_cast(cmp, ((CoerceViaIO *) expr)->resulttype, result);
				done = true;
			}
			break;
		case T_CoalesceExpr:
			done = rewrite_coalesce(cmp, (CoalesceExpr *) expr, result);
			break;
		case T_OpExpr:
			done = rewrite_arithmetic(cmp, (OpExpr *) expr, result);
			break;
		case T_CaseExpr:
			result->function = "case";
			break;
		case T_MinMaxExpr:
			result->function = ((MinMaxExpr *) expr)->op == IS_GREATEST ? "greatest" : "least";
			break;
		default:
			break;
	}
	if (done)
		return;

	result->index_expression = index_key(cmp);
	result->advice = psprintf(result->index_expression ?
							  "create an expression index, or compare column %s itself" :
							  "compare column %s itself, outside of the expression",
							  quote_identifier(cmp->column));
}

void
pfx_sargable_pattern(const PfxComparison *cmp, PfxSargable *result)
{
	const char *column = quote_identifier(cmp->column);

	if (cmp->kind == PFX_PREDICATE_LIKE && !cmp->known_pattern)
	{
		result->advice = psprintf("the pattern for column %s was not known when the statement "
								  "was planned: no index range could be derived from it",
								  column);
		return;
	}
	result->index_expression = psprintf("gin (%s gin_trgm_ops)", column);
	if (cmp->kind == PFX_PREDICATE_LIKE)
		result->advice = psprintf("a pattern that begins with a wildcard needs a trigram index "
								  "on column %s (extension pg_trgm)", column);
	else if (cmp->known_prefix)
		result->advice = psprintf("search without regard to case needs a trigram index on "
								  "column %s (extension pg_trgm), or LIKE over an expression "
								  "index on lower(%s)", column, column);
	else
		result->advice = psprintf("this search needs a trigram index on column %s (extension "
								  "pg_trgm)", column);
}
