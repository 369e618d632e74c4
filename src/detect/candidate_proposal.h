/*-------------------------------------------------------------------------
 *
 * candidate_proposal.h
 *	  An index put together from terms, and whether there already is one like it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_CANDIDATE_PROPOSAL_H
#define PFX_CANDIDATE_PROPOSAL_H

#include "detect/indexdef.h"

typedef struct PfxProposal
{
	PfxIndexDef *def;
	List	   *clauses[PFX_MAX_INDEX_KEYS];	/* that each key is for; NIL: not known */
	int			nequal;			/* leading keys whose order does not matter to the query */
	bool		ordered;		/* the directions of the keys after them do */
	Oid			opno;			/* not a btree: the operator to be served */
} PfxProposal;

/* An index of the terms' keys in this order, each column once. */
extern PfxProposal *pfx_make_proposal(Oid relid, List *terms);

/* Same keys, included columns and predicate? */
extern bool pfx_same_index(const PfxIndexDef *a, const PfxIndexDef *b);

/* Does an index that rel has serve the query as well? */
extern bool pfx_already_indexed(RelOptInfo *rel, const PfxProposal *proposal);

#endif							/* PFX_CANDIDATE_PROPOSAL_H */
