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
 * costs as little are dropped.  Of each that is left, other forms are tried.
 *
 * Nothing is executed and no catalog is touched; the plans are thrown away.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/paths.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "clock.h"
#include "detect/candidates.h"
#include "detect/hypothetical.h"
#include "detect/indexddl.h"
#include "detect/whatif.h"

/* Identifiers that no index has: counted up from here */
#define FIRST_FAKE_OID ((Oid) 0xFFFF0000)

/* All indexes must lower the cost by this much, and removing one raise it by this much */
#define LEAST_GAIN 0.20
#define LEAST_SHARE 0.02

/* Experiments with one query, and indexes proposed for it */
#define MAX_PLANNINGS 24
#define MAX_CHOSEN 6

/* One index that is offered: of a partitioned table, to one partition */
typedef struct Offer
{
	PfxIndexDef def;
	Oid			oid;			/* by which it is found in the plan */
	double		table_pages;	/* of what it would stand on */
	double		table_tuples;
	struct Choice *choice;		/* it is part of, or NULL */
	bool		offered;		/* in the experiment under way */
	List	   *variants;		/* of PfxIndexDef, once asked for */
	bool		want_variants;
} Offer;

/* One index that is proposed; of a partitioned table, all its partitions' */
typedef struct Choice
{
	char	   *facts;			/* pfx_index_json(), which also tells it apart */
	List	   *offers;
	double		cost_without;
	Oid			relid;			/* the topmost parent */
	/* how the plan uses it */
	const char *scan;
	double		loops;
	double		rows_per_loop;
	bool		index_only;
	const char *join;
} Choice;

static struct
{
	bool		collecting;		/* candidates are thought of, not only offered */
	List	   *offers;
	MemoryContext context;
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

static Offer *
find_offer(const PfxIndexDef *def)
{
	ListCell   *lc;

	foreach(lc, state.offers)
	{
		Offer	   *offer = (Offer *) lfirst(lc);
		const PfxIndexDef *other = &offer->def;
		bool		same = other->relid == def->relid && other->am == def->am &&
			other->nkeys == def->nkeys && other->ninclude == def->ninclude &&
			memcmp(other->include, def->include, sizeof(AttrNumber) * def->ninclude) == 0 &&
			equal(other->predicate, def->predicate);

		for (int i = 0; same && i < def->nkeys; i++)
			same = other->keys[i].attnum == def->keys[i].attnum &&
				other->keys[i].opclass == def->keys[i].opclass &&
				other->keys[i].collation == def->keys[i].collation &&
				other->keys[i].descending == def->keys[i].descending &&
				other->keys[i].nulls_first == def->keys[i].nulls_first &&
				equal(other->keys[i].expr, def->keys[i].expr);
		if (same)
			return offer;
	}
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

static Offer *
add_offer(const PfxIndexDef *def, const RelOptInfo *rel)
{
	MemoryContext old = MemoryContextSwitchTo(state.context);
	Offer	   *offer = palloc0(sizeof(Offer));

	offer->def = copy_def(def);
	offer->oid = FIRST_FAKE_OID + list_length(state.offers);
	offer->table_pages = rel->pages;
	offer->table_tuples = rel->tuples;
	offer->offered = true;
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

		if (find_offer(def) == NULL)
			(void) add_offer(def, rel);
	}
}

static void
collect_variants(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte, Offer *offer)
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
		Offer	   *offer = (Offer *) lfirst(lc);
		IndexOptInfo *index;

		if (!offer->offered || offer->def.relid != rte->relid)
			continue;
		if (offer->want_variants)
			collect_variants(root, rel, rte, offer);
		index = pfx_hypothetical_index(root, rel, &offer->def, offer->oid);
		if (index == NULL)
			continue;
		rel->indexlist = lappend(rel->indexlist, index);
		any = true;
	}
	if (!any)
		return;
	check_index_predicates(root, rel);
	create_index_paths(root, rel);
}

static PlannedStmt *
plan_once(const PfxWhatIf *what)
{
	Query	   *copy = copyObject(what->query);

	state.plannings++;
	pfx_whatif_check_deadline();
	/* whoever else counts plannings is not to count this one */
	copy->queryId = 0;
	return what->plan(copy, what->source, what->cursorOptions & ~CURSOR_OPT_SCROLL,
					  what->params);
}

