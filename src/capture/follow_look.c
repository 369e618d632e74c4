/*-------------------------------------------------------------------------
 *
 * follow_look.c
 *	  Tells how far a followed plan is: which phase goes on, and what share of it is
 *	  done.
 *
 * Separate from follow.c, which cuts plans into phases and counts rows.  All of
 * this may run in a signal handler; what it may touch is told there.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relscan.h"
#include "catalog/pg_am.h"
#include "utils/rel.h"

#include "capture/followed.h"
#include "clock.h"

/* In a smaller table the place by blocks is too rough */
#define LEAST_BLOCKS 8

/* Rows counted for less than this say nothing of those before, ns */
#define LEAST_COUNTED 200000000

/*
 * What a row costs that is written or sent, and one that only goes on, in the
 * planner's units: that has no opinion of the former
 */
#define ROW_COST_WRITTEN 0.5
#define ROW_COST 0.02

/* When all rows are wanted, this share of the time goes with them; the rest with bytes */
#define SHARE_BY_ROWS 0.6

/* The rest of a table holds no more rows than so many times the average */
#define MAX_DENSITY 2.0

/* nor fewer than this part of what its beginning held */
#define LEAST_DENSITY 0.125

/* Estimates that were wrong by so much at the source are wrong above it; at most by that */
#define MAX_CORRECTION 100.0

/* Share of a scan that tells how many rows it will give */
#define LEAST_SEEN 0.02

/* ---- how far it is ---- */

/* Position of a scan of a whole table, in blocks */
static void
find_blocks(PfxFollowedNode *node)
{
	TableScanDesc scan;
	HeapScanDesc heap;

	if (!IsA(node->ps, SeqScanState))
		return;
	scan = ((SeqScanState *) node->ps)->ss.ss_currentScanDesc;
	if (scan == NULL || scan->rs_parallel != NULL ||
		scan->rs_rd->rd_rel->relam != HEAP_TABLE_AM_OID)
		return;
	heap = (HeapScanDesc) scan;
	node->blocks_total = heap->rs_nblocks;
	if (heap->rs_inited && heap->rs_cblock != InvalidBlockNumber && heap->rs_nblocks > 0)
		node->blocks_done = ((int64) heap->rs_cblock + heap->rs_nblocks - heap->rs_startblock) %
			heap->rs_nblocks;
	else if (node->ends > 0 || node->blocks_done > 0)
		node->blocks_done = node->blocks_total;
}

/* Rows that go into a node that takes all before it gives any */
static double
rows_in(const PfxFollowed *f, const PfxFollowedNode *node)
{
	const PfxFollowedNode *child;

	if (node->child < 0)
		return node->ps->plan->plan_rows;
	child = &f->nodes[node->child];
	if (child->rows_before < 0 || child->ends == 0)
		return outerPlanState(node->ps)->plan->plan_rows;
	return child->rows + child->rows_before;
}

/* Is it known of a scan that it has not begun? */
static bool
is_to_come(const PlanState *ps)
{
	return IsA(ps, SeqScanState) && ((const SeqScanState *) ps)->ss.ss_currentScanDesc == NULL;
}

static bool
is_writing(const PfxFollowed *f)
{
	CommandDest dest = f->queryDesc->dest->mydest;

	return f->queryDesc->operation != CMD_SELECT || dest == DestIntoRel ||
		dest == DestTransientRel || dest == DestCopyOut;
}

/*
 * A table's blocks need not hold rows, or wanted rows, evenly: what came in at its end
 * is at its end.  Where the planner knows how many rows there will be, and time goes with
 * rows, those tell how far a scan is.
 */
