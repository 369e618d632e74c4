/*-------------------------------------------------------------------------
 *
 * candidates.c
 *	  Makes of a query's terms the indexes that could help it.
 *
 * It is apart from candidate_terms.c because this is what a DBA knows, and that
 * what the planner knows.  A btree index can serve all equalities, and after
 * them one range or one order; so each candidate is equalities, the most distinct
 * first, and then one of those.  The planner chooses: it is given few enough to
 * stay fast, and those that it would not miss are left out here.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/catalog.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace_d.h"
#include "detect/candidate_keys.h"
#include "detect/candidate_predicates.h"
#include "detect/candidate_proposal.h"
#include "detect/candidate_terms.h"
#include "detect/candidates.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

/* Smaller tables are read as a whole as fast */
#define MIN_TABLE_PAGES 50

/* A condition that keeps more of the rows than this needs others beside it */
#define MAX_EQ_SELECTIVITY 0.25
#define MAX_RANGE_SELECTIVITY 0.4
#define MAX_NOT_NULL_SELECTIVITY 0.2

/* A join column with so few values finds too many rows */
#define MIN_JOIN_DISTINCT 4

typedef struct CandidateContext
{
	PlannerInfo *root;
	RelOptInfo *rel;
	RangeTblEntry *rte;
	List	   *equal;			/* PFX_TERM_EQ and _NULL, then _IN; each most distinct first */
	List	   *pinned;			/* those that the order of rows survives: PFX_TERM_EQ */
	bool		selective;		/* some of `equal` is worth an index of its own */
	List	   *ranges;			/* most selective first */
	List	   *searches;
	List	   *joins;			/* PFX_TERM_EQ and _IN, most distinct first */
	List	   *join_ranges;
	List	   *orders;
	List	   *result;			/* of PfxProposal */
} CandidateContext;

/* The pages of the table, of a partition those of all that the query reads. */
static double
table_pages(PlannerInfo *root, RelOptInfo *rel)
{
	double		pages = rel->pages;
	ListCell   *lc;

	if (rel->top_parent_relids == NULL || pages >= MIN_TABLE_PAGES)
		return pages;
	foreach(lc, root->append_rel_list)
	{
		AppendRelInfo *appinfo = lfirst_node(AppendRelInfo, lc);
		RelOptInfo *sibling = root->simple_rel_array[appinfo->child_relid];

		if (sibling && sibling != rel &&
			bms_equal(sibling->top_parent_relids, rel->top_parent_relids))
			pages += sibling->pages;
	}
	return pages;
}

/* May the table be given an index, and would one ever be worth it? */
static bool
is_eligible(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	Oid			namespace;
	char	   *name;

	if (rte->rtekind != RTE_RELATION || rte->inh || rte->tablesample != NULL ||
		(rel->reloptkind != RELOPT_BASEREL && rel->reloptkind != RELOPT_OTHER_MEMBER_REL) ||
		(rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_MATVIEW))
		return false;
	if (table_pages(root, rel) < MIN_TABLE_PAGES)
		return false;
	if (IsCatalogRelationOid(rte->relid) ||
		get_rel_persistence(rte->relid) == RELPERSISTENCE_TEMP)
		return false;
	namespace = get_rel_namespace(rte->relid);
	if (namespace == PG_CATALOG_NAMESPACE || IsToastNamespace(namespace))
		return false;
	name = get_namespace_name(namespace);
	return name != NULL && strcmp(name, "information_schema") != 0;
}

/* Is the term alone a reason to read an index? */
static bool
is_selective(const PfxTerm *term)
{
	if (!bms_is_empty(term->partners))
		return term->kind != PFX_TERM_EQ || term->ndistinct >= MIN_JOIN_DISTINCT;
	switch (term->kind)
	{
		case PFX_TERM_EQ:
		case PFX_TERM_IN:
		case PFX_TERM_NULL:
			return term->selectivity < MAX_EQ_SELECTIVITY;
		case PFX_TERM_RANGE:
		case PFX_TERM_SEARCH:
			return term->selectivity < MAX_RANGE_SELECTIVITY;
		case PFX_TERM_ORDER:
			return true;
	}
	return false;
}

