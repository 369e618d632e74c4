/*-------------------------------------------------------------------------
 *
 * predicates.h
 *	  The predicates that a plan node evaluates, one column each.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PREDICATES_H
#define PFX_PREDICATES_H

#include "lib/stringinfo.h"
#include "nodes/execnodes.h"
#include "nodes/plannodes.h"

/*
 * Appends a JSON array of the node's predicates to buf and returns true; or
 * appends nothing and returns false when it has none.  Reads the catalogs and
 * may ereport.
 *
 * An element:
 *	source		"filter", "join filter", "index cond", "hash cond", "merge cond"
 *	relid, schema, relation		the column's table; a partition: its topmost parent
 *	column		its name
 *	operator	the operator's name, "IN", "IS NULL", ...
 *	kind		eq, range, like, ilike, in, null, bool, ne, other
 *	negated		true, only when the clause stands under a NOT
 *	other		what it is compared with: const, param, column, expression, none
 *	other_relid, other_relation, other_column	when that is a column
 *	indexable	a btree index on the column could serve the clause
 *	index_method	gin, gist, spgist: an index of that method could, on the bare column
 *	function	name of the function or type of the cast applied to the column
 *	rewrite		an equivalent clause that a btree index can serve: $1 is what the
 *				clause compares with, $2 the other operand inside of the expression
 *	index_expression	an index that could serve the clause as it is: a key, as in
 *				CREATE INDEX ON t (key); or "method (key)", as in ... USING method (key)
 *	advice		one sentence
 * Keys that do not apply are left out; no value of a constant is in any.
 */
extern bool pfx_predicates_json(StringInfo buf, PlanState *ps, const PlannedStmt *pstmt);

#endif							/* PFX_PREDICATES_H */
