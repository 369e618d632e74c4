/*-------------------------------------------------------------------------
 *
 * candidate_eclasses.c
 *	  Takes join columns and wanted orders from the planner's equivalence classes.
 *
 * It is apart from candidate_terms.c, which reads clauses, because an equality
 * between relations and an ORDER BY are no clauses any more when paths are made.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "compat.h"
#include "detect/candidate_keys.h"
#include "detect/candidate_terms.h"
#include "optimizer/appendinfo.h"
#include "optimizer/restrictinfo.h"

/* An expression over an ancestor's columns, over those of a partition or member. */
static Node *
translate_to_child(PlannerInfo *root, Node *node, Index child)
{
	AppendRelInfo *appinfo = root->append_rel_array ? root->append_rel_array[child] : NULL;

	if (appinfo == NULL)
		return node;
	node = translate_to_child(root, node, appinfo->parent_relid);
	return adjust_appendrel_attrs(root, node, 1, &appinfo);
}

/*
 * A member of the class that is an expression over rel alone, as a key; the
 * planner keeps the members of children in another way in each release, so we
 * translate those of the ancestor.
 */
static bool
eclass_key(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec, PfxIndexKey *key,
		   Oid *opfamily, Node **operand)
{
	bool		is_child = rel->top_parent_relids != NULL;
	Relids		relids = is_child ? rel->top_parent_relids : rel->relids;
	ListCell   *lc;

	if (ec->ec_has_volatile)
		return false;
	foreach(lc, ec->ec_members)
	{
		EquivalenceMember *em = lfirst_node(EquivalenceMember, lc);

		if (em->em_is_const || em->em_is_child || !bms_equal(em->em_relids, relids))
			continue;
		*operand = (Node *) em->em_expr;
		if (is_child)
			*operand = translate_to_child(root, *operand, rel->relid);
		if (pfx_btree_key(root, rel, *operand, ec->ec_collation, key, opfamily))
			return true;
	}
	return false;
}

List *
pfx_join_terms(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *clauses = NIL;
	List	   *result = NIL;
	Relids		relids = rel->top_parent_relids ? rel->top_parent_relids : rel->relids;
	ListCell   *lc;

	foreach(lc, root->eq_classes)
	{
		EquivalenceClass *ec = lfirst_node(EquivalenceClass, lc);
		Oid			opfamily;
		PfxIndexKey key;
		Node	   *operand;
		PfxTerm    *term;

		/* a class with a constant has given each member a restriction instead */
		if (ec->ec_has_const || !bms_overlap(relids, ec->ec_relids) ||
			bms_membership(ec->ec_relids) != BMS_MULTIPLE ||
			!eclass_key(root, rel, ec, &key, &opfamily, &operand) ||
			!list_member_oid(ec->ec_opfamilies, opfamily))
			continue;
		term = pfx_make_term(PFX_TERM_EQ, &key);
		term->ndistinct = pfx_count_distinct(root, operand);
		term->partners = bms_difference(ec->ec_relids, relids);
		result = lappend(result, term);
	}

	foreach(lc, rel->joininfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (join_clause_is_movable_to(rinfo, rel))
			clauses = lappend(clauses, rinfo);
	}
	return list_concat(result, pfx_clause_terms(root, rel, clauses));
}

/*
 * Ascending order serves descending order, read backwards; and where directions
 * mix they are kept as the query writes them.
 */
static void
normalize_directions(PfxTerm *term)
{
	for (int i = 0; i < term->nkeys; i++)
	{
		PfxIndexKey *key = &term->keys[i];

		if (key->descending != term->keys[0].descending ||
			key->nulls_first != key->descending)
			return;
	}
	for (int i = 0; i < term->nkeys; i++)
	{
		term->keys[i].descending = false;
		term->keys[i].nulls_first = false;
	}
}

static PfxTerm *
order_term(PlannerInfo *root, RelOptInfo *rel, List *pathkeys)
{
	PfxTerm    *term = NULL;
	ListCell   *lc;

	foreach(lc, pathkeys)
	{
		PathKey    *pathkey = lfirst_node(PathKey, lc);
		Oid			opfamily;
		PfxIndexKey key;
		Node	   *operand;

		if ((term && term->nkeys == PFX_MAX_INDEX_KEYS) ||
			!eclass_key(root, rel, pathkey->pk_eclass, &key, &opfamily, &operand) ||
			opfamily != pathkey->pk_opfamily)
			break;
		key.descending = pfx_pathkey_descending(pathkey);
		key.nulls_first = pathkey->pk_nulls_first;
		if (term == NULL)
			term = pfx_make_term(PFX_TERM_ORDER, &key);
		else
			term->keys[term->nkeys++] = key;
	}
	if (term)
		normalize_directions(term);
	return term;
}

List *
pfx_order_terms(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *orders[] = {root->query_pathkeys, root->sort_pathkeys, root->distinct_pathkeys,
	root->group_pathkeys, root->window_pathkeys};
	List	   *result = NIL;

	for (int i = 0; i < lengthof(orders); i++)
	{
		PfxTerm    *term;

		if (i > 0 && equal(orders[i], orders[0]))
			continue;
		term = order_term(root, rel, orders[i]);
		if (term)
			result = lappend(result, term);
	}
	return result;
}