static bool
is_not_null(const PfxTerm *term)
{
	RestrictInfo *rinfo;

	if (term->kind != PFX_TERM_RANGE || list_length(term->clauses) != 1)
		return false;
	rinfo = linitial_node(RestrictInfo, term->clauses);
	return IsA(rinfo->clause, NullTest);
}

/* Lists of values after single ones; then the most distinct; then as in the table. */
static int
compare_equal(const ListCell *a, const ListCell *b)
{
	const PfxTerm *x = lfirst(a);
	const PfxTerm *y = lfirst(b);

	if ((x->kind == PFX_TERM_IN) != (y->kind == PFX_TERM_IN))
		return x->kind == PFX_TERM_IN ? 1 : -1;
	if (x->ndistinct != y->ndistinct)
		return x->ndistinct < y->ndistinct ? 1 : -1;
	return x->keys[0].attnum - y->keys[0].attnum;
}

static int
compare_selectivity(const ListCell *a, const ListCell *b)
{
	const PfxTerm *x = lfirst(a);
	const PfxTerm *y = lfirst(b);

	if (x->selectivity != y->selectivity)
		return x->selectivity < y->selectivity ? -1 : 1;
	return x->keys[0].attnum - y->keys[0].attnum;
}

static void
add_proposal(CandidateContext *cxt, PfxProposal *proposal)
{
	ListCell   *lc;

	if (list_length(cxt->result) >= PFX_MAX_CANDIDATES)
		return;
	foreach(lc, cxt->result)
	{
		if (pfx_same_index(((PfxProposal *) lfirst(lc))->def, proposal->def))
			return;
	}
	if (!pfx_already_indexed(cxt->rel, proposal))
		cxt->result = lappend(cxt->result, proposal);
}

/* Adds an index over the terms' keys, in this order, unless it is there already. */
static void
propose(CandidateContext *cxt, List *terms)
{
	if (terms != NIL)
		add_proposal(cxt, pfx_make_proposal(cxt->rte->relid, terms));
}

/* a, and then all of b, without touching either */
static List *
followed_by(List *a, List *b)
{
	return list_concat_copy(a, b);
}

static List *
followed_by_term(List *a, PfxTerm *term)
{
	return lappend(list_copy(a), term);
}

/* Rows in order: an index that ends in the order needs no sort, and may stop early. */
static void
propose_orders(CandidateContext *cxt)
{
	ListCell   *lc;

	foreach(lc, cxt->orders)
	{
		if (cxt->pinned != NIL)
			propose(cxt, followed_by_term(cxt->pinned, lfirst(lc)));
	}
	foreach(lc, cxt->orders)
		propose(cxt, list_make1(lfirst(lc)));
}

/* Few rows by the restrictions alone. */
static void
propose_restrictions(CandidateContext *cxt)
{
	ListCell   *lc;

	if (list_length(cxt->equal) > 1 || cxt->selective)
		propose(cxt, cxt->equal);
	foreach(lc, cxt->ranges)
	{
		PfxTerm    *range = lfirst(lc);

		/* beside others, IS NOT NULL is at best a predicate */
		if (cxt->equal != NIL && !is_not_null(range))
			propose(cxt, followed_by_term(cxt->equal, range));
		if (is_selective(range))
			propose(cxt, list_make1(range));
	}
	foreach(lc, cxt->searches)
	{
		if (is_selective(lfirst(lc)))
			propose(cxt, list_make1(lfirst(lc)));
	}
}

/* The most distinct columns, each alone: bitmaps of several can be combined. */
static void
propose_singles(CandidateContext *cxt)
{
	ListCell   *lc;

	foreach(lc, cxt->equal)
	{
		if (is_selective(lfirst(lc)))
			propose(cxt, list_make1(lfirst(lc)));
	}
}

