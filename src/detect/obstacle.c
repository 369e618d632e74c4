/*-------------------------------------------------------------------------
 *
 * obstacle.c
 *	  Which queries must not be planned a second time.
 *
 * Separate from whatif.c because it is what keeps experiments from being noticed,
 * and is to be read on its own.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "utils/syscache.h"

#include "detect/whatif.h"

/*
 * Planning runs functions of constant arguments, and operators on values from
 * the statistics.  The server's own have no side effects and say nothing to the
 * client; anybody else's would run twice.  What an extension brings in C counts
 * as the server's own, unless it is volatile: types and operators such as those
 * of citext, hstore or pg_trgm.
 */
static bool
is_of_extension(Oid funcid, Form_pg_proc proc)
{
	return proc->prolang == ClanguageId && proc->provolatile != PROVOLATILE_VOLATILE &&
		OidIsValid(getExtensionOfObject(ProcedureRelationId, funcid));
}

static bool
is_foreign_function(Oid funcid, void *context)
{
	HeapTuple	tuple;
	Form_pg_proc proc;
	bool		result;

	if (funcid < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(funcid));
	if (!HeapTupleIsValid(tuple))
		return true;
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	/* volatile ones are left for the executor, unless their body is put in place */
	result = proc->provolatile != PROVOLATILE_VOLATILE || proc->prolang == SQLlanguageId;
	result = result && !is_of_extension(funcid, proc);
	ReleaseSysCache(tuple);
	return result;
}

typedef struct Obstacle
{
	const char *reason;
	bool		has_table;
} Obstacle;

static bool
find_obstacle(Node *node, void *arg)
{
	Obstacle   *obstacle = (Obstacle *) arg;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ListCell   *lc;

		foreach(lc, ((Query *) node)->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

			if (rte->rtekind != RTE_RELATION)
				continue;
			if (rte->relkind == RELKIND_FOREIGN_TABLE)
			{
				obstacle->reason = PFX_READS_FOREIGN_TABLE;
				return true;
			}
			if (rte->relid >= FirstNormalObjectId)
				obstacle->has_table = true;
		}
		return query_tree_walker((Query *) node, find_obstacle, arg, 0);
	}
	if (check_functions_in_node(node, is_foreign_function, NULL))
	{
		obstacle->reason = PFX_CALLS_FUNCTIONS;
		return true;
	}
	return expression_tree_walker(node, find_obstacle, arg);
}

const char *
pfx_whatif_obstacle(Query *query)
{
	Obstacle	obstacle = {NULL, false};

	if (query->commandType == CMD_UTILITY || query->commandType == CMD_NOTHING)
		return "not a query";
	(void) find_obstacle((Node *) query, &obstacle);
	if (obstacle.reason == NULL && !obstacle.has_table)
		return "the statement reads no table";
	return obstacle.reason;
}

const char *
pfx_whatif_expression_obstacle(Node *expr)
{
	Obstacle	obstacle = {NULL, false};

	(void) find_obstacle(expr, &obstacle);
	return obstacle.reason;
}
