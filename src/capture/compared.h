/*-------------------------------------------------------------------------
 *
 * compared.h
 *	  What stands on the two sides of a comparison: a column, an expression of
 *	  one, a value that was given.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_COMPARED_H
#define PFX_COMPARED_H

#include "access/attnum.h"
#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

/* Does the operator mean equality, by what the planner makes of it? */
extern bool pfx_is_equality(Oid opno);

/* What a cast is of */
extern Node *pfx_strip_casts(Node *node);

/* A Const or Param with a value that does not depend on the plan's other nodes */
extern bool pfx_is_given(const Node *node);

/* What is given, or the only parameter that it is computed from; NULL: none */
extern Node *pfx_given_in(Node *node);

/* The scanned table's column that an expression is; 0: none */
extern AttrNumber pfx_column_of(Node *node, Index rti, List *indextlist);

/* The only one that it is computed from; 0: none, several, or other things too */
extern AttrNumber pfx_column_in(Node *node, Index rti, List *indextlist);

/* Is it the column itself, or one that only looks like another type? */
extern bool pfx_is_unchanged(const Node *node);

/* Is it a function that makes rows of the elements of one argument? */
extern bool pfx_makes_rows_of_list(const Node *node);

#endif							/* PFX_COMPARED_H */