/* ---- in the plan ---- */

typedef struct Use
{
	double		loops;
	const char *join;			/* type of the join right above, or NULL */
} Use;

typedef void (*PfxUseCallback) (Plan *scan, Oid indexid, const Use *use, void *arg);

static const char *
join_name(const Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_NestLoop:
			return "Nested Loop";
		case T_HashJoin:
			return "Hash Join";
		case T_MergeJoin:
			return "Merge Join";
		default:
			return NULL;
	}
}

static void walk_list(List *plans, Use use, PfxUseCallback callback, void *arg);

/* Calls back for every scan, with how often the planner expects it to run */
static void
walk_plan(Plan *plan, Use use, PfxUseCallback callback, void *arg)
{
	Use			below = use;
	const char *join;

	if (plan == NULL)
		return;
	check_stack_depth();
	join = join_name(plan);
	if (join != NULL)
		below.join = join;
	switch (nodeTag(plan))
	{
		case T_SeqScan:
			callback(plan, InvalidOid, &use, arg);
			break;
		case T_IndexScan:
			callback(plan, ((IndexScan *) plan)->indexid, &use, arg);
			break;
		case T_IndexOnlyScan:
			callback(plan, ((IndexOnlyScan *) plan)->indexid, &use, arg);
			break;
		case T_BitmapIndexScan:
			callback(plan, ((BitmapIndexScan *) plan)->indexid, &use, arg);
			break;
		case T_BitmapHeapScan:
			callback(plan, InvalidOid, &use, arg);
			break;
		case T_BitmapAnd:
			walk_list(((BitmapAnd *) plan)->bitmapplans, below, callback, arg);
			break;
		case T_BitmapOr:
			walk_list(((BitmapOr *) plan)->bitmapplans, below, callback, arg);
			break;
		case T_Append:
			walk_list(((Append *) plan)->appendplans, below, callback, arg);
			break;
		case T_MergeAppend:
			walk_list(((MergeAppend *) plan)->mergeplans, below, callback, arg);
			break;
		case T_SubqueryScan:
			walk_plan(((SubqueryScan *) plan)->subplan, below, callback, arg);
			break;
		default:
			break;
	}
	walk_plan(plan->lefttree, below, callback, arg);
	/* the inner side of a nested loop runs once for each outer row */
	if (IsA(plan, NestLoop))
		below.loops *= Max(plan->lefttree->plan_rows, 1);
	walk_plan(plan->righttree, below, callback, arg);
}

static void
walk_list(List *plans, Use use, PfxUseCallback callback, void *arg)
{
	ListCell   *lc;

	foreach(lc, plans)
		walk_plan((Plan *) lfirst(lc), use, callback, arg);
}

static void
walk_statement(const PlannedStmt *pstmt, PfxUseCallback callback, void *arg)
{
	Use			use = {1, NULL};

	walk_plan(pstmt->planTree, use, callback, arg);
	/* how often a SubPlan runs is not told by the plan */
	walk_list(pstmt->subplans, use, callback, arg);
}

/* Which offers a plan uses */
static void
note_use(Plan *scan, Oid indexid, const Use *use, void *arg)
{
	List	  **used = (List **) arg;
	ListCell   *lc;

	if (indexid < FIRST_FAKE_OID)
		return;
	foreach(lc, state.offers)
	{
		Offer	   *offer = (Offer *) lfirst(lc);

		if (offer->oid == indexid)
			*used = list_append_unique_ptr(*used, offer);
	}
}

/* How a plan uses a choice: the scan that returns most rows in all counts */
static void
note_scan(Plan *scan, Oid indexid, const Use *use, void *arg)
{
	Choice	   *choice = (Choice *) arg;
	ListCell   *lc;

	foreach(lc, choice->offers)
	{
		Offer	   *offer = (Offer *) lfirst(lc);

		if (!offer->offered || offer->oid != indexid ||
			(choice->scan != NULL &&
			 choice->loops * choice->rows_per_loop > use->loops * scan->plan_rows))
			continue;
		choice->scan = IsA(scan, IndexOnlyScan) ? "Index Only Scan" :
			IsA(scan, IndexScan) ? "Index Scan" : "Bitmap Index Scan";
		choice->loops = use->loops;
		choice->rows_per_loop = scan->plan_rows;
		choice->index_only = IsA(scan, IndexOnlyScan);
		choice->join = use->join;
	}
}

