/*-------------------------------------------------------------------------
 *
 * follow.c
 *	  Follows a plan that turned out to run for long: cuts it into phases, counts
 *	  the rows of its nodes, and tells how far it is.
 *
 * Separate from nodes.c: sampled executions are decided on before they start and
 * measure times; here it is only known while a statement runs that somebody
 * wants to know, and nothing but rows is counted.
 *
 * Most of this runs in a signal handler (progress.c), while the executor is
 * somewhere in the plan.  That is safe for what it does:
 *
 * - It reads plan states, which ExecutorStart has made and ExecutorEnd frees;
 *	 progress.c sees to it that it is called only in between.  Pointers that the
 *	 executor sets later (a scan's descriptor) are set once and freed by
 *	 ExecutorEnd.  What can go earlier is looked at by counted(), from the
 *	 executor's own flow: shared memory of parallel scans, hash tables.
 * - It writes only memory of its own, and PlanState.ExecProcNode, one pointer.
 *	 Should the executor just set that itself (the first call of a node does), then
 *	 the node is not counted until the next pfx_follow_resume().
 * - It allocates nothing, takes no lock, raises nothing, does not recurse.
 *
 * counted() finds its node by address in a table that is never changed while
 * nodes of a running plan lead to it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relscan.h"
#include "catalog/pg_am.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/hashjoin.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "capture/followed.h"
#include "clock.h"

PfxFollowed pfx_followed[PFX_PROGRESS_LEVELS];

/*
 * Sorting takes less than the planner thinks; and that share of it is done while rows
 * are still read, when they do not fit into memory.
 */
#define SORT_WORK 0.25
#define EARLY_SORT_WORK 0.85

/* More conditions on one table depend on each other, perhaps */
#define MAX_WELL_ESTIMATED 2

/* What is still to be walked: bounded, and in memory of its own */
typedef struct ToWalk
{
	PlanState  *ps;
	int16		parent;
	int16		gather;
	int16		phase;
	bool		driver;
} ToWalk;

static ToWalk stack[PFX_MAX_FOLLOWED];
static int	stack_size;

/* The server's ExecProcNodeFirst, which is static there */
static ExecProcNodeMtd exec_first = NULL;

void
pfx_follow_init(void)
{
	PlanState	probe;

	memset(&probe, 0, sizeof(probe));
	ExecSetExecProcNode(&probe, NULL);
	exec_first = probe.ExecProcNode;
}

/* ---- counting, in the executor's own flow ---- */

static inline uint32
place(const PlanState *ps)
{
	return (uint32) (((uintptr_t) ps >> 4) * UINT64CONST(0x9E3779B97F4A7C15) >> 56);
}

static inline PfxFollowedNode *
find(PfxFollowed *f, const PlanState *ps)
{
	uint32		i = place(ps);

	while (f->table[i] != 0 && f->nodes[f->table[i] - 1].ps != ps)
		i = (i + 1) % PFX_FOLLOWED_TABLE;
	return f->table[i] != 0 ? &f->nodes[f->table[i] - 1] : NULL;
}

/* Is the shared memory of the parallel plan that the node is part of still there? */
static bool
is_attached(const PfxFollowed *f, const PfxFollowedNode *node)
{
	const PlanState *gather;

	if (node->gather < 0)
		return false;
	gather = f->nodes[node->gather].ps;
	if (IsA(gather, GatherState))
		return ((const GatherState *) gather)->pei != NULL;
	return ((const GatherMergeState *) gather)->pei != NULL;
}

/*
 * What must not be read by a signal handler, as the executor may just be freeing
 * it: called between two steps of the executor.
 */
static pg_noinline void
look_inside(PfxFollowed *f)
{
	f->due = false;
	for (int i = 0; i < f->nnodes; i++)
	{
		PfxFollowedNode *node = &f->nodes[i];

		if (IsA(node->ps, SeqScanState))
		{
			TableScanDesc scan = ((SeqScanState *) node->ps)->ss.ss_currentScanDesc;

			if (scan != NULL && scan->rs_parallel != NULL && is_attached(f, node) &&
				scan->rs_rd->rd_rel->relam == HEAP_TABLE_AM_OID)
			{
				ParallelBlockTableScanDesc shared =
					(ParallelBlockTableScanDesc) scan->rs_parallel;

				node->blocks_total = shared->phs_nblocks;
				node->blocks_done = Min(pg_atomic_read_u64(&shared->phs_nallocated),
										shared->phs_nblocks);
			}
		}
		else if (IsA(node->ps, HashJoinState))
		{
			HashJoinTable table = ((HashJoinState *) node->ps)->hj_HashTable;

			if (table == NULL || table->parallel_state != NULL)
				continue;
			if (table->nbatch > 1)
				node->share = (double) table->curbatch / table->nbatch;
			/* what waits there without a match is given in the end */
			if (node->driver)
				node->least_rows = table->totalTuples;
		}
	}
}

