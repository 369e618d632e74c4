/*-------------------------------------------------------------------------
 *
 * whatif.c
 *	  Plans a query again with indexes that do not exist, and says which of them
 *	  are worth it.
 *
 * Separate from when this is done and on whose time (capture/proving.c), from
 * which indexes there could be (candidates.c) and from how large they would be
 * (indexsize.c).
 *
 * The planner itself shows the relations of the query, one by one, with all that
 * it knows about them; at that moment indexes are put into its list and it is
 * asked for their paths.  The first experiment offers all candidates; those that
 * the plan uses are then left out one by one, and those without which the query
 * costs as little are dropped.  Of each that is left, other forms are tried: the
 * better one is taken where the query alone can tell, and noted beside where it
 * depends on what time and space are worth.
 *
 * Other statements will have indexes created that this one never asked for, and the
 * planner may take them.  So it is also asked what it would make of an index on each
 * single column that it could use.
 *
 * Nothing is executed and no catalog is touched; the plans are thrown away.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/paths.h"
#include "utils/memutils.h"

#include "clock.h"
#include "detect/candidate_proposal.h"
#include "detect/candidates.h"
#include "detect/constants.h"
#include "detect/hypothetical.h"
#include "detect/indexddl.h"
#include "detect/planscans.h"
#include "detect/whatif.h"
#include "detect/whatif_choice.h"

/* Identifiers that no index has: counted up from here */
#define FIRST_FAKE_OID ((Oid) 0xFFFF0000)

/* All indexes must lower the cost by this much, and removing one raise it by this much */
#define LEAST_GAIN 0.20
#define LEAST_SHARE 0.02
/* Part of the saving below which another index of the table does for it, too */
#define LEAST_PART 0.1

/* Experiments with one query, and indexes proposed for it */
#define MAX_PLANNINGS 32
#define MAX_CHOSEN 6

/* Other forms of one that are kept beside it, and columns that others may index */
#define MAX_FORMS 3
#define MAX_RISKS 8

/* A scan of an offered index, as the planner has costed it: told apart by its cost */
typedef struct CostedScan
{
	Oid			indexid;
	Cost		total_cost;
	double		fetched;		/* rows that it reads, before its filter */
} CostedScan;

static struct
{
	bool		collecting;		/* candidates are thought of, not only offered */
	List	   *offers;
	MemoryContext context;
	List	   *scans;			/* of CostedScan: of the planning under way */
	uint64		start;			/* ticks */
	uint64		deadline;
	int			plannings;
}			state;

bool		pfx_whatif_active = false;

/* ---- in the planner ---- */

void
pfx_whatif_check_deadline(void)
{
	/* the planner by itself hardly looks for a cancel */
	CHECK_FOR_INTERRUPTS();
	if (pfx_ticks() > state.deadline)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("timeout")));
}

static PfxOffer *
find_offer(const PfxIndexDef *def)
{
	ListCell   *lc;

	foreach(lc, state.offers)
		if (pfx_same_index(&((PfxOffer *) lfirst(lc))->def, def))
			return (PfxOffer *) lfirst(lc);
	return NULL;
}

/* A copy that outlives the experiment it was thought of in */
static PfxIndexDef
copy_def(const PfxIndexDef *def)
{
	PfxIndexDef copy = *def;

	for (int i = 0; i < copy.nkeys; i++)
		copy.keys[i].expr = copyObject(copy.keys[i].expr);
	copy.predicate = copyObject(copy.predicate);
	return copy;
}

static PfxOffer *
add_offer(const PfxIndexDef *def, const RelOptInfo *rel)
{
	MemoryContext old = MemoryContextSwitchTo(state.context);
	PfxOffer   *offer = palloc0(sizeof(PfxOffer));

	offer->def = copy_def(def);
	offer->oid = FIRST_FAKE_OID + list_length(state.offers);
	offer->table_pages = rel->pages;
	offer->table_tuples = rel->tuples;
	state.offers = lappend(state.offers, offer);
	MemoryContextSwitchTo(old);
	return offer;
}

