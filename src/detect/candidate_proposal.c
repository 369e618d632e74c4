/*-------------------------------------------------------------------------
 *
 * candidate_proposal.c
 *	  Puts an index together from terms, and compares it with those that exist.
 *
 * It is apart from candidates.c because the variants of an index, too, must not
 * be what the table already has.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_am_d.h"
#include "detect/candidate_keys.h"
#include "detect/candidate_proposal.h"
#include "detect/candidate_terms.h"
#include "detect/columns.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

static void
add_keys(PfxProposal *proposal, const PfxTerm *term)
{
	PfxIndexDef *def = proposal->def;

	for (int i = 0; i < term->nkeys && def->nkeys < PFX_MAX_INDEX_KEYS; i++)
	{
		bool		known = false;

		for (int j = 0; j < def->nkeys; j++)
			known |= pfx_same_key(&def->keys[j], &term->keys[i]);
		if (known)
			continue;
		proposal->clauses[def->nkeys] = term->clauses;
		def->keys[def->nkeys++] = term->keys[i];
	}
}

PfxProposal *
pfx_make_proposal(Oid relid, List *terms)
{
	PfxProposal *proposal = palloc0(sizeof(PfxProposal));
	PfxIndexDef *def = palloc0(sizeof(PfxIndexDef));
	bool		equal = true;
	ListCell   *lc;

	proposal->def = def;
	def->relid = relid;
	def->am = ((PfxTerm *) linitial(terms))->am;
	foreach(lc, terms)
	{
		PfxTerm    *term = lfirst(lc);

		Assert(term->am == def->am);
		add_keys(proposal, term);
		if (term->kind == PFX_TERM_RANGE || term->kind == PFX_TERM_ORDER ||
			term->kind == PFX_TERM_SEARCH)
			equal = false;
		if (equal)
			proposal->nequal = def->nkeys;
		proposal->ordered |= term->kind == PFX_TERM_ORDER || term->nkeys > 1;
		proposal->opno = term->opno;
	}
	return proposal;
}

bool
pfx_same_index(const PfxIndexDef *a, const PfxIndexDef *b)
{
	if (a->relid != b->relid || a->am != b->am || a->nkeys != b->nkeys ||
		a->ninclude != b->ninclude || !equal(a->predicate, b->predicate) ||
		memcmp(a->include, b->include, a->ninclude * sizeof(AttrNumber)) != 0)
		return false;
	for (int i = 0; i < a->nkeys; i++)
	{
		const PfxIndexKey *x = &a->keys[i];
		const PfxIndexKey *y = &b->keys[i];

		if (!pfx_same_key(x, y) || x->opclass != y->opclass || x->collation != y->collation ||
			x->descending != y->descending || x->nulls_first != y->nulls_first)
			return false;
	}
	return true;
}

/* The expression of an index's column. */
static Node *
index_expression(const IndexOptInfo *index, int column)
{
	ListCell   *lc = list_head(index->indexprs);

	for (int i = 0; i < column && lc != NULL; i++)
	{
		if (index->indexkeys[i] == 0)
			lc = lnext(index->indexprs, lc);
	}
	return lc ? pfx_strip_relabel(lfirst(lc)) : NULL;
}

/* Is the index's column this key's column or expression? */
static bool
same_column(const IndexOptInfo *index, int column, const PfxIndexKey *key)
{
	Node	   *expr;

	if (index->indexkeys[column] != key->attnum)
		return false;
	if (key->attnum != 0)
		return true;
	expr = copyObject(key->expr);
	ChangeVarNodes(expr, 1, index->rel->relid, 0);
	return equal(expr, index_expression(index, column));
}

/* ... in an order of the same operators? */
static bool
same_btree_column(const IndexOptInfo *index, int column, const PfxIndexKey *key)
{
	return same_column(index, column, key) &&
		index->opfamily[column] == get_opclass_family(key->opclass) &&
		index->indexcollations[column] == key->collation;
}

/* Does the predicate of a partial index already say what the key would be searched for? */
static bool
in_predicate(const IndexOptInfo *index, List *clauses)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		if (list_member_ptr(index->indrestrictinfo, lfirst(lc)))
			return false;
	}
	return index->indpred != NIL && clauses != NIL;
}

/* Do the index's leading columns serve the query as the proposed keys would? */
static bool
begins_with(const IndexOptInfo *index, const PfxProposal *proposal)
{
	const PfxIndexDef *def = proposal->def;
	const PfxIndexKey *keys[PFX_MAX_INDEX_KEYS];
	int			nkeys = 0;
	int			nequal = 0;
	bool		reversed = false;

	for (int i = 0; i < def->nkeys; i++)
	{
		if (i < proposal->nequal && in_predicate(index, proposal->clauses[i]))
			continue;
		if (i < proposal->nequal)
			nequal++;
		keys[nkeys++] = &def->keys[i];
	}
	if (nkeys > index->nkeycolumns)
		return false;

	for (int i = 0; i < nequal; i++)
	{
		bool		found = false;

		for (int j = 0; j < nequal && !found; j++)
			found = same_btree_column(index, j, keys[i]);
		if (!found)
			return false;
	}
	for (int i = nequal; i < nkeys; i++)
	{
		bool		differs;

		if (!same_btree_column(index, i, keys[i]))
			return false;
		if (!proposal->ordered)
			continue;
		/* all directions turned is the same order, read backwards */
		differs = index->reverse_sort[i] != keys[i]->descending;
		if (i == nequal)
			reversed = differs;
		if (differs != reversed || (index->nulls_first[i] != keys[i]->nulls_first) != reversed)
			return false;
	}
	return true;
}

/* Does a unique index find at most one row by the proposal's equalities? */
static bool
finds_one_row(const IndexOptInfo *index, const PfxProposal *proposal)
{
	if (!index->unique || !index->immediate || index->nkeycolumns > proposal->nequal)
		return false;
	for (int i = 0; i < index->nkeycolumns; i++)
	{
		bool		pinned = false;

		for (int j = 0; j < proposal->nequal && !pinned; j++)
			pinned = same_btree_column(index, i, &proposal->def->keys[j]);
		if (!pinned)
			return false;
	}
	return true;
}

/* Does an index of another method than btree hold the operator for the column? */
static bool
searches_for(const IndexOptInfo *index, const PfxProposal *proposal)
{
	for (int i = 0; i < index->nkeycolumns; i++)
	{
		if (same_column(index, i, &proposal->def->keys[0]) &&
			get_op_opfamily_strategy(proposal->opno, index->opfamily[i]) != 0)
			return true;
	}
	return false;
}

bool
pfx_already_indexed(RelOptInfo *rel, const PfxProposal *proposal)
{
	ListCell   *lc;

	foreach(lc, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, lc);

		if (index->hypothetical || (index->indpred != NIL && !index->predOK))
			continue;
		/* an index of all rows is not what a partial one would be */
		if (proposal->def->predicate != NIL && index->indpred == NIL)
			continue;
		if (proposal->def->am == BTREE_AM_OID)
		{
			if (index->relam == BTREE_AM_OID &&
				(begins_with(index, proposal) || finds_one_row(index, proposal)))
				return true;
			/* a hash index serves one equality */
			if (index->relam == HASH_AM_OID && proposal->nequal == 1 &&
				proposal->def->nkeys == 1 && same_column(index, 0, &proposal->def->keys[0]))
				return true;
		}
		else if (index->relam != BTREE_AM_OID && index->relam != BRIN_AM_OID &&
				 searches_for(index, proposal))
			return true;
	}
	return false;
}