/* The node had not been called before: find what is to be called from now on */
static pg_noinline void
after_first_call(PfxFollowed *f, PfxFollowedNode *node, PlanState *ps, ExecProcNodeMtd counted)
{
	if (f->running && ps->ExecProcNode != counted)
	{
		node->next = ps->ExecProcNode;
		ps->ExecProcNode = counted;
	}
}

static pg_attribute_always_inline TupleTableSlot *
count(PfxFollowed *f, PlanState *ps, ExecProcNodeMtd self)
{
	PfxFollowedNode *node = find(f, ps);
	const QueryDesc *queryDesc = f->queryDesc;
	ExecProcNodeMtd next;
	TupleTableSlot *slot;

	/* taken off between the executor's look at the pointer and this call */
	if (unlikely(node == NULL))
		return ps->ExecProcNode != self ? ps->ExecProcNode(ps) : ps->ExecProcNodeReal(ps);
	next = node->next;
	f->current = node - f->nodes;
	if (unlikely(f->due))
		look_inside(f);
	slot = next(ps);
	/* another plan may be followed by now, when this one was paused meanwhile */
	if (unlikely(f->queryDesc != queryDesc))
		return slot;
	if (TupIsNull(slot))
		node->ends++;
	else
		node->rows++;
	if (unlikely(next == exec_first))
		after_first_call(f, node, ps, self);
	return slot;
}

static TupleTableSlot *
counted_0(PlanState *ps)
{
	return count(&pfx_followed[0], ps, counted_0);
}

static TupleTableSlot *
counted_1(PlanState *ps)
{
	return count(&pfx_followed[1], ps, counted_1);
}

static const ExecProcNodeMtd counted[PFX_PROGRESS_LEVELS] = {counted_0, counted_1};

/* ---- the plan's shape ---- */

static void
push(PlanState *ps, int parent, int gather, int phase, bool driver)
{
	if (ps == NULL || stack_size == lengthof(stack))
		return;
	stack[stack_size].ps = ps;
	stack[stack_size].parent = parent;
	stack[stack_size].gather = gather;
	stack[stack_size].phase = phase;
	stack[stack_size].driver = driver;
	stack_size++;
}

static void
push_all(PlanState **states, int n, const ToWalk *from, int node)
{
	for (int i = n - 1; i >= 0; i--)
		push(states[i], node, from->gather, from->phase, from->driver);
}

/* A new phase, after which that of "parent" goes on; that one when there is no room */
static int
new_phase(PfxFollowed *f, PfxPhaseKind kind, int parent, int sink, double weight)
{
	PfxFollowedPhase *phase = &f->phases[f->nphases];

	/* the last is for triggers */
	if (f->nphases == PFX_MAX_PHASES - 1)
		return parent;
	phase->kind = kind;
	phase->parent = parent;
	phase->sink = sink;
	phase->limit = -1;
	phase->open_ended = false;
	phase->weight = Max(weight, 0);
	return f->nphases++;
}

/* Will it sort while it reads, as the rows do not fit into memory? */
static bool
is_sorted_early(const PlanState *sort)
{
	const Plan *plan = sort->plan;

	return plan->plan_rows * (plan->plan_width + 40.0) > work_mem * 1024.0;
}

/* Does a node feed its phase with rows that come from nowhere else in it? */
static bool
is_driver(const PlanState *ps)
{
	switch (nodeTag(ps))
	{
		case T_SortState:
		case T_RecursiveUnionState:
			return true;
		case T_HashJoinState:
			/* what has no match comes after the outer side has been read */
			return ((const HashJoinState *) ps)->hj_NullOuterTupleSlot != NULL;
		case T_AggState:
			return ((const AggState *) ps)->aggstrategy == AGG_HASHED ||
				((const AggState *) ps)->aggstrategy == AGG_MIXED;
		case T_SubqueryScanState:
		case T_AppendState:
		case T_MergeAppendState:
			return false;
		case T_CteScanState:
			return ((const CteScanState *) ps)->leader != (const CteScanState *) ps;
		default:
			return outerPlanState(ps) == NULL;
	}
}