static double
share_by_rows(const PfxFollowed *f, const PfxFollowedNode *node, double blocks)
{
	const Plan *plan = node->ps->plan;
	const FormData_pg_class *class = ((ScanState *) node->ps)->ss_currentRelation->rd_rel;
	double		rows = node->rows + Max(node->rows_before, 0);
	double		blocks_left = (1 - blocks) * node->blocks_total;
	double		left = plan->plan_rows - rows;
	double		by_blocks = plan->total_cost;
	double		by_rows;

	if (!node->well_estimated || node->gather >= 0 || node->rows_before < 0 || blocks <= 0 ||
		class->reltuples <= 0 || class->relpages <= 0)
		return blocks;
	left = Min(left, MAX_DENSITY * class->reltuples / class->relpages * blocks_left);
	left = Max(left, LEAST_DENSITY * rows / (blocks * node->blocks_total) * blocks_left);
	if (rows + left <= 0)
		return blocks;
	if (plan->qual == NIL)
	{
		by_rows = SHARE_BY_ROWS;
		by_blocks = 1 - SHARE_BY_ROWS;
	}
	else
		by_rows = Max(f->phases[node->phase].weight - plan->total_cost, 0) +
			plan->plan_rows * (node->phase == 0 && is_writing(f) ? ROW_COST_WRITTEN : ROW_COST);
	return (by_blocks * blocks + by_rows * rows / (rows + left)) / (by_blocks + by_rows);
}

/* How far a driver is; -1: not known */
static double
driver_share(const PfxFollowed *f, PfxFollowedNode *node, double usual_units, double *units)
{
	double		expected;

	if (node->blocks_total >= LEAST_BLOCKS)
	{
		*units = node->blocks_total;
		return share_by_rows(f, node, (double) Max(node->blocks_done, 0) / node->blocks_total);
	}
	if (is_to_come(node->ps))
	{
		*units = 0;
		return 0;
	}
	*units = node->rows + Max(node->rows_before, 0);
	if (node->ends > 0)
		return 1;
	if (node->rows_before < 0 || *units == 0)
		return -1;
	expected = IsA(node->ps, SortState) ? rows_in(f, node) :
		usual_units > 0 ? usual_units : Max(node->ps->plan->plan_rows, node->least_rows);
	/* more than were expected: nobody knows how many more */
	if (*units > 0.9 * expected && !IsA(node->ps, SortState))
		expected = Max(expected, *units * (usual_units > 0 ? 1.05 : 1.25));
	return Min(*units / Max(expected, 1), 1);
}

static bool
is_done(const PfxFollowed *f, int number)
{
	const PfxFollowedPhase *phase = &f->phases[number];
	const PlanState *sink = phase->sink >= 0 ? f->nodes[phase->sink].ps : NULL;

	switch (phase->kind)
	{
		case PFX_PHASE_HASH:
			/* 1 is to build the hash table */
			return ((const HashJoinState *) sink)->hj_JoinState > 1;
		case PFX_PHASE_SORT_INPUT:
			return ((const SortState *) sink)->sort_Done ||
				(f->nodes[phase->sink].child >= 0 &&
				 f->nodes[f->nodes[phase->sink].child].ends > 0);
		case PFX_PHASE_SORT:
			return ((const SortState *) sink)->sort_Done;
		case PFX_PHASE_AGGREGATE:
			return ((const AggState *) sink)->table_filled;
		case PFX_PHASE_INIT:
			/* nobody tells, but it is executed early: done, unless it is just going on */
			return f->current < 0 || f->nodes[f->current].phase != number;
		case PFX_PHASE_RUN:
		case PFX_PHASE_TRIGGERS:
		case PFX_PHASE_SERVER:
			break;
	}
	return false;
}

/* The phase that is going on: that of the node called last, unless it is done since */
static int
current_phase(const PfxFollowed *f)
{
	int			phase = 0;

	if (f->current >= 0)
		phase = f->nodes[f->current].phase;
	else
	{
		/* no node was called yet since: the last phase of which nothing is missing */
		for (int i = f->nphases - 1; i > 0; i--)
			if (f->phases[i].kind != PFX_PHASE_TRIGGERS && !is_done(f, i))
			{
				phase = i;
				break;
			}
	}
	while (phase > 0 && is_done(f, phase))
		phase = f->phases[phase].parent;
	return phase;
}