/* One or more join columns, and what restricts the rows that they find. */
static void
propose_join(CandidateContext *cxt, List *columns)
{
	propose(cxt, columns);
	if (cxt->equal != NIL)
	{
		propose(cxt, followed_by(columns, cxt->equal));
		/* this way round it also serves without the join */
		if (cxt->selective)
			propose(cxt, followed_by(cxt->equal, columns));
	}
	if (cxt->ranges != NIL && !is_not_null(linitial(cxt->ranges)))
		propose(cxt, followed_by_term(followed_by(columns, cxt->equal), linitial(cxt->ranges)));
	if (cxt->join_ranges != NIL)
		propose(cxt, followed_by_term(followed_by(columns, cxt->equal),
									  linitial(cxt->join_ranges)));
}

/* The join columns that are compared with the same other relation. */
static List *
joined_to(CandidateContext *cxt, int partner)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, cxt->joins)
	{
		PfxTerm    *term = lfirst(lc);

		if (bms_is_member(partner, term->partners))
			result = lappend(result, term);
	}
	return result;
}

/* The inner side of a join: one look-up per row of the outer side. */
static void
propose_joins(CandidateContext *cxt)
{
	Relids		partners = NULL;
	int			partner = -1;
	ListCell   *lc;

	foreach(lc, cxt->joins)
	{
		PfxTerm    *term = lfirst(lc);

		partners = bms_add_members(partners, term->partners);
		if (is_selective(term))
			propose_join(cxt, list_make1(term));
	}
	while ((partner = bms_next_member(partners, partner)) >= 0)
	{
		List	   *columns = joined_to(cxt, partner);

		if (list_length(columns) > 1)
			propose_join(cxt, columns);
	}
	foreach(lc, cxt->join_ranges)
	{
		propose(cxt, followed_by_term(cxt->equal, lfirst(lc)));
		propose(cxt, list_make1(lfirst(lc)));
	}
}

/* The keys of one arm of an OR: its equalities and a range, or else one search. */
static List *
arm_keys(List *terms)
{
	List	   *equal = NIL;
	PfxTerm    *range = NULL;
	ListCell   *lc;

	foreach(lc, terms)
	{
		PfxTerm    *term = lfirst(lc);

		if (term->kind == PFX_TERM_RANGE)
			range = term;
		else if (term->kind != PFX_TERM_SEARCH)
			equal = lappend(equal, term);
	}
	list_sort(equal, compare_equal);
	if (range)
		equal = lappend(equal, range);
	return equal != NIL ? equal : list_make1(linitial(terms));
}

/* Each arm of an OR gets an index, whose bitmaps are united. */
static void
propose_ors(CandidateContext *cxt)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, pfx_or_terms(cxt->root, cxt->rel))
	{
		foreach(lc2, (List *) lfirst(lc))
		{
			List	   *keys = arm_keys(lfirst(lc2));

			propose(cxt, keys);
			if (cxt->selective && ((PfxTerm *) linitial(keys))->am == BTREE_AM_OID)
				propose(cxt, followed_by(cxt->equal, keys));
		}
	}
}

static bool
has_key(List *terms, const PfxIndexKey *key)
{
	ListCell   *lc;

	foreach(lc, terms)
	{
		if (pfx_same_key(&((PfxTerm *) lfirst(lc))->keys[0], key))
			return true;
	}
	return false;
}

/*
 * Few rows by a condition that is no equality, as predicate: what no search could
 * find (<>), in the order that the query wants.  Where the rows are found by other
 * columns, the predicate comes as a variant of an index over those.
 */
static void
propose_partial(CandidateContext *cxt)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, pfx_rare_clauses(cxt->root, cxt->rel, cxt->rte->relid))
	{
		PfxRareClause *rare = lfirst(lc);
		List	   *keys = NIL;

		if (has_key(cxt->pinned, &rare->key))
			continue;
		foreach(lc2, cxt->orders)
			keys = lappend(keys, followed_by_term(cxt->pinned, lfirst(lc2)));
		if (!rare->indexable && !cxt->selective && OidIsValid(rare->key.opclass))
		{
			PfxTerm    *column = palloc0(sizeof(PfxTerm));

			column->kind = PFX_TERM_EQ;
			column->am = BTREE_AM_OID;
			column->nkeys = 1;
			column->keys[0] = rare->key;
			column->clauses = list_make1(rare->rinfo);
			keys = lappend(keys, list_make1(column));
		}
		foreach(lc2, keys)
		{
			PfxProposal *proposal = pfx_make_proposal(cxt->rte->relid, lfirst(lc2));

			proposal->def->predicate = list_make1(rare->predicate);
			add_proposal(cxt, proposal);
		}
	}
}