/* How the plan without it scanned the table */
typedef struct Before
{
	Oid			relid;
	const PlannedStmt *pstmt;
	const char *scan;
	const char *join;
	double		rows;
} Before;

static Oid
topmost_parent(Oid relid)
{
	/* as pfx_index_json() names it: inheritance of partitions only */
	while (get_rel_relispartition(relid))
	{
		Oid			parent = get_partition_parent(relid, true);

		if (!OidIsValid(parent))
			break;
		relid = parent;
	}
	return relid;
}

static void
note_before(Plan *scan, Oid indexid, const Use *use, void *arg)
{
	Before	   *before = (Before *) arg;
	RangeTblEntry *rte;
	const char *name;

	switch (nodeTag(scan))
	{
		case T_SeqScan:
			name = "Seq Scan";
			break;
		case T_IndexScan:
			name = "Index Scan";
			break;
		case T_IndexOnlyScan:
			name = "Index Only Scan";
			break;
		case T_BitmapHeapScan:
			name = "Bitmap Heap Scan";
			break;
		default:
			return;
	}
	rte = rt_fetch(((Scan *) scan)->scanrelid, before->pstmt->rtable);
	if (topmost_parent(rte->relid) != before->relid ||
		(before->scan != NULL && before->rows > scan->plan_rows * use->loops))
		return;
	before->scan = name;
	before->join = use->join;
	before->rows = scan->plan_rows * use->loops;
}

/* ---- choosing ---- */

static void
offer_only(List *choices, const Choice *but)
{
	ListCell   *lc;

	foreach(lc, state.offers)
		((Offer *) lfirst(lc))->offered = false;
	foreach(lc, choices)
	{
		Choice	   *choice = (Choice *) lfirst(lc);
		ListCell   *lo;

		if (choice == but)
			continue;
		foreach(lo, choice->offers)
			((Offer *) lfirst(lo))->offered = true;
	}
}