static void
collect(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	ListCell   *lc;

	foreach(lc, pfx_index_candidates(root, rel, rte))
	{
		const PfxIndexDef *def = (const PfxIndexDef *) lfirst(lc);
		PfxOffer   *offer = find_offer(def);

		if (offer == NULL)
			offer = add_offer(def, rel);
		offer->offered = true;
	}
	foreach(lc, pfx_index_lookups(root, rel, rte))
	{
		const PfxIndexDef *def = (const PfxIndexDef *) lfirst(lc);
		PfxOffer   *offer = find_offer(def);

		if (offer == NULL)
			offer = add_offer(def, rel);
		offer->lookup = true;
	}
}

static void
collect_variants(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte, PfxOffer *offer)
{
	ListCell   *lc;

	foreach(lc, pfx_index_variants(root, rel, rte, &offer->def))
	{
		MemoryContext old = MemoryContextSwitchTo(state.context);
		PfxIndexDef *copy = palloc(sizeof(PfxIndexDef));

		*copy = copy_def((const PfxIndexDef *) lfirst(lc));
		offer->variants = lappend(offer->variants, copy);
		MemoryContextSwitchTo(old);
	}
	offer->want_variants = false;
}

/* What the plan will not tell any more: how many rows the scans read */
static void
note_costs(List *paths, RelOptInfo *rel)
{
	MemoryContext old = MemoryContextSwitchTo(state.context);
	ListCell   *lc;

	foreach(lc, paths)
	{
		IndexPath  *path = (IndexPath *) lfirst(lc);
		CostedScan *scan;

		if (!IsA(path, IndexPath) || path->indexinfo->indexoid < FIRST_FAKE_OID)
			continue;
		scan = palloc(sizeof(CostedScan));
		scan->indexid = path->indexinfo->indexoid;
		scan->total_cost = path->path.total_cost;
		scan->fetched = path->indexselectivity * rel->tuples;
		state.scans = lappend(state.scans, scan);
	}
	MemoryContextSwitchTo(old);
}

/* A relation's own paths have been made: now those of indexes that do not exist */
void
pfx_whatif_relation(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	ListCell   *lc;
	bool		any = false;

	pfx_whatif_check_deadline();
	if (rte->rtekind != RTE_RELATION || rte->inh || IS_DUMMY_REL(rel) ||
		rte->relid < FirstNormalObjectId || rte->tablesample != NULL)
		return;
	if (state.collecting)
		collect(root, rel, rte);
	foreach(lc, state.offers)
	{
		PfxOffer   *offer = (PfxOffer *) lfirst(lc);
		IndexOptInfo *index;

		if (!offer->offered || offer->def.relid != rte->relid)
			continue;
		if (offer->want_variants)
			collect_variants(root, rel, rte, offer);
		index = pfx_hypothetical_index(root, rel, &offer->def, offer->oid);
		if (index == NULL)
			continue;
		if (offer->pages == 0 || index->pages < offer->pages)
			offer->pages = index->pages;
		rel->indexlist = lappend(rel->indexlist, index);
		any = true;
	}
	if (!any)
		return;
	check_index_predicates(root, rel);
	create_index_paths(root, rel);
	note_costs(rel->pathlist, rel);
	note_costs(rel->partial_pathlist, rel);
}

static PlannedStmt *
plan_once(const PfxWhatIf *what)
{
	Query	   *copy = copyObject(what->query);

	state.plannings++;
	list_free_deep(state.scans);
	state.scans = NIL;
	pfx_whatif_check_deadline();
	/* whoever else counts plannings is not to count this one */
	copy->queryId = 0;
	return what->plan(copy, what->source, what->cursorOptions & ~CURSOR_OPT_SCROLL,
					  what->params);
}

/* ---- in the plan ---- */

/* Which offers a plan uses */
static void
note_use(Plan *scan, Oid indexid, const PfxScanPlace *place, void *arg)
{
	List	  **used = (List **) arg;
	ListCell   *lc;

	if (indexid < FIRST_FAKE_OID)
		return;
	foreach(lc, state.offers)
	{
		PfxOffer   *offer = (PfxOffer *) lfirst(lc);

		if (offer->oid == indexid)
			*used = list_append_unique_ptr(*used, offer);
	}
}

