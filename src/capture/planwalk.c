/*-------------------------------------------------------------------------
 *
 * planwalk.c
 *	  Walks a plan's states in the order in which EXPLAIN prints them and
 *	  gives each its canonical node.
 *
 * It is apart from rendering (planjson.c) and from the timing of nodes because
 * both rely on the same numbers: the k-th plan object of EXPLAIN's JSON is
 * states[k], and all that is recorded of a node is kept under its node_id.
 *
 * A canonical node stands for one plan state, except below an Append or
 * MergeAppend over the children of a partitioned (or inherited) table: members
 * that hash the same once children count as their topmost parent share their
 * nodes.  Should a member then have a plan state that the first one lacks (a
 * subplan, or another child pruned inside of it), nothing is shared at all.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "capture/planid.h"
#include "capture/planwalk.h"
#include "catalog/partition.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "utils/lsyscache.h"

/* How a plan state hangs from its parent, in EXPLAIN's printing order. */
typedef enum ChildKind
{
	CHILD_ROOT,
	CHILD_INITPLAN,
	CHILD_OUTER,
	CHILD_INNER,
	CHILD_MEMBER,
	CHILD_SUBQUERY,
	CHILD_CUSTOM,
	CHILD_SUBPLAN
} ChildKind;

typedef struct ChildPlace
{
	ChildKind	kind;
	int			ordinal;		/* among the children of that kind */
	bool		sharable;		/* a member that may share a sibling's nodes */
	uint64		hash;			/* of a member of an Append or MergeAppend */
} ChildPlace;

/* What the walk remembers of a canonical node. */
typedef struct NodeMemo
{
	ChildPlace	place;
	int			first_state;	/* index in states */
} NodeMemo;

typedef struct WalkContext
{
	PfxPlanRels rels;
	PfxPlanShape *shape;
	int			max_states;		/* allocated */
	int			max_nodes;
	NodeMemo   *memos;			/* one per canonical node */
	Bitmapset  *printed_subplans;
	bool		collapse;		/* siblings may share their nodes */
	bool		conflict;		/* a state that the sibling it shares nodes with lacks */
	bool		overflow;
} WalkContext;

static void walk_state(WalkContext *cxt, PlanState *ps, int parent_ref, ChildPlace place);

/* The range table index that a node reads or modifies, 0 = none. */
static Index
node_rti(Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_SampleScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapIndexScan:
		case T_BitmapHeapScan:
		case T_TidScan:
		case T_TidRangeScan:
		case T_ForeignScan:
		case T_CustomScan:
			return ((Scan *) plan)->scanrelid;
		case T_ModifyTable:
			{
				ModifyTable *node = (ModifyTable *) plan;

				return node->rootRelation ? node->rootRelation : node->nominalRelation;
			}
		default:
			return 0;
	}
}

static Oid
node_index(Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_IndexScan:
			return ((IndexScan *) plan)->indexid;
		case T_IndexOnlyScan:
			return ((IndexOnlyScan *) plan)->indexid;
		case T_BitmapIndexScan:
			return ((BitmapIndexScan *) plan)->indexid;
		default:
			return InvalidOid;
	}
}

/* The index of the partitioned table at the top that a partition's belongs to. */
static Oid
topmost_index(Oid indexid)
{
	List	   *ancestors;

	if (!get_rel_relispartition(indexid))
		return indexid;
	ancestors = get_partition_ancestors(indexid);
	if (ancestors != NIL)
		indexid = llast_oid(ancestors);
	list_free(ancestors);
	return indexid;
}

static int
new_node(WalkContext *cxt, int state, int parent_id, const ChildPlace *place)
{
	PfxPlanShape *shape = cxt->shape;
	Plan	   *plan = shape->states[state].ps->plan;
	int			id = shape->nnodes++;
	PfxPlanNode *node;
	Index		rti = node_rti(plan);
	Index		topmost = rti ? pfx_plan_rels_topmost(&cxt->rels, rti) : 0;

	if (id == cxt->max_nodes)
	{
		cxt->max_nodes *= 2;
		shape->nodes = repalloc(shape->nodes, cxt->max_nodes * sizeof(PfxPlanNode));
		cxt->memos = repalloc(cxt->memos, cxt->max_nodes * sizeof(NodeMemo));
	}
	node = &shape->nodes[id];
	memset(node, 0, sizeof(PfxPlanNode));
	node->node_id = id;
	node->parent_id = parent_id;
	node->tag = nodeTag(plan);
	node->relid = pfx_plan_rels_relid(&cxt->rels, topmost);
	node->indexid = node_index(plan);
	if (OidIsValid(node->indexid) && topmost != rti)
		node->indexid = topmost_index(node->indexid);
	node->est_rows = plan->plan_rows;
	node->total_cost = plan->total_cost;
	if (parent_id >= 0)
	{
		PfxPlanNode *parent = &shape->nodes[parent_id];

		node->depth = parent->depth + 1;
		node->parallel = parent->parallel || parent->tag == T_Gather ||
			parent->tag == T_GatherMerge;
	}
	else
		node->parallel = shape->uses_gather;	/* below an invisible Gather */

	cxt->memos[id].place = *place;
	cxt->memos[id].first_state = state;
	return id;
}