static double
cost_of(const PfxWhatIf *what, List *choices, const Choice *but)
{
	MemoryContext planning = AllocSetContextCreate(CurrentMemoryContext, "perfext planning",
												   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(planning);
	double		cost;

	offer_only(choices, but);
	cost = plan_once(what)->planTree->total_cost;
	/* the planner's memory for a large join, two dozen times, would be too much */
	MemoryContextSwitchTo(old);
	MemoryContextDelete(planning);
	return cost;
}

/* The partitions for which a plan took another index are to have this one, too */
static void
add_partitions(List *choices)
{
	ListCell   *lc;

	foreach(lc, state.offers)
	{
		Offer	   *offer = (Offer *) lfirst(lc);
		Oid			parent = topmost_parent(offer->def.relid);
		StringInfoData facts;
		ListCell   *lo;

		if (offer->choice != NULL || parent == offer->def.relid)
			continue;
		initStringInfo(&facts);
		pfx_index_json(&facts, &offer->def);
		foreach(lo, choices)
		{
			Choice	   *choice = (Choice *) lfirst(lo);

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
		Offer	   *offer = (Offer *) lfirst(lc);
		Choice	   *choice = NULL;
		StringInfoData facts;
		ListCell   *lo;

		initStringInfo(&facts);
		pfx_index_json(&facts, &offer->def);
		foreach(lo, choices)
			if (strcmp(((Choice *) lfirst(lo))->facts, facts.data) == 0)
				choice = (Choice *) lfirst(lo);
		if (choice == NULL)
		{
			if (list_length(choices) >= MAX_CHOSEN)
				continue;
			choice = palloc0(sizeof(Choice));
			choice->facts = facts.data;
			choice->relid = topmost_parent(offer->def.relid);
			choices = lappend(choices, choice);
		}
		choice->offers = lappend(choice->offers, offer);
		offer->choice = choice;
	}
	add_partitions(choices);
	return choices;
}

/* Drops, the least useful first, what the query does as well without */
static List *
drop_useless(const PfxWhatIf *what, List *choices, double *cost)
{
	while (list_length(choices) > 1)
	{
		Choice	   *least = NULL;
		ListCell   *lc;

		foreach(lc, choices)
		{
			Choice	   *choice = (Choice *) lfirst(lc);

			if (state.plannings >= MAX_PLANNINGS)
				return choices;
			choice->cost_without = cost_of(what, choices, choice);
			if (least == NULL || choice->cost_without < least->cost_without)
				least = choice;
		}
		if (least->cost_without > *cost * (1 + LEAST_SHARE))
			break;
		choices = list_delete_ptr(choices, least);
		*cost = Max(least->cost_without, *cost);
	}
	return choices;
}

/* Is another form of an index better, all in all? */
static bool
is_better(const PfxIndexDef *old, const PfxIndexDef *new, double cost_before,
		  double old_cost, double new_cost, double old_pages, double new_pages)
{
	/*
	 * Included columns make it larger and updates of them dearer: only for much less
	 * work, and where what the plain index leaves is worth mentioning.
	 */
	if (new->ninclude > old->ninclude)
		return new_cost < 0.7 * old_cost && old_cost - new_cost > 0.05 * cost_before;
	/*
	 * Block ranges instead of a tree: next to nothing to keep.  The planner charges
	 * for every range it might have to read, which is far from what is read where
	 * the table lies in order.
	 */
	if (new->am != old->am)
		return new_cost < 0.75 * cost_before && new_pages < 0.05 * old_pages;
	if (new->predicate != NIL && old->predicate == NIL)
		return new_cost < 1.02 * old_cost && new_pages < 0.6 * old_pages;
	return new_cost < 1.02 * old_cost && new_pages < old_pages;
}

static double
pages_of(const Offer *offer)
{
	PfxIndexSize size;

	pfx_index_size(&offer->def, offer->table_pages, offer->table_tuples, &size);
	return size.pages;
}

/* Tries the other forms of one index; of a partitioned table only the plain one */
static void
try_variants(const PfxWhatIf *what, List *choices, Choice *choice, double cost_before,
			 double *cost)
{
	Offer	   *offer = (Offer *) linitial(choice->offers);
	ListCell   *lc;

	if (list_length(choice->offers) > 1 || choice->relid != offer->def.relid)
		return;
	offer->want_variants = true;
	(void) cost_of(what, choices, NULL);
	foreach(lc, offer->variants)
	{
		PfxIndexDef *def = (PfxIndexDef *) lfirst(lc);
		Offer	   *variant = find_offer(def);
		double		new_cost;
		StringInfoData facts;

		if (state.plannings >= MAX_PLANNINGS)
			return;
		if (variant == NULL)
		{
			RelOptInfo	rel = {.pages = offer->table_pages, .tuples = offer->table_tuples};

			variant = add_offer(def, &rel);
		}
		choice->offers = list_make1(variant);
		new_cost = cost_of(what, choices, NULL);
		if (!is_better(&offer->def, def, cost_before, *cost, new_cost, pages_of(offer),
					   pages_of(variant)))
		{
			choice->offers = list_make1(offer);
			continue;
		}
		offer = variant;
		initStringInfo(&facts);
		pfx_index_json(&facts, def);
		choice->facts = facts.data;
		*cost = new_cost;
	}
	choice->offers = list_make1(offer);
}

/* ---- the result ---- */

static void
append_text(StringInfo buf, const char *name, const char *text)
{
	appendStringInfo(buf, ", \"%s\": ", name);
	if (text != NULL)
		escape_json(buf, text);
	else
		appendStringInfoString(buf, "null");
}

/* How well the table's order follows the index's first column; false: not known */
static bool
get_correlation(const PfxIndexDef *def, double *correlation)
{
	HeapTuple	tuple;
	AttStatsSlot slot;
	bool		found = false;

	if (def->keys[0].attnum == 0)
		return false;
	tuple = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(def->relid),
							Int16GetDatum(def->keys[0].attnum), BoolGetDatum(false));
	if (!HeapTupleIsValid(tuple))
		return false;
	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_CORRELATION, InvalidOid,
						 ATTSTATSSLOT_NUMBERS))
	{
		*correlation = slot.nnumbers > 0 ? slot.numbers[0] : 0;
		found = slot.nnumbers > 0;
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return found;
}