/* Rows that a scan reads in one loop, to return those that its filter leaves */
static double
rows_fetched(const Plan *scan, Oid indexid)
{
	ListCell   *lc;

	/* a bitmap's filter stands above it */
	if (!IsA(scan, BitmapIndexScan))
		foreach(lc, state.scans)
		{
			const CostedScan *costed = (const CostedScan *) lfirst(lc);

			if (costed->indexid == indexid && costed->total_cost == scan->total_cost)
				return Max(costed->fetched, scan->plan_rows);
		}
	return scan->plan_rows;
}

typedef struct Search
{
	const List *offers;
	PfxIndexScan *use;
} Search;

/* How a plan uses some offers: the scan that reads most rows in all counts */
static void
note_scan(Plan *scan, Oid indexid, const PfxScanPlace *place, void *arg)
{
	Search	   *search = (Search *) arg;
	PfxIndexScan *use = search->use;
	ListCell   *lc;

	foreach(lc, search->offers)
	{
		PfxOffer   *offer = (PfxOffer *) lfirst(lc);
		double		fetched;

		if (!offer->offered || offer->oid != indexid)
			continue;
		fetched = rows_fetched(scan, indexid);
		if (use->scan != NULL && use->loops * use->fetched_per_loop > place->loops * fetched)
			continue;
		use->scan = IsA(scan, IndexOnlyScan) ? "Index Only Scan" :
			IsA(scan, IndexScan) ? "Index Scan" : "Bitmap Index Scan";
		use->loops = place->loops;
		use->rows_per_loop = scan->plan_rows;
		use->fetched_per_loop = fetched;
		use->full_cost = place->kept ? 0 : place->loops * scan->total_cost;
		use->index_only = IsA(scan, IndexOnlyScan);
		use->join = place->join;
	}
}

/* ---- choosing ---- */

static void
offer_only(List *choices, const PfxChoice *but)
{
	ListCell   *lc;

	foreach(lc, state.offers)
		((PfxOffer *) lfirst(lc))->offered = false;
	foreach(lc, choices)
	{
		PfxChoice  *choice = (PfxChoice *) lfirst(lc);
		ListCell   *lo;

		if (choice == but)
			continue;
		foreach(lo, choice->offers)
			((PfxOffer *) lfirst(lo))->offered = true;
	}
}

/*
 * The cost with what is offered now; if asked for, how the plan uses some of it,
 * and which of it is used.
 */