/*
 * Is the planner's number of rows worth something?  All rows of a table, or those that
 * its histograms tell of: conditions between a column and a constant.
 */
static bool
is_well_estimated(const PlanState *ps)
{
	ListCell   *lc;

	if (!IsA(ps, SeqScanState) || list_length(ps->plan->qual) > MAX_WELL_ESTIMATED)
		return false;
	foreach(lc, ps->plan->qual)
	{
		const OpExpr *op = (const OpExpr *) lfirst(lc);

		if (!IsA(op, OpExpr) || list_length(op->args) != 2 ||
			!((IsA(linitial(op->args), Var) && IsA(lsecond(op->args), Const)) ||
			  (IsA(linitial(op->args), Const) && IsA(lsecond(op->args), Var))))
			return false;
	}
	return true;
}

/* Puts what is below a node on the stack, each with the phase it belongs to */
static void
push_children(PfxFollowed *f, const ToWalk *at, int node)
{
	PlanState  *ps = at->ps;
	PlanState  *outer = outerPlanState(ps);
	int			phase = at->phase;

	switch (nodeTag(ps))
	{
		case T_RecursiveUnionState:
			push(innerPlanState(ps), -1, at->gather, phase, false);
			push(outer, node, at->gather, phase, false);
			break;
		case T_HashJoinState:
			/* the build side first: last on the stack */
			push(outer, node, at->gather, phase, at->driver && !is_driver(ps));
			if (at->driver)
				push(innerPlanState(ps), -1, at->gather,
					 new_phase(f, PFX_PHASE_HASH, phase, node,
							   ps->plan->startup_cost - outer->plan->startup_cost -
							   pfx_followed_cost(innerPlanState(ps))), true);
			else
				push(innerPlanState(ps), -1, at->gather, phase, false);
			break;
		case T_SortState:
			if (at->driver)
			{
				double		work = SORT_WORK * (ps->plan->startup_cost - pfx_followed_cost(outer));
				double		early = is_sorted_early(ps) ? EARLY_SORT_WORK : 0;

				phase = new_phase(f, PFX_PHASE_SORT, phase, node, (1 - early) * work);
				phase = new_phase(f, PFX_PHASE_SORT_INPUT, phase, node, early * work);
			}
			push(outer, node, at->gather, phase, at->driver);
			break;
		case T_AggState:
			if (at->driver && (((AggState *) ps)->aggstrategy == AGG_HASHED ||
							   ((AggState *) ps)->aggstrategy == AGG_MIXED))
				phase = new_phase(f, PFX_PHASE_AGGREGATE, phase, node,
								  ps->plan->startup_cost - pfx_followed_cost(outer));
			push(outer, node, at->gather, phase, at->driver);
			break;
		case T_MergeJoinState:
			push(innerPlanState(ps), -1, at->gather, phase, at->driver);
			push(outer, node, at->gather, phase, at->driver);
			break;
		case T_AppendState:
			push_all(((AppendState *) ps)->appendplans, ((AppendState *) ps)->as_nplans, at, -1);
			break;
		case T_MergeAppendState:
			push_all(((MergeAppendState *) ps)->mergeplans,
					 ((MergeAppendState *) ps)->ms_nplans, at, -1);
			break;
		case T_SubqueryScanState:
			push(((SubqueryScanState *) ps)->subplan, node, at->gather, phase, at->driver);
			break;
		case T_CteScanState:
			if (((CteScanState *) ps)->leader == (CteScanState *) ps)
				push(((CteScanState *) ps)->cteplanstate, node, at->gather, phase, at->driver);
			break;
		case T_GatherState:
		case T_GatherMergeState:
			push(outer, node, node, phase, at->driver);
			break;
		default:
			/* the inner side runs many times, and drives nothing */
			push(innerPlanState(ps), -1, at->gather, phase, false);
			push(outer, node, at->gather, phase, at->driver);
			break;
	}
}