/* Sums over a phase's drivers; rows: 0 when one of them is not well estimated */
static void
sum_drivers(const PfxFollowed *f, int number, double *cost, double *rows)
{
	bool		known = true;

	*cost = *rows = 0;
	for (int i = 0; i < f->nnodes; i++)
		if (f->nodes[i].phase == number && f->nodes[i].driver)
		{
			*cost += Max(pfx_followed_cost(f->nodes[i].ps), 1);
			*rows += f->nodes[i].ps->plan->plan_rows;
			known = known && f->nodes[i].well_estimated;
		}
	if (!known)
		*rows = 0;
}

static double
phase_share(PfxFollowed *f, int number, double usual_units, double *units)
{
	PfxFollowedPhase *phase = &f->phases[number];
	double		sum = 0;
	double		weights = 0;
	double		share = -1;
	double		all_cost;
	double		all_rows;

	*units = 0;
	if (phase->kind == PFX_PHASE_SORT)
		return -1;
	sum_drivers(f, number, &all_cost, &all_rows);
	for (int i = 0; i < f->nnodes; i++)
	{
		PfxFollowedNode *node = &f->nodes[i];
		double		node_units;
		double		weight;
		double		node_share;

		if (node->phase != number || !node->driver)
			continue;
		node_share = driver_share(f, node, usual_units, &node_units);
		weight = Max(pfx_followed_cost(node->ps), 1) / all_cost;
		if (all_rows > 0)
			weight = (1 - SHARE_BY_ROWS) * weight +
				SHARE_BY_ROWS * node->ps->plan->plan_rows / all_rows;
		*units += node_units;
		if (node_share < 0)
			continue;
		sum += weight * node_share;
		weights += weight;
	}
	if (weights > 0)
		share = sum / weights;
	/* what a hash join has put aside in batches comes after its outer side */
	for (int i = 0; i < f->nnodes && share >= 0; i++)
		if (f->nodes[i].phase == number && IsA(f->nodes[i].ps, HashJoinState) &&
			!f->nodes[i].driver && f->nodes[i].share >= 0)
			share = 0.6 * share + 0.4 * f->nodes[i].share;
	if (phase->limit >= 0)
	{
		const LimitState *limit = (const LimitState *) f->nodes[phase->limit].ps;

		if (limit->lstate != LIMIT_INITIAL && !limit->noCount && limit->count > 0)
			share = Max(share, Min((double) limit->position / (limit->offset + limit->count), 1));
	}
	return share;
}

/* Names the phases, as they are when it begins */
void
pfx_follow_phases(int level, PfxProgress *progress)
{
	const PfxFollowed *f = &pfx_followed[level];

	progress->nphases = f->nphases;
	for (int i = 0; i < f->nphases; i++)
	{
		PfxPhase   *phase = &progress->phases[i];

		memset(phase, 0, sizeof(*phase));
		phase->kind = f->phases[i].kind;
		phase->open_ended = f->phases[i].open_ended;
		phase->weight = f->phases[i].weight;
		phase->fraction = -1;
	}
}

/* Rows that nodes gave before they were counted, by what they gave since */
static void
guess_rows_before(PfxFollowed *f, const PfxProgress *progress, double since)
{
	double		counted_for = pfx_ticks_to_ns(pfx_ticks() - f->since);

	if (counted_for < LEAST_COUNTED)
		return;
	for (int i = 0; i < f->nnodes; i++)
	{
		PfxFollowedNode *node = &f->nodes[i];
		double		before = progress->phases[node->phase].duration - counted_for;

		if (node->rows_before >= 0)
			continue;
		if (node->phase != progress->current)
		{
			if (!progress->phases[node->phase].done)
				node->rows_before = 0;
		}
		else
			node->rows_before = node->rows * Max(before, 0) / counted_for;
	}
}

/* How many times more rows than the planner thought a phase sorts, as far as it is known */
static double
row_factor(const PfxFollowed *f, int number)
{
	for (int i = 0; i < f->nnodes; i++)
	{
		const PfxFollowedNode *node = &f->nodes[i];
		double		seen;
		double		least;

		if (node->phase != number || !node->driver)
			continue;
		if (node->blocks_total < LEAST_BLOCKS || node->rows_before < 0)
			return 1;
		seen = (double) Max(node->blocks_done, 0) / node->blocks_total;
		if (seen < LEAST_SEEN || node->well_estimated)
			return 1;
		/* in a parallel plan the rows are those of this process, which may do less than its part */
		least = node->gather >= 0 ? 1 : 1 / MAX_CORRECTION;
		return Min(Max((node->rows + node->rows_before) / seen /
					   Max(node->ps->plan->plan_rows, 1), least), MAX_CORRECTION);
	}
	return 1;
}