/* Puts the restrictions' and joins' terms where each belongs. */
static void
sort_terms(CandidateContext *cxt)
{
	ListCell   *lc;

	foreach(lc, pfx_clause_terms(cxt->root, cxt->rel, cxt->rel->baserestrictinfo))
	{
		PfxTerm    *term = lfirst(lc);

		switch (term->kind)
		{
			case PFX_TERM_EQ:
			case PFX_TERM_IN:
			case PFX_TERM_NULL:
				cxt->equal = lappend(cxt->equal, term);
				cxt->selective |= is_selective(term);
				break;
			case PFX_TERM_RANGE:
				if (!is_not_null(term) || term->selectivity < MAX_NOT_NULL_SELECTIVITY)
					cxt->ranges = lappend(cxt->ranges, term);
				break;
			case PFX_TERM_SEARCH:
				cxt->searches = lappend(cxt->searches, term);
				break;
			case PFX_TERM_ORDER:
				break;
		}
	}
	list_sort(cxt->equal, compare_equal);
	list_sort(cxt->ranges, compare_selectivity);
	foreach(lc, cxt->equal)
	{
		if (((PfxTerm *) lfirst(lc))->kind == PFX_TERM_EQ)
			cxt->pinned = lappend(cxt->pinned, lfirst(lc));
	}

	foreach(lc, pfx_join_terms(cxt->root, cxt->rel))
	{
		PfxTerm    *term = lfirst(lc);

		if (term->kind == PFX_TERM_EQ || term->kind == PFX_TERM_IN)
			cxt->joins = lappend(cxt->joins, term);
		else if (term->kind == PFX_TERM_RANGE)
			cxt->join_ranges = lappend(cxt->join_ranges, term);
		else if (term->kind == PFX_TERM_SEARCH)
			cxt->searches = lappend(cxt->searches, term);
	}
	list_sort(cxt->joins, compare_equal);
	cxt->orders = pfx_order_terms(cxt->root, cxt->rel);
}

List *
pfx_index_candidates(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	CandidateContext cxt = {root, rel, rte};
	List	   *result = NIL;
	ListCell   *lc;

	if (!is_eligible(root, rel, rte))
		return NIL;
	sort_terms(&cxt);

	/* the most promising first: there is room for PFX_MAX_CANDIDATES */
	propose_restrictions(&cxt);
	propose_orders(&cxt);
	propose_partial(&cxt);
	propose_ors(&cxt);
	propose_joins(&cxt);
	propose_singles(&cxt);

	foreach(lc, cxt.result)
		result = lappend(result, ((PfxProposal *) lfirst(lc))->def);
	return result;
}

static void
propose_lookups(CandidateContext *cxt, List *terms)
{
	ListCell   *lc;

	foreach(lc, terms)
	{
		const PfxTerm *term = lfirst(lc);
		PfxTerm    *column;

		if (term->am != BTREE_AM_OID || term->keys[0].attnum == 0 ||
			list_length(cxt->result) >= PFX_MAX_LOOKUPS)
			continue;
		/* in the table's own order: read backwards it serves the other one */
		column = pfx_make_term(PFX_TERM_EQ, &term->keys[0]);
		column->keys[0].descending = false;
		column->keys[0].nulls_first = false;
		propose(cxt, list_make1(column));
	}
}

List *
pfx_index_lookups(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	CandidateContext cxt = {root, rel, rte};
	List	   *result = NIL;
	ListCell   *lc;

	if (!is_eligible(root, rel, rte) || rel->reloptkind != RELOPT_BASEREL)
		return NIL;
	sort_terms(&cxt);
	propose_lookups(&cxt, cxt.equal);
	propose_lookups(&cxt, cxt.ranges);
	propose_lookups(&cxt, cxt.joins);
	propose_lookups(&cxt, cxt.join_ranges);
	propose_lookups(&cxt, cxt.orders);
	foreach(lc, cxt.result)
		result = lappend(result, ((PfxProposal *) lfirst(lc))->def);
	return result;
}