static double
cost_now(const PfxWhatIf *what, const List *offers, PfxIndexScan *use, List **used)
{
	MemoryContext planning = AllocSetContextCreate(CurrentMemoryContext, "perfext planning",
												   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(planning);
	PlannedStmt *pstmt = plan_once(what);
	double		cost = pstmt->planTree->total_cost;

	MemoryContextSwitchTo(old);
	if (use != NULL)
	{
		Search		search = {offers, use};

		memset(use, 0, sizeof(*use));
		pfx_walk_scans(pstmt, note_scan, &search);
	}
	if (used != NULL)
		pfx_walk_scans(pstmt, note_use, used);
	/* the planner's memory for a large join, two dozen times, would be too much */
	MemoryContextDelete(planning);
	return cost;
}

static double
cost_of(const PfxWhatIf *what, List *choices, const PfxChoice *but)
{
	offer_only(choices, but);
	return cost_now(what, NIL, NULL, NULL);
}

/* The partitions for which a plan took another index are to have this one, too */
static void
add_partitions(List *choices)
{
	ListCell   *lc;

	foreach(lc, state.offers)
	{
		PfxOffer   *offer = (PfxOffer *) lfirst(lc);
		Oid			parent = pfx_topmost_parent(offer->def.relid);
		StringInfoData facts;
		ListCell   *lo;

		if (offer->choice != NULL || parent == offer->def.relid)
			continue;
		initStringInfo(&facts);
		pfx_index_json(&facts, &offer->def);
		foreach(lo, choices)
		{
			PfxChoice  *choice = (PfxChoice *) lfirst(lo);

			if (choice->relid == parent && strcmp(choice->facts, facts.data) == 0)
			{
				choice->offers = lappend(choice->offers, offer);
				offer->choice = choice;
			}
		}
		pfree(facts.data);
	}
}

/* Offers that are the same index of the same (partitioned) table make one choice */
static List *
choose(List *used)
{
	List	   *choices = NIL;
	ListCell   *lc;

	foreach(lc, used)
	{
		PfxOffer   *offer = (PfxOffer *) lfirst(lc);
		PfxChoice  *choice = NULL;
		StringInfoData facts;
		ListCell   *lo;

		initStringInfo(&facts);
		pfx_index_json(&facts, &offer->def);
		foreach(lo, choices)
			if (strcmp(((PfxChoice *) lfirst(lo))->facts, facts.data) == 0)
				choice = (PfxChoice *) lfirst(lo);
		if (choice == NULL)
		{
			if (list_length(choices) >= MAX_CHOSEN)
				continue;
			choice = palloc0(sizeof(PfxChoice));
			choice->facts = facts.data;
			choice->relid = pfx_topmost_parent(offer->def.relid);
			choices = lappend(choices, choice);
		}
		choice->offers = lappend(choice->offers, offer);
		offer->choice = choice;
	}
	add_partitions(choices);
	return choices;
}

/*
 * Does the query do as well without it?  Or nearly so, by another index of the same
 * table: of two that stand in for each other each saves little beside the other one.
 */
static bool
is_useless(const PfxChoice *choice, const List *choices, double cost_before, double cost)
{
	ListCell   *lc;

	if (choice->cost_without <= cost * (1 + LEAST_SHARE))
		return true;
	if (choice->cost_without - cost > LEAST_PART * (cost_before - cost))
		return false;
	foreach(lc, choices)
		if (lfirst(lc) != choice && ((PfxChoice *) lfirst(lc))->relid == choice->relid)
			return true;
	return false;
}

/* Drops, the least useful first, what the query does as well without */
static List *
drop_useless(const PfxWhatIf *what, List *choices, double cost_before, double *cost)
{
	while (list_length(choices) > 1)
	{
		PfxChoice  *least = NULL;
		ListCell   *lc;

		foreach(lc, choices)
		{
			PfxChoice  *choice = (PfxChoice *) lfirst(lc);

			if (state.plannings >= MAX_PLANNINGS)
				return choices;
			choice->cost_without = cost_of(what, choices, choice);
			if (least == NULL || choice->cost_without < least->cost_without)
				least = choice;
		}
		if (!is_useless(least, choices, cost_before, *cost))
			break;
		choices = list_delete_ptr(choices, least);
		*cost = Max(least->cost_without, *cost);
	}
	return choices;
}

/* Tries one other form in the place of offer, the choice's present one; true: it is better */
static bool
try_variant(const PfxWhatIf *what, List *choices, PfxChoice *choice, PfxOffer *offer,
			const PfxIndexDef *def, double cost_before, double *cost)
{
	PfxOffer   *variant = find_offer(def);
	PfxIndexForm *form = palloc0(sizeof(PfxIndexForm));
	PfxIndexForm *former = palloc0(sizeof(PfxIndexForm));

	if (variant == NULL)
	{
		RelOptInfo	rel = {.pages = offer->table_pages,.tuples = offer->table_tuples};

		variant = add_offer(def, &rel);
	}
	former->offer = offer;
	former->cost = *cost;
	former->use = choice->use;
	choice->offers = list_make1(variant);
	offer_only(choices, NULL);
	form->offer = variant;
	form->cost = cost_now(what, choice->offers, &form->use, NULL);
	if (pfx_variant_is_better(&offer->def, def, cost_before, *cost, form->cost,
							  pfx_offer_pages(offer), pfx_offer_pages(variant)))
	{
		StringInfoData facts;

		initStringInfo(&facts);
		pfx_index_json(&facts, def);
		choice->facts = facts.data;
		/* what serves more operators or all rows may be shared with other statements */
		if (def->am == GIN_AM_OID || (offer->def.predicate == NIL && def->predicate != NIL))
			choice->forms = lappend(choice->forms, former);
		*cost = form->cost;
		return true;
	}
	choice->offers = list_make1(offer);
	if (form->use.scan != NULL && list_length(choice->forms) < MAX_FORMS &&
		pfx_variant_is_alternative(&offer->def, def, cost_before, *cost, form->cost,
								   pfx_offer_pages(offer), pfx_offer_pages(variant)))
		choice->forms = lappend(choice->forms, form);
	return false;
}

/* The forms found so far that are of use beside what is proposed now */
static List *
forms_to_keep(const PfxChoice *choice, const PfxIndexDef *def)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, choice->forms)
	{
		const PfxIndexForm *form = (const PfxIndexForm *) lfirst(lc);

		if (def->am == GIN_AM_OID ||
			(def->predicate != NIL && form->offer->def.predicate == NIL))
			result = lappend(result, lfirst(lc));
	}
	return result;
}

