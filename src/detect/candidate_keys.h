/*-------------------------------------------------------------------------
 *
 * candidate_keys.h
 *	  An operand of a clause as the key of an index.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_CANDIDATE_KEYS_H
#define PFX_CANDIDATE_KEYS_H

#include "detect/indexdef.h"

/*
 * A key over an operand: of rel's columns only, one that an index can hold.  Not
 * filled in: the operator class; the direction is ascending.
 */
extern bool pfx_index_key(PlannerInfo *root, RelOptInfo *rel, Node *operand, Oid collation,
						  PfxIndexKey *key);

/* The same for a btree, with the default operator class and its family. */
extern bool pfx_btree_key(PlannerInfo *root, RelOptInfo *rel, Node *operand, Oid collation,
						  PfxIndexKey *key, Oid *opfamily);

/* Same column or expression? */
extern bool pfx_same_key(const PfxIndexKey *a, const PfxIndexKey *b);

/* Distinct values of a column or expression; a partition's as of the whole table. */
extern double pfx_count_distinct(PlannerInfo *root, Node *operand);

#endif							/* PFX_CANDIDATE_KEYS_H */