/* A node below parent_id that the state shares; -1 when there is none. */
static int
find_shared_node(WalkContext *cxt, int state, int parent_id, const ChildPlace *place)
{
	PfxPlanShape *shape = cxt->shape;
	NodeTag		tag = nodeTag(shape->states[state].ps->plan);

	if (parent_id < 0)
		return -1;

	/* below the first of the siblings, only their own members can be shared */
	if (!place->sharable &&
		cxt->memos[parent_id].first_state == shape->states[state].parent_ref)
		return -1;

	for (int id = parent_id + 1; id < shape->nnodes; id++)
	{
		const ChildPlace *other = &cxt->memos[id].place;

		if (shape->nodes[id].parent_id == parent_id &&
			shape->nodes[id].tag == tag &&
			other->kind == place->kind &&
			other->hash == place->hash &&
			other->sharable == place->sharable &&
			(place->sharable || other->ordinal == place->ordinal))
			return id;
	}
	return -1;
}

static void
walk_members(WalkContext *cxt, PlanState **members, int nmembers, int parent_ref)
{
	NodeTag		tag = nodeTag(cxt->shape->states[parent_ref].ps->plan);

	for (int i = 0; i < nmembers; i++)
	{
		ChildPlace	place = {CHILD_MEMBER, i};

		if (cxt->collapse && (tag == T_Append || tag == T_MergeAppend))
			place.hash = pfx_plan_member_hash(&cxt->rels, members[i]->plan, &place.sharable);
		walk_state(cxt, members[i], parent_ref, place);
	}
}

/*
 * Subplans can be referenced from several places; EXPLAIN prints one at the
 * first of them only.
 */
static void
walk_subplans(WalkContext *cxt, List *subplans, ChildKind kind, int parent_ref)
{
	ListCell   *lc;

	foreach(lc, subplans)
	{
		SubPlanState *sps = (SubPlanState *) lfirst(lc);
		int			plan_id = sps->subplan->plan_id;
		ChildPlace	place = {kind, foreach_current_index(lc)};

		if (bms_is_member(plan_id, cxt->printed_subplans) || sps->planstate == NULL)
			continue;
		cxt->printed_subplans = bms_add_member(cxt->printed_subplans, plan_id);
		walk_state(cxt, sps->planstate, parent_ref, place);
	}
}

static void
walk_children(WalkContext *cxt, PlanState *ps, int ref)
{
	walk_subplans(cxt, ps->initPlan, CHILD_INITPLAN, ref);
	if (outerPlanState(ps))
		walk_state(cxt, outerPlanState(ps), ref, (ChildPlace) {CHILD_OUTER});
	if (innerPlanState(ps))
		walk_state(cxt, innerPlanState(ps), ref, (ChildPlace) {CHILD_INNER});

	switch (nodeTag(ps->plan))
	{
		case T_Append:
			walk_members(cxt, ((AppendState *) ps)->appendplans,
						 ((AppendState *) ps)->as_nplans, ref);
			break;
		case T_MergeAppend:
			walk_members(cxt, ((MergeAppendState *) ps)->mergeplans,
						 ((MergeAppendState *) ps)->ms_nplans, ref);
			break;
		case T_BitmapAnd:
			walk_members(cxt, ((BitmapAndState *) ps)->bitmapplans,
						 ((BitmapAndState *) ps)->nplans, ref);
			break;
		case T_BitmapOr:
			walk_members(cxt, ((BitmapOrState *) ps)->bitmapplans,
						 ((BitmapOrState *) ps)->nplans, ref);
			break;
		case T_SubqueryScan:
			walk_state(cxt, ((SubqueryScanState *) ps)->subplan, ref,
					   (ChildPlace) {CHILD_SUBQUERY});
			break;
		case T_CustomScan:
			{
				ListCell   *lc;

				foreach(lc, ((CustomScanState *) ps)->custom_ps)
					walk_state(cxt, (PlanState *) lfirst(lc), ref,
							   (ChildPlace) {CHILD_CUSTOM, foreach_current_index(lc)});
			}
			break;
		default:
			break;
	}

	walk_subplans(cxt, ps->subPlan, CHILD_SUBPLAN, ref);
}