/*
 * Tries the other forms of one index; of a partitioned table only the plain one.
 * Included columns come last, when it is settled what they are added to.
 */
static void
try_variants(const PfxWhatIf *what, List *choices, PfxChoice *choice, double cost_before,
			 double *cost)
{
	PfxOffer   *offer = (PfxOffer *) linitial(choice->offers);
	PfxOffer   *asked = NULL;

	if (list_length(choice->offers) > 1 || choice->relid != offer->def.relid)
		return;
	for (int covering = 0; covering < 2; covering++)
	{
		ListCell   *lc;

		if (state.plannings >= MAX_PLANNINGS)
			return;
		if (offer != asked)
		{
			choice->forms = forms_to_keep(choice, &offer->def);
			asked = offer;
			asked->want_variants = true;
			offer_only(choices, NULL);
			(void) cost_now(what, choice->offers, &choice->use, NULL);
			asked->want_variants = false;
		}
		foreach(lc, asked->variants)
		{
			PfxIndexDef *def = (PfxIndexDef *) lfirst(lc);

			if ((def->ninclude > 0) != (covering > 0))
				continue;
			if (state.plannings >= MAX_PLANNINGS)
				return;
			if (try_variant(what, choices, choice, offer, def, cost_before, cost))
				offer = (PfxOffer *) linitial(choice->offers);
		}
	}
}

/* ---- what others may create ---- */

static bool
is_wanted(const PfxOffer *lookup, const List *choices)
{
	ListCell   *lc;

	foreach(lc, choices)
	{
		const PfxOffer *offer = (const PfxOffer *) linitial(((PfxChoice *) lfirst(lc))->offers);

		if (offer->def.relid == lookup->def.relid && offer->def.am == lookup->def.am &&
			offer->def.predicate == NIL &&
			offer->def.keys[0].attnum == lookup->def.keys[0].attnum)
			return true;
	}
	return false;
}

static void
offer_one(const PfxOffer *one, List *several)
{
	ListCell   *lc;

	foreach(lc, state.offers)
		((PfxOffer *) lfirst(lc))->offered = lfirst(lc) == one;
	foreach(lc, several)
		((PfxOffer *) lfirst(lc))->offered = true;
}

/*
 * The single columns that the planner would use an index on, each by itself.  Half of
 * the time is left alone: what was proved must not be lost for it.
 */
static List *
find_risks(const PfxWhatIf *what, const List *choices)
{
	List	   *lookups = NIL;
	List	   *risks = NIL;
	List	   *used;
	uint64		stop = state.start + (state.deadline - state.start) / 2;
	ListCell   *lc;

	foreach(lc, state.offers)
		if (((PfxOffer *) lfirst(lc))->lookup && !is_wanted((PfxOffer *) lfirst(lc), choices))
			lookups = lappend(lookups, lfirst(lc));
	/* one may stand in the other's light: until none of the rest is used */
	do
	{
		if (lookups == NIL || pfx_ticks() > stop)
			break;
		used = NIL;
		offer_one(NULL, lookups);
		(void) cost_now(what, NIL, NULL, &used);
		foreach(lc, used)
		{
			PfxIndexForm *risk = palloc0(sizeof(PfxIndexForm));

			if (list_length(risks) >= MAX_RISKS || pfx_ticks() > stop)
				return risks;
			risk->offer = (PfxOffer *) lfirst(lc);
			offer_one(risk->offer, NIL);
			risk->cost = cost_now(what, list_make1(risk->offer), &risk->use, NULL);
			if (risk->use.scan != NULL)
				risks = lappend(risks, risk);
			lookups = list_delete_ptr(lookups, risk->offer);
		}
	} while (used != NIL);
	return risks;
}