/*
 * Is it worth counting what the node gives?  Nodes that only hand on what comes from
 * below are called as often, and tell nothing; some never pass ExecProcNode.
 */
static bool
is_counted(const PfxFollowed *f, const ToWalk *at)
{
	const PlanState *ps = at->ps;

	switch (nodeTag(ps))
	{
		case T_HashState:
		case T_BitmapIndexScanState:
		case T_BitmapAndState:
		case T_BitmapOrState:
			return false;
		case T_GatherState:
		case T_GatherMergeState:
			return true;
		default:
			return is_driver(ps) || outerPlanState(ps) == NULL ||
				(at->parent >= 0 && IsA(f->nodes[at->parent].ps, SortState));
	}
}

static double
cost_of_all(PlanState **states, int n)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += pfx_followed_cost(states[i]);
	return sum;
}

/* What the planner has added to a node for what is executed before it: CTEs, too */
static double
cost_of_initplans(const PlanState *ps)
{
	double		sum = 0;
	ListCell   *lc;

	foreach(lc, ps->initPlan)
	{
		const SubPlan *sub = ((const SubPlanState *) lfirst(lc))->subplan;

		sum += sub->startup_cost + sub->per_call_cost;
	}
	return sum;
}

/* What the nodes right below cost, of which a node's own cost contains all */
static double
cost_below(PlanState *ps)
{
	switch (nodeTag(ps))
	{
		case T_AppendState:
			return cost_of_all(((AppendState *) ps)->appendplans,
							   ((AppendState *) ps)->as_nplans);
		case T_MergeAppendState:
			return cost_of_all(((MergeAppendState *) ps)->mergeplans,
							   ((MergeAppendState *) ps)->ms_nplans);
		case T_SubqueryScanState:
			return pfx_followed_cost(((SubqueryScanState *) ps)->subplan);
		default:
			return pfx_followed_cost(outerPlanState(ps)) + pfx_followed_cost(innerPlanState(ps));
	}
}

static void
add_node(PfxFollowed *f, const ToWalk *at)
{
	int			number = f->nnodes;
	PfxFollowedNode *node = &f->nodes[f->nnodes++];
	PlanState  *ps = at->ps;
	PfxNodeInstr *instr = ps->instrument;
	double		below = cost_below(ps) + cost_of_initplans(ps);
	uint32		i = place(ps);

	memset(node, 0, sizeof(*node));
	node->ps = ps;
	node->child = -1;
	node->gather = at->gather;
	node->phase = at->phase;
	node->driver = at->driver && is_driver(ps);
	node->counted = is_counted(f, at);
	node->well_estimated = is_well_estimated(ps);
	if (node->driver && IsA(ps, RecursiveUnionState))
		f->phases[at->phase].open_ended = true;
	node->share = node->blocks_done = node->blocks_total = -1;
	node->rows_before = instr != NULL && node->gather < 0 ?
		instr->ntuples + instr->tuplecount : -1;
	if (at->parent >= 0)
		f->nodes[at->parent].child = number;
	if (at->driver && IsA(ps, LimitState))
		f->phases[at->phase].limit = number;
	while (f->table[i] != 0)
		i = (i + 1) % PFX_FOLLOWED_TABLE;
	f->table[i] = number + 1;

	/* what it costs itself; a sort's work, and making a hash table, count in the phases below */
	f->phases[at->phase].weight += Max(ps->plan->total_cost - below, 0);
	push_children(f, at, number);
	if (f->phases[f->nphases - 1].sink == number)
		f->phases[at->phase].weight -= f->phases[f->nphases - 1].kind == PFX_PHASE_HASH ?
			f->phases[f->nphases - 1].weight : Max(ps->plan->startup_cost - below, 0);
	f->phases[at->phase].weight = Max(f->phases[at->phase].weight, 0);
}

static void
push_initplans(PfxFollowed *f, const PlanState *ps)
{
	ListCell   *lc;

	foreach(lc, ps->initPlan)
	{
		SubPlanState *sub = (SubPlanState *) lfirst(lc);

		/* a CTE is read where it is scanned */
		if (sub->subplan->subLinkType != CTE_SUBLINK)
			push(sub->planstate, -1, -1, new_phase(f, PFX_PHASE_INIT, 0, -1, 0), true);
	}
}

