/*-------------------------------------------------------------------------
 *
 * candidate_terms.h
 *	  What a query asks of one relation that an index key could answer.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_CANDIDATE_TERMS_H
#define PFX_CANDIDATE_TERMS_H

#include "detect/indexdef.h"

typedef enum PfxTermKind
{
	PFX_TERM_EQ,				/* one value, or a boolean column */
	PFX_TERM_IN,				/* one of several values */
	PFX_TERM_NULL,				/* IS NULL */
	PFX_TERM_RANGE,				/* what a btree reads between two of its entries */
	PFX_TERM_SEARCH,			/* what only other access methods find */
	PFX_TERM_ORDER				/* the order of rows */
} PfxTermKind;

typedef struct PfxTerm
{
	PfxTermKind kind;
	Oid			am;
	int			nkeys;			/* several: of an order or a row comparison */
	PfxIndexKey keys[PFX_MAX_INDEX_KEYS];
	Oid			opno;			/* of PFX_TERM_SEARCH, the column on its left */
	List	   *clauses;		/* that this was taken from; NIL: none */
	Relids		partners;		/* relations that the key is compared with; NULL: none */
	Selectivity selectivity;	/* part of the rows that clauses keep; 1 if it is a join */
	double		ndistinct;		/* of the first key; PFX_TERM_EQ and PFX_TERM_IN only */
} PfxTerm;

/* The terms of a list of ANDed clauses (RestrictInfos) that rel's scan evaluates. */
extern List *pfx_clause_terms(PlannerInfo *root, RelOptInfo *rel, List *clauses);

/* The terms of rel's comparisons with other relations. */
extern List *pfx_join_terms(PlannerInfo *root, RelOptInfo *rel);

/* The orders that help the query, as far as rel alone can give them. */
extern List *pfx_order_terms(PlannerInfo *root, RelOptInfo *rel);

/*
 * For each clause of rel that is an OR whose arms each have a term and keep few
 * rows: its arms' terms, so a list of lists of lists.
 */
extern List *pfx_or_terms(PlannerInfo *root, RelOptInfo *rel);

/* A term of one key, of a btree until said otherwise. */
extern PfxTerm *pfx_make_term(PfxTermKind kind, const PfxIndexKey *key);

#endif							/* PFX_CANDIDATE_TERMS_H */