/* ---- the result ---- */

/* Which of the query's constants an index is made of */
static uint32
constants_of(const PfxIndexDef *def)
{
	uint32		mask = pfx_constants_in((Node *) def->predicate);

	for (int i = 0; i < def->nkeys; i++)
		mask |= pfx_constants_in(def->keys[i].expr);
	return mask;
}

int
pfx_whatif_prove(const PfxWhatIf *what, StringInfo result, Oid *relids, int max_relids,
				 uint32 *depends)
{
	const PlannedStmt *before = what->before;
	PlannedStmt *after;
	double		cost_before;
	double		cost;
	List	   *used = NIL;
	List	   *choices;
	ListCell   *lc;
	List	   *risks;
	int			n = 0;

	memset(&state, 0, sizeof(state));
	state.context = CurrentMemoryContext;
	state.start = pfx_ticks();
	state.deadline = what->deadline;
	pfx_whatif_active = true;
	pfx_constants_doubt(what->query, what->params, what->varying);

	if (before == NULL)
		before = plan_once(what);
	cost_before = before->planTree->total_cost;

	state.collecting = true;
	after = plan_once(what);
	state.collecting = false;
	cost = after->planTree->total_cost;
	pfx_walk_scans(after, note_use, &used);
	choices = choose(used);
	if (choices != NIL && cost <= (1 - LEAST_GAIN) * cost_before)
	{
		cost = cost_of(what, choices, NULL);
		choices = drop_useless(what, choices, cost_before, &cost);
		foreach(lc, choices)
			try_variants(what, choices, (PfxChoice *) lfirst(lc), cost_before, &cost);
		if (list_length(choices) == 1)
			((PfxChoice *) linitial(choices))->cost_without = cost_before;
		offer_only(choices, NULL);
		after = plan_once(what);
		cost = after->planTree->total_cost;
	}
	if (choices == NIL || cost > (1 - LEAST_GAIN) * cost_before)
	{
		choices = NIL;
		cost = cost_before;
	}
	else
		foreach(lc, choices)
		{
			PfxChoice  *choice = (PfxChoice *) lfirst(lc);
			Search		search = {choice->offers, &choice->use};

			memset(&choice->use, 0, sizeof(choice->use));
			pfx_walk_scans(after, note_scan, &search);
		}
	risks = find_risks(what, choices);

	appendStringInfo(result, "{\"cost_before\": %.2f, \"cost_after\": %.2f, \"plannings\": %d",
					 cost_before, cost, state.plannings);
	pfx_append_member(result, "reason", choices == NIL ? "no index helps" : NULL);
	appendStringInfoString(result, ", \"indexes\": [");
	foreach(lc, choices)
	{
		PfxChoice  *choice = (PfxChoice *) lfirst(lc);

		if (foreach_current_index(lc) > 0)
			appendStringInfoString(result, ", ");
		pfx_append_choice(result, choice, before);
		*depends |= constants_of(&((PfxOffer *) linitial(choice->offers))->def);
		if (n < max_relids)
			relids[n++] = choice->relid;
	}
	appendStringInfoString(result, "], \"risks\": [");
	foreach(lc, risks)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoString(result, ", ");
		pfx_append_risk(result, (PfxIndexForm *) lfirst(lc), before);
	}
	appendStringInfoString(result, "]}");
	pfx_whatif_reset();
	return n;
}

void
pfx_whatif_reset(void)
{
	pfx_whatif_active = false;
	pfx_constants_reset();
	memset(&state, 0, sizeof(state));
}