void
pfx_follow_begin(int level, const QueryDesc *queryDesc)
{
	PfxFollowed   *f = &pfx_followed[level];

	pfx_follow_forget(level);
	f->queryDesc = queryDesc;
	f->current = -1;
	f->nnodes = f->nphases = 0;
	f->since = pfx_ticks();
	memset(f->table, 0, sizeof(f->table));
	stack_size = 0;
	push(queryDesc->planstate, -1, -1, new_phase(f, PFX_PHASE_RUN, -1, -1, 0), true);
	while (stack_size > 0 && f->nnodes < PFX_MAX_FOLLOWED)
	{
		ToWalk		at = stack[--stack_size];

		if (find(f, at.ps) != NULL)
			continue;
		add_node(f, &at);
		push_initplans(f, at.ps);
	}
	if (pfx_follow_triggers(level) > 0)
	{
		f->phases[f->nphases].kind = PFX_PHASE_TRIGGERS;
		f->phases[f->nphases].parent = -1;
		f->phases[f->nphases].sink = f->phases[f->nphases].limit = -1;
		f->phases[f->nphases].open_ended = false;
		f->phases[f->nphases].weight = 0;
		f->nphases++;
	}
	pfx_follow_resume(level);
}

bool
pfx_follow_running(int level)
{
	return pfx_followed[level].running;
}

/* Also catches nodes that the executor has set up again meanwhile */
void
pfx_follow_resume(int level)
{
	PfxFollowed   *f = &pfx_followed[level];

	f->running = true;
	pg_compiler_barrier();
	for (int i = 0; i < f->nnodes; i++)
	{
		PfxFollowedNode *node = &f->nodes[i];
		ExecProcNodeMtd now = node->ps->ExecProcNode;

		if (!node->counted || now == counted[level])
			continue;
		node->next = now;
		pg_compiler_barrier();
		node->ps->ExecProcNode = counted[level];
	}
	f->due = true;
}

void
pfx_follow_pause(int level)
{
	PfxFollowed   *f = &pfx_followed[level];

	if (!f->running)
		return;
	f->running = false;
	for (int i = 0; i < f->nnodes; i++)
		if (f->nodes[i].ps->ExecProcNode == counted[level])
			f->nodes[i].ps->ExecProcNode = f->nodes[i].next;
}

/* Its memory may be gone */
void
pfx_follow_forget(int level)
{
	pfx_followed[level].running = false;
	pfx_followed[level].queryDesc = NULL;
	pfx_followed[level].nnodes = pfx_followed[level].nphases = 0;
}

void
pfx_follow_replace(PlanState *ps, ExecProcNodeMtd next)
{
	for (int level = 0; level < PFX_PROGRESS_LEVELS; level++)
		if (ps->ExecProcNode == counted[level] && pfx_followed[level].running)
		{
			PfxFollowedNode *node = find(&pfx_followed[level], ps);

			if (node != NULL)
				node->next = next;
		}
}

/* The check that a deleted row was not referenced asks first for another such row */
int
pfx_follow_triggers(int level)
{
	const PlanState *ps = pfx_followed[level].queryDesc->planstate;
	const ModifyTableState *modify = (const ModifyTableState *) ps;
	const TriggerDesc *desc;
	int			n = 0;

	if (!IsA(ps, ModifyTableState) || modify->resultRelInfo == NULL)
		return 0;
	desc = modify->resultRelInfo->ri_TrigDesc;
	for (int i = 0; desc != NULL && i < desc->numtriggers; i++)
	{
		const Trigger *trigger = &desc->triggers[i];

		if (!TRIGGER_FOR_ROW(trigger->tgtype) || !TRIGGER_FOR_AFTER(trigger->tgtype) ||
			trigger->tgenabled == TRIGGER_DISABLED || trigger->tginitdeferred)
			continue;
		/* whether an UPDATE queues a foreign-key check depends on each row */
		if ((modify->operation == CMD_INSERT && TRIGGER_FOR_INSERT(trigger->tgtype)) ||
			(modify->operation == CMD_DELETE && TRIGGER_FOR_DELETE(trigger->tgtype)) ||
			(modify->operation == CMD_UPDATE && TRIGGER_FOR_UPDATE(trigger->tgtype) &&
			 !trigger->tgisinternal))
			n += trigger->tgfoid == F_RI_FKEY_NOACTION_DEL ? 2 : 1;
	}
	return n;
}