static void
append_choice(StringInfo buf, const Choice *choice, const PlannedStmt *pstmt)
{
	double		pages = 0;
	double		table_pages = 0;
	Before		before = {choice->relid, pstmt, NULL, NULL, 0};
	double		correlation;
	char		correlated[32] = "null";
	ListCell   *lc;

	foreach(lc, choice->offers)
	{
		pages += pages_of((Offer *) lfirst(lc));
		table_pages += ((Offer *) lfirst(lc))->table_pages;
	}
	walk_statement(pstmt, note_before, &before);
	if (get_correlation(&((Offer *) linitial(choice->offers))->def, &correlation))
		snprintf(correlated, sizeof(correlated), "%.4f", correlation);
	appendStringInfo(buf, "{%s, \"size_bytes\": %.0f, \"table_size_bytes\": %.0f, "
					 "\"cost_without\": %.2f, \"loops\": %.0f, \"rows_per_loop\": %.0f, "
					 "\"index_only\": %s, \"correlation\": %s",
					 choice->facts, pages * BLCKSZ, table_pages * BLCKSZ, choice->cost_without,
					 choice->loops, choice->rows_per_loop, choice->index_only ? "true" : "false",
					 correlated);
	append_text(buf, "scan", choice->scan);
	append_text(buf, "replaces", before.scan);
	append_text(buf, "join_before", before.join);
	append_text(buf, "join_after", choice->join);
	appendStringInfoChar(buf, '}');
}

int
pfx_whatif_prove(const PfxWhatIf *what, StringInfo result, Oid *relids, int max_relids)
{
	const PlannedStmt *before = what->before;
	PlannedStmt *after;
	double		cost_before;
	double		cost;
	List	   *used = NIL;
	List	   *choices;
	ListCell   *lc;
	int			n = 0;

	memset(&state, 0, sizeof(state));
	state.context = CurrentMemoryContext;
	state.deadline = what->deadline;
	pfx_whatif_active = true;

	if (before == NULL)
		before = plan_once(what);
	cost_before = before->planTree->total_cost;

	state.collecting = true;
	after = plan_once(what);
	state.collecting = false;
	cost = after->planTree->total_cost;
	walk_statement(after, note_use, &used);
	choices = choose(used);
	if (choices != NIL && cost <= (1 - LEAST_GAIN) * cost_before)
	{
		cost = cost_of(what, choices, NULL);
		choices = drop_useless(what, choices, &cost);
		foreach(lc, choices)
			try_variants(what, choices, (Choice *) lfirst(lc), cost_before, &cost);
		if (list_length(choices) == 1)
			((Choice *) linitial(choices))->cost_without = cost_before;
		offer_only(choices, NULL);
		after = plan_once(what);
		cost = after->planTree->total_cost;
	}
	if (choices == NIL || cost > (1 - LEAST_GAIN) * cost_before)
	{
		choices = NIL;
		cost = cost_before;
	}

	appendStringInfo(result, "{\"cost_before\": %.2f, \"cost_after\": %.2f, \"plannings\": %d",
					 cost_before, cost, state.plannings);
	append_text(result, "reason", choices == NIL ? "no index helps" : NULL);
	appendStringInfoString(result, ", \"indexes\": [");
	foreach(lc, choices)
	{
		Choice	   *choice = (Choice *) lfirst(lc);

		if (foreach_current_index(lc) > 0)
			appendStringInfoString(result, ", ");
		walk_statement(after, note_scan, choice);
		append_choice(result, choice, before);
		if (n < max_relids)
			relids[n++] = choice->relid;
	}
	appendStringInfoString(result, "]}");
	pfx_whatif_reset();
	return n;
}

void
pfx_whatif_reset(void)
{
	pfx_whatif_active = false;
	memset(&state, 0, sizeof(state));
}