static void
walk_state(WalkContext *cxt, PlanState *ps, int parent_ref, ChildPlace place)
{
	PfxPlanShape *shape = cxt->shape;
	int			ref = shape->nstates;
	int			parent_id = parent_ref >= 0 ? shape->states[parent_ref].node_id : -1;
	int			id;

	check_stack_depth();
	if (cxt->overflow || ref >= PFX_MAX_STATES)
	{
		cxt->overflow = true;
		return;
	}
	if (ref == cxt->max_states)
	{
		cxt->max_states *= 2;
		shape->states = repalloc(shape->states, cxt->max_states * sizeof(PfxPlanStateRef));
	}
	shape->nstates++;
	shape->states[ref].ps = ps;
	shape->states[ref].parent_ref = parent_ref;

	id = find_shared_node(cxt, ref, parent_id, &place);
	if (id >= 0)
	{
		shape->nodes[id].collapsed = true;
		shape->nodes[id].est_rows += ps->plan->plan_rows;
		shape->nodes[id].total_cost += ps->plan->total_cost;
	}
	else
	{
		if (parent_id >= 0 && cxt->memos[parent_id].first_state != parent_ref)
			cxt->conflict = true;
		id = new_node(cxt, ref, parent_id, &place);
	}
	shape->states[ref].node_id = id;

	if (IsA(ps->plan, Gather) || IsA(ps->plan, GatherMerge))
		shape->uses_gather = true;
	if (ps->async_capable)
		shape->uses_async = true;

	walk_children(cxt, ps, ref);
}

/* One walk over the whole plan; starts the shape anew. */
static void
walk_plan(WalkContext *cxt, PlanState *ps, bool collapse)
{
	PfxPlanShape *shape = cxt->shape;

	bms_free(cxt->printed_subplans);
	cxt->printed_subplans = NULL;
	cxt->collapse = collapse;
	cxt->conflict = false;
	shape->nnodes = shape->nstates = 0;
	shape->uses_gather = shape->uses_async = false;

	/* EXPLAIN does not show a Gather that was only put there for testing */
	if (IsA(ps, GatherState) && ((Gather *) ps->plan)->invisible)
	{
		shape->uses_gather = true;
		ps = outerPlanState(ps);
	}
	walk_state(cxt, ps, -1, (ChildPlace) {CHILD_ROOT});
}

/* A hash of the canonical nodes, to tell whether two shapes number alike. */
static uint64
fingerprint(const PfxPlanShape *shape)
{
	uint64		h = shape->nnodes;

	for (int i = 0; i < shape->nnodes; i++)
	{
		const PfxPlanNode *node = &shape->nodes[i];

		h = hash_combine64(h, murmurhash32((uint32) node->tag));
		h = hash_combine64(h, ((uint64) node->relid << 32) | (uint16) node->parent_id);
		h = hash_combine64(h, node->indexid);
	}
	return h;
}

PfxPlanShape *
pfx_plan_shape(QueryDesc *queryDesc)
{
	WalkContext cxt = {.max_states = 16, .max_nodes = 16};
	PlanState  *ps = queryDesc->planstate;
	PfxPlanShape *shape;

	if (ps == NULL)
		return NULL;

	shape = palloc0_object(PfxPlanShape);
	shape->states = palloc_array(PfxPlanStateRef, cxt.max_states);
	shape->nodes = palloc_array(PfxPlanNode, cxt.max_nodes);
	cxt.memos = palloc_array(NodeMemo, cxt.max_nodes);
	cxt.shape = shape;
	pfx_plan_rels_init(&cxt.rels, queryDesc->plannedstmt);

	walk_plan(&cxt, ps, true);
	if (cxt.conflict && !cxt.overflow)
		walk_plan(&cxt, ps, false);
	shape->fingerprint = fingerprint(shape);

	pfx_plan_rels_free(&cxt.rels);
	pfree(cxt.memos);
	bms_free(cxt.printed_subplans);
	if (cxt.overflow)
	{
		pfree(shape->states);
		pfree(shape->nodes);
		pfree(shape);
		return NULL;
	}
	return shape;
}