/* What is sorted, and what goes on with the sorted rows, has as many as were read */
static void
correct_weights(const PfxFollowed *f, PfxProgress *progress)
{
	for (int i = 0; i < f->nphases; i++)
	{
		int			next = f->phases[i].parent;
		double		factor;

		if (f->phases[i].kind != PFX_PHASE_SORT_INPUT)
			continue;
		factor = row_factor(f, i);
		for (; next >= 0; next = f->phases[next].parent)
		{
			progress->phases[next].weight = f->phases[next].weight * factor;
			if (f->phases[next].kind != PFX_PHASE_SORT)
				break;
		}
	}
}

static Oid
relation_of(const PfxFollowed *f, const PlanState *ps)
{
	const PlanState *root = f->queryDesc->planstate;
	Relation	rel = NULL;

	if (IsA(root, ModifyTableState) && ((const ModifyTableState *) root)->resultRelInfo != NULL)
		rel = ((const ModifyTableState *) root)->resultRelInfo->ri_RelationDesc;
	else if (ps != NULL)
	{
		switch (nodeTag(ps))
		{
			case T_SeqScanState:
			case T_SampleScanState:
			case T_IndexScanState:
			case T_IndexOnlyScanState:
			case T_BitmapHeapScanState:
			case T_TidScanState:
			case T_TidRangeScanState:
			case T_ForeignScanState:
				rel = ((const ScanState *) ps)->ss_currentRelation;
				break;
			default:
				break;
		}
	}
	return rel != NULL ? rel->rd_id : InvalidOid;
}

/*
 * Where it is now.  The durations of the phases are the caller's; since: ns that
 * it has been executed for.
 */
void
pfx_follow_look(int level, PfxProgress *progress, double since)
{
	PfxFollowed   *f = &pfx_followed[level];
	int			number = current_phase(f);
	const PfxFollowedNode *node = NULL;

	progress->current = number;
	for (int i = 0; i < f->nnodes; i++)
		find_blocks(&f->nodes[i]);
	guess_rows_before(f, progress, since);
	for (int i = 0; i < f->nphases; i++)
	{
		PfxPhase   *phase = &progress->phases[i];
		double		usual = progress->history.runs > 0 ? progress->history.units[i] : 0;

		phase->done = i != number && is_done(f, i);
		if (phase->kind == PFX_PHASE_TRIGGERS)
			continue;
		phase->fraction = phase_share(f, i, usual, &phase->units);
		if (phase->done)
			phase->fraction = 1;
		if (phase->open_ended && usual <= 0)
			phase->fraction = -1;
	}
	correct_weights(f, progress);
	progress->blocks_done = progress->blocks_total = -1;
	for (int i = 0; i < f->nnodes; i++)
		if (f->nodes[i].phase == number && f->nodes[i].driver && f->nodes[i].blocks_total > 0)
		{
			progress->blocks_done = Max(progress->blocks_done, 0) +
				Max(f->nodes[i].blocks_done, 0);
			progress->blocks_total = Max(progress->blocks_total, 0) + f->nodes[i].blocks_total;
		}
	if (f->phases[number].kind == PFX_PHASE_SORT)
		node = &f->nodes[f->phases[number].sink];
	else if (f->current >= 0)
		node = &f->nodes[f->current];
	progress->node_tag = node != NULL ? (int32) nodeTag(node->ps) : 0;
	progress->relid = relation_of(f, node != NULL ? node->ps : NULL);
	progress->rows_done = f->queryDesc->estate->es_processed;
	if (progress->rows_done == 0 && node != NULL)
		progress->rows_done = node->rows + Max(node->rows_before, 0);
	f->due = true;
}
