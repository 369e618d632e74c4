/*-------------------------------------------------------------------------
 *
 * sargable.h
 *	  How a comparison of an expression over a column can be made to use an
 *	  index.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_SARGABLE_H
#define PFX_SARGABLE_H

#include "nodes/primnodes.h"

typedef enum PfxPredicateKind
{
	PFX_PREDICATE_EQ,
	PFX_PREDICATE_RANGE,
	PFX_PREDICATE_LIKE,
	PFX_PREDICATE_ILIKE,
	PFX_PREDICATE_IN,
	PFX_PREDICATE_NULL,
	PFX_PREDICATE_BOOL,
	PFX_PREDICATE_NE,
	PFX_PREDICATE_OTHER
} PfxPredicateKind;

/* "expr operator value", expr being an expression over one column. */
typedef struct PfxComparison
{
	PfxPredicateKind kind;
	int			strategy;		/* btree's, of eq and range; 0 otherwise */
	const char *operator;		/* its name, the column standing left */
	Oid			value_type;		/* of the other side (of an IN: the array's element) */
	Node	   *expr;			/* without relabelings on top */
	Var		   *var;			/* the one column in expr */
	Oid			relid;			/* the table, and the name and type of the column there */
	const char *column;
	Oid			type;
	bool		known_prefix;	/* of (I)LIKE: the pattern is known and begins literally */
	bool		known_pattern;	/* of (I)LIKE: the pattern is known */
} PfxComparison;

/* What can be done; what does not apply is NULL. */
typedef struct PfxSargable
{
	const char *function;		/* what is applied to the column */
	char	   *rewrite;		/* $1 = value compared with, $2 = expr's other operand */
	char	   *index_expression;
	char	   *advice;
} PfxSargable;

/* expr is not the bare column */
extern void pfx_sargable_expression(const PfxComparison *cmp, PfxSargable *result);

/* expr is the bare column, but a btree index in default order cannot serve the operator */
extern void pfx_sargable_pattern(const PfxComparison *cmp, PfxSargable *result);

#endif							/* PFX_SARGABLE_H */
