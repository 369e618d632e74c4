/*-------------------------------------------------------------------------
 *
 * indexparse.c
 *	  Reads an index's definition from SQL, as CREATE INDEX would.
 *
 * The counterpart of indexddl.c, for definitions that a user types.  The text is
 * parsed and analyzed by the server; nothing of it is executed but constant
 * folding of immutable functions.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "detect/indexparse.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "parser/parse_utilcmd.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* An error's position is one in our text, not in the user's statement. */
static void
position_in_definition(void *arg)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery((const char *) arg);
	}
}

static IndexStmt *
parse(Oid relid, const char *definition)
{
	char	   *sql;
	List	   *parsed;
	IndexStmt  *stmt;
	ErrorContextCallback callback = {0};

	sql = psprintf("CREATE INDEX ON %s %s",
				   quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
											  get_rel_name(relid)),
				   definition);
	callback.callback = position_in_definition;
	callback.arg = sql;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	parsed = raw_parser(sql, RAW_PARSE_DEFAULT);
	if (list_length(parsed) != 1 || !IsA(linitial_node(RawStmt, parsed)->stmt, IndexStmt))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("not the definition of one index: \"%s\"", definition),
				 errhint("Give what follows the table's name in CREATE INDEX.")));
	stmt = (IndexStmt *) linitial_node(RawStmt, parsed)->stmt;
	if (stmt->options != NIL || stmt->tableSpace != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("storage parameters and tablespaces are not taken into account")));
	if (list_length(stmt->indexParams) > PFX_MAX_INDEX_KEYS ||
		list_length(stmt->indexIncludingParams) > PFX_MAX_INDEX_INCLUDE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("at most %d key columns and %d included columns are taken into account",
						PFX_MAX_INDEX_KEYS, PFX_MAX_INDEX_INCLUDE)));
	stmt = transformIndexStmt(relid, stmt, sql);
	error_context_stack = callback.previous;
	return stmt;
}

static bool
is_foreign_function(Oid funcid, void *context)
{
	return funcid >= FirstNormalObjectId;
}

/* A call of a function that is not the server's own, domains' checks included? */
static bool
calls_foreign_function(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CoerceToDomain) || check_functions_in_node(node, is_foreign_function, NULL))
		return true;
	return expression_tree_walker(node, calls_foreign_function, context);
}

static void
check_builtin(const IndexStmt *stmt)
{
	bool		foreign = calls_foreign_function(stmt->whereClause, NULL);
	ListCell   *lc;

	foreach(lc, stmt->indexParams)
		foreign = foreign || calls_foreign_function(lfirst_node(IndexElem, lc)->expr, NULL);
	if (foreign)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("functions other than the server's own are not called here")));
}

/* As the planner will have clauses of queries; refuses what no index can hold. */
static Node *
prepare_expression(Node *expr)
{
	expr = eval_const_expressions(NULL, expr);
	fix_opfuncids(expr);
	if (contain_mutable_functions(expr))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("functions in an index must be marked IMMUTABLE")));
	return expr;
}

static AttrNumber
column_number(Oid relid, const char *name)
{
	AttrNumber	attnum = get_attnum(relid, name);

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist", name)));
	return attnum;
}

static void
read_key(PfxIndexDef *def, const IndexElem *elem, const char *amname, bool ordered,
		 PfxIndexKey *key)
{
	Node	   *expr = elem->expr;

	if (elem->opclassopts != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("parameters of operator classes are not taken into account")));
	if (!ordered &&
		(elem->ordering != SORTBY_DEFAULT || elem->nulls_ordering != SORTBY_NULLS_DEFAULT))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("access method \"%s\" does not support ASC/DESC and NULLS FIRST/LAST "
						"options", amname)));

	if (expr != NULL)
	{
		key->collation = exprCollation(expr);
		while (IsA(expr, CollateExpr))
			expr = (Node *) ((CollateExpr *) expr)->arg;
		if (IsA(expr, Var) && ((Var *) expr)->varattno > 0)
		{
			/* a column in parentheses */
			key->attnum = ((Var *) expr)->varattno;
			key->type = ((Var *) expr)->vartype;
		}
		else
		{
			key->expr = prepare_expression(expr);
			key->type = exprType(key->expr);
		}
	}
	else
	{
		int32		typmod;

		key->attnum = column_number(def->relid, elem->name);
		get_atttypetypmodcoll(def->relid, key->attnum, &key->type, &typmod, &key->collation);
	}
	if (elem->collation)
		key->collation = get_collation_oid(elem->collation, false);
	key->opclass = ResolveOpClass(elem->opclass, key->type, amname, def->am);
	key->descending = elem->ordering == SORTBY_DESC;
	key->nulls_first = elem->nulls_ordering == SORTBY_NULLS_FIRST ||
		(elem->nulls_ordering == SORTBY_NULLS_DEFAULT && key->descending);
}

void
pfx_parse_index(Oid relid, const char *definition, bool builtin_only, PfxIndexDef *def)
{
	IndexStmt  *stmt = parse(relid, definition);
	const IndexAmRoutine *am;
	ListCell   *lc;

	if (builtin_only)
		check_builtin(stmt);
	memset(def, 0, sizeof(*def));
	def->relid = relid;
	def->am = get_index_am_oid(stmt->accessMethod, false);
	am = GetIndexAmRoutineByAmId(def->am, false);
	if ((list_length(stmt->indexParams) > 1 && !am->amcanmulticol) ||
		(stmt->indexIncludingParams != NIL && !am->amcaninclude))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("access method \"%s\" does not support so many columns",
						stmt->accessMethod)));

	foreach(lc, stmt->indexParams)
		read_key(def, lfirst_node(IndexElem, lc), stmt->accessMethod, am->amcanorder,
				 &def->keys[def->nkeys++]);
	foreach(lc, stmt->indexIncludingParams)
	{
		IndexElem  *elem = lfirst_node(IndexElem, lc);

		if (elem->name == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("expressions are not supported in included columns")));
		def->include[def->ninclude++] = column_number(relid, elem->name);
	}
	if (stmt->whereClause)
		def->predicate = make_ands_implicit(
			canonicalize_qual((Expr *) prepare_expression(stmt->whereClause), false));
}

Bitmapset *
pfx_index_columns(const PfxIndexDef *def)
{
	Bitmapset  *offset = NULL;
	Bitmapset  *result = NULL;
	int			member = -1;

	for (int i = 0; i < def->nkeys; i++)
	{
		if (def->keys[i].attnum != 0)
			result = bms_add_member(result, def->keys[i].attnum);
		else
			pull_varattnos(def->keys[i].expr, 1, &offset);
	}
	for (int i = 0; i < def->ninclude; i++)
		result = bms_add_member(result, def->include[i]);
	pull_varattnos((Node *) def->predicate, 1, &offset);
	while ((member = bms_next_member(offset, member)) >= 0)
	{
		AttrNumber	attnum = member + FirstLowInvalidHeapAttributeNumber;

		if (attnum <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("index creation on system columns is not supported")));
		result = bms_add_member(result, attnum);
	}
	return result;
}
