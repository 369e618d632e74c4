/*-------------------------------------------------------------------------
 *
 * nodes.c
 *	  Times plan nodes: puts a wrapper around each node's ExecProcNode, and
 *	  reads at the end what each node did.
 *
 * Separate from nodememory.c, which knows where each kind of node keeps its
 * memory figures.
 *
 * A node that already has Instrumentation (the user runs EXPLAIN ANALYZE,
 * auto_explain asked for it, or perfext itself did because the plan is parallel
 * or asynchronous) is only read.  Any other node gets an Instrumentation
 * without options, so that the server counts filtered rows and ends loops at
 * rescans, and the wrapper keeps "running" and "tuplecount" as the server's
 * ExecProcNodeInstr would.  That Instrumentation is the first member of
 * PfxNode: this is how the wrapper finds its node without a look-up.
 *
 * Times: the wrapper adds a node's time to its total, and that minus what was
 * spent in wrapped nodes below it to its own ("self") time.  "Below" means
 * called from it, which is what makes the own times add up to the executor's
 * time also where a CTE or an InitPlan runs at a place other than where EXPLAIN
 * prints it.
 *
 * Nodes that return no tuples one by one (Hash, Bitmap*: MultiExecProcNode)
 * never pass the wrapper.  The server times them itself, and their time is
 * taken out of the own time of the node that called them.
 *
 * Scans are called most often and do least per call.  After its first thousand
 * calls, a scan has only about every eighth call timed, at random; the others
 * are counted, those that touched a new block apart from those that did not,
 * and get the mean of the timed ones of their sort in the end.  Rows, loops and
 * blocks are exact all the same.
 *
 * Blocks: whenever a node is entered or left, what the counters grew by since
 * the last such moment is charged to the node that was running.
 *
 * Caveat: a statement run inside a node (a function's) is that node's time and
 * blocks, as in EXPLAIN; pfx_nodes_enter() and pfx_nodes_leave() see to it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "capture/follow.h"
#include "capture/nodememory.h"
#include "capture/nodes.h"
#include "clock.h"
#include "hot.h"

typedef struct PfxNode
{
	PfxNodeInstr instr;			/* first: PlanState.instrument points here */
	ExecProcNodeMtd next;		/* what the wrapper calls */
	PfxNodeRun *run;
	uint64		total_ticks;
	uint64		self_ticks;
	uint64		startup_ticks;
	uint64		ends;			/* times it said that there are no more rows */
	int64		shared_hit;		/* blocks charged to this node alone */
	int64		shared_read;
	int64		local;
	int64		temp_read;
	int64		temp_written;
	bool		first;			/* not called yet */
	bool		multi;			/* MultiExecProcNode: timed by the server */

	/* scans only; [0]: calls within a block, [1]: calls that changed blocks */
	bool		scan;
	int32		skip;			/* calls until the next one is timed */
	uint32		random;
	uint64		timed_calls[2];
	uint64		timed_ticks[2];
	uint64		untimed_block_calls;	/* untimed of sort [1]; the others follow from
										 * the number of all calls */
} PfxNode;

struct PfxNodeRun
{
	PfxPlanShape *shape;
	PfxNode    *nodes;			/* as shape->states; NULL: read what the server has */
	PfxNodeSample *samples;		/* as shape->nodes */
	int64		calls_left;		/* until the wrapper takes itself off */
	int64		max_calls;
	bool		partial;
	uint64		unwrapped_at;	/* ticks: nothing is measured from then on */
};

/* Cost of one wrapped call, ns: two clock readings and the counting */
#define NS_PER_CALL 8

/* The same for a node that the server times with its own clock */
#define NS_PER_SERVER_CALL 60

/* The server's ExecProcNodeFirst, which is static there */
static ExecProcNodeMtd exec_first = NULL;

static PfxNode *current PFX_HOT = NULL;
static uint64 child_ticks PFX_HOT = 0;
static BufferUsage seen;
static int64 seen_sum;

/* Calls of a scan that are all timed, before some are skipped */
#define SCAN_CALLS_TIMED 1024

static TupleTableSlot *exec_timed(PlanState *ps);
static TupleTableSlot *exec_scan(PlanState *ps);

void
pfx_nodes_init(void)
{
	PlanState	probe;

	memset(&probe, 0, sizeof(probe));
	ExecSetExecProcNode(&probe, NULL);
	exec_first = probe.ExecProcNode;
}

static inline int64
blocks_sum(void)
{
	return pgBufferUsage.shared_blks_hit + pgBufferUsage.shared_blks_read +
		pgBufferUsage.local_blks_hit + pgBufferUsage.temp_blks_read +
		pgBufferUsage.temp_blks_written;
}

static inline bool
blocks_changed(void)
{
	return blocks_sum() != seen_sum;
}

/* Charges what the block counters grew by to a node, or to nobody */
static pg_noinline void
charge_blocks(PfxNode *node)
{
	if (node != NULL)
	{
		node->shared_hit += pgBufferUsage.shared_blks_hit - seen.shared_blks_hit;
		node->shared_read += pgBufferUsage.shared_blks_read - seen.shared_blks_read;
		node->local += pgBufferUsage.local_blks_hit - seen.local_blks_hit +
			pgBufferUsage.local_blks_read - seen.local_blks_read;
		node->temp_read += pgBufferUsage.temp_blks_read - seen.temp_blks_read;
		node->temp_written += pgBufferUsage.temp_blks_written - seen.temp_blks_written;
	}
	seen.shared_blks_hit = pgBufferUsage.shared_blks_hit;
	seen.shared_blks_read = pgBufferUsage.shared_blks_read;
	seen.local_blks_hit = pgBufferUsage.local_blks_hit;
	seen.local_blks_read = pgBufferUsage.local_blks_read;
	seen.temp_blks_read = pgBufferUsage.temp_blks_read;
	seen.temp_blks_written = pgBufferUsage.temp_blks_written;
	seen_sum = blocks_sum();
}

/*
 * The wrapper takes itself off every node of the execution.  Nodes that are
 * being executed right now finish inside the wrapper and are not called through
 * it again.
 */
static pg_noinline void
unwrap(PfxNodeRun *run)
{
	run->partial = true;
	run->unwrapped_at = pfx_ticks();
	for (int i = 0; i < run->shape->nstates; i++)
	{
		PlanState  *ps = run->shape->states[i].ps;

		if (ps->ExecProcNode == exec_timed || ps->ExecProcNode == exec_scan)
			ps->ExecProcNode = run->nodes[i].next;
		else
			pfx_follow_replace(ps, run->nodes[i].next);
	}
}

/* First call of a node: what ExecProcNodeFirst does, then find what to call */
static pg_noinline void
first_call(PlanState *ps, PfxNode *node)
{
	check_stack_depth();
	node->first = false;
	if (node->next == exec_first)
		node->next = ps->ExecProcNodeReal;
}

/* What a wrapper does after any call */
static inline void
count_call(PfxNode *node, TupleTableSlot *slot)
{
	if (TupIsNull(slot))
		node->ends++;
	else
		node->instr.tuplecount += 1.0;
}

/*
 * What counts of a call during which the wrapper was taken off: the nodes below
 * are not measured any more, and their time is not to become this one's.
 */
static pg_noinline uint64
until_unwrapped(const PfxNodeRun *run, uint64 start)
{
	return run->unwrapped_at > start ? run->unwrapped_at - start : 0;
}

static TupleTableSlot *
exec_timed(PlanState *ps)
{
	PfxNode    *node = (PfxNode *) ps->instrument;
	PfxNode    *caller = current;
	uint64		callers_child_ticks = child_ticks;
	uint64		start;
	uint64		elapsed;
	TupleTableSlot *slot;

	if (unlikely(node->first))
		first_call(ps, node);
	if (unlikely(blocks_changed()))
		charge_blocks(caller);
	current = node;
	child_ticks = 0;

	start = pfx_ticks();
	slot = node->next(ps);
	elapsed = pfx_ticks() - start;
	if (unlikely(node->run->partial))
		elapsed = until_unwrapped(node->run, start);

	node->total_ticks += elapsed;
	node->self_ticks += elapsed - child_ticks;
	child_ticks = callers_child_ticks + elapsed;
	if (unlikely(blocks_changed()))
		charge_blocks(node);
	current = caller;

	if (unlikely(!node->instr.running))
	{
		node->instr.running = true;
		node->startup_ticks += elapsed;
	}
	count_call(node, slot);
	if (unlikely(--node->run->calls_left <= 0) && !node->run->partial)
		unwrap(node->run);
	return slot;
}

/*
 * A call of a scan that is not timed.  "current" stays the caller: what a
 * statement inside uses is charged to the scan all the same, below.
 */
static inline TupleTableSlot *
scan_untimed(PlanState *ps, PfxNode *node)
{
	TupleTableSlot *slot;

	if (unlikely(blocks_changed()))
		charge_blocks(current);
	slot = node->next(ps);
	if (unlikely(blocks_changed()))
	{
		charge_blocks(node);
		node->untimed_block_calls++;
	}
	count_call(node, slot);
	return slot;
}

/* The wrapper of scans: times all of the first calls, and then some */
static TupleTableSlot *
exec_scan(PlanState *ps)
{
	PfxNode    *node = (PfxNode *) ps->instrument;
	uint64		ticks;
	int64		blocks;
	int			sort;
	TupleTableSlot *slot;

	/* the first call of a loop is always timed: it is the startup time */
	if (likely(--node->skip > 0 && node->instr.running))
		return scan_untimed(ps, node);

	ticks = node->total_ticks;
	blocks = node->shared_hit + node->shared_read + node->local;
	slot = exec_timed(ps);
	sort = node->shared_hit + node->shared_read + node->local != blocks ? 1 : 0;
	node->timed_calls[sort]++;
	node->timed_ticks[sort] += node->total_ticks - ticks;
	if (node->timed_calls[0] + node->timed_calls[1] < SCAN_CALLS_TIMED)
		node->skip = 1;
	else
	{
		/* 1 to 16, from a linear congruential generator's upper bits */
		node->random = node->random * 1664525 + 1013904223;
		node->skip = 1 + (node->random >> 28);
		if (unlikely((node->run->calls_left -= node->skip) <= 0) && !node->run->partial)
			unwrap(node->run);
	}
	return slot;
}

/*
 * May some calls go untimed?  Only of a node that has none below it and is
 * called by the node above it, whose own time can then be put right.
 */
static bool
is_plain_scan(const PfxPlanShape *shape, int i)
{
	PlanState  *ps = shape->states[i].ps;
	int			above = shape->states[i].parent_ref;
	PlanState  *parent;

	if (above < 0 || ps->initPlan != NIL || ps->subPlan != NIL)
		return false;
	parent = shape->states[above].ps;
	if (outerPlanState(parent) != ps && innerPlanState(parent) != ps)
		return false;
	switch (nodeTag(ps))
	{
		case T_SeqScanState:
		case T_IndexScanState:
		case T_IndexOnlyScanState:
		case T_FunctionScanState:
		case T_ValuesScanState:
			return true;
		default:
			return false;
	}
}

static bool
is_multi_exec(const PlanState *ps)
{
	switch (nodeTag(ps))
	{
		case T_HashState:
		case T_BitmapIndexScanState:
		case T_BitmapAndState:
		case T_BitmapOrState:
			return true;
		default:
			return false;
	}
}

PfxNodeRun *
pfx_nodes_begin(QueryDesc *queryDesc, uint64 max_calls)
{
	MemoryContext old = MemoryContextSwitchTo(queryDesc->estate->es_query_cxt);
	PfxPlanShape *shape = pfx_plan_shape(queryDesc);
	PfxNodeRun *run = NULL;

	if (shape != NULL && shape->nnodes <= PFX_MAX_NODES)
	{
		run = palloc0(sizeof(PfxNodeRun));
		run->shape = shape;
		run->samples = palloc0(sizeof(PfxNodeSample) * shape->nnodes);
		run->max_calls = max_calls > 0 ? (int64) max_calls : PG_INT64_MAX;
		run->calls_left = run->max_calls;
	}
	if (run != NULL && queryDesc->planstate->instrument == NULL &&
		!shape->uses_gather && !shape->uses_async)
	{
		run->nodes = palloc0(sizeof(PfxNode) * shape->nstates);
		for (int i = 0; i < shape->nstates; i++)
		{
			PlanState  *ps = shape->states[i].ps;
			PfxNode    *node = &run->nodes[i];

			node->run = run;
			node->multi = is_multi_exec(ps);
			pfx_node_instr_init(&node->instr,
								node->multi ? INSTRUMENT_TIMER | INSTRUMENT_BUFFERS : 0);
			ps->instrument = &node->instr;
			if (!node->multi)
			{
				node->first = true;
				node->next = ps->ExecProcNode;
				node->scan = is_plain_scan(shape, i);
				node->skip = 1;
				ps->ExecProcNode = node->scan ? exec_scan : exec_timed;
			}
		}
	}
	else if (run != NULL)
	{
		/*
		 * Somebody (auto_explain without log_timing) had only rows counted: time
		 * them too.  Whether times are printed is decided by other means.
		 */
		for (int i = 0; i < shape->nstates; i++)
		{
			PfxNodeInstr *instr = shape->states[i].ps->instrument;

			if (instr == NULL || instr->running)
				continue;
			pfx_node_instr_base(instr)->need_timer = true;
			pfx_node_instr_base(instr)->need_bufusage = true;
		}
	}
	MemoryContextSwitchTo(old);
	return run;
}

const PfxPlanShape *
pfx_nodes_shape(const PfxNodeRun *run)
{
	return run->shape;
}

/*
 * An executor starts to run: inside it nothing of an outer one is current.
 * timed: its own nodes are timed.
 */
void
pfx_nodes_enter(PfxNodeState *saved, bool timed)
{
	saved->current = current;
	saved->child_ticks = child_ticks;
	if (unlikely(current != NULL))
		saved->seen = seen;
	current = NULL;
	child_ticks = 0;
	/* what was used before belongs to nobody below */
	if (unlikely(timed))
		charge_blocks(NULL);
}

/*
 * It has stopped, normally or by an error.  The outer node goes on, and what
 * the inner statement used counts as used by it.
 */
uint64
pfx_nodes_leave(const PfxNodeState *saved)
{
	uint64		in_nodes = child_ticks;

	current = saved->current;
	child_ticks = saved->child_ticks;
	if (unlikely(current != NULL))
	{
		/* what was used inside is charged to it at its next step */
		seen = saved->seen;
		seen_sum = -1;
	}
	return in_nodes;
}

bool
pfx_nodes_wrapped(const PfxNodeRun *run)
{
	return run->nodes != NULL;
}

int64
pfx_nodes_cost(const PfxNodeRun *run)
{
	double		calls = 0;

	if (run->nodes != NULL)
		return (run->max_calls - run->calls_left) * NS_PER_CALL;
	for (int i = 0; i < run->shape->nnodes; i++)
		calls += run->samples[i].rows + run->samples[i].loops;
	return (int64) (calls * NS_PER_SERVER_CALL);
}

/* What one plan state measured, before it is put together by canonical node */
typedef struct PfxStateResult
{
	int64		total;			/* ns */
	int64		self;
	int64		startup;
	int64		shared_hit;		/* own blocks; with the children's in the end */
	int64		shared_read;
	int64		local;
	int64		temp_read;
	int64		temp_written;
} PfxStateResult;

static void
result_from_server(PfxStateResult *result, PfxNodeInstr *instr)
{
	const BufferUsage *usage = &pfx_node_instr_base(instr)->bufusage;

	result->total = pfx_node_instr_total_ns(instr);
	result->self = result->total;
	result->startup = pfx_node_instr_startup_ns(instr);
	result->shared_hit = usage->shared_blks_hit;
	result->shared_read = usage->shared_blks_read;
	result->local = usage->local_blks_hit + usage->local_blks_read;
	result->temp_read = usage->temp_blks_read;
	result->temp_written = usage->temp_blks_written;
}

static void
blocks_add(PfxStateResult *to, const PfxStateResult *add, int sign)
{
	to->shared_hit += sign * add->shared_hit;
	to->shared_read += sign * add->shared_read;
	to->local += sign * add->local;
	to->temp_read += sign * add->temp_read;
	to->temp_written += sign * add->temp_written;
}

/*
 * Wrapped execution: a node timed by the server (multi) measured itself with
 * its children, and the wrapper of the node above counted it as its own.
 * Children come after their parents, so going backwards sees them first.
 */
static void
settle_multi(PfxNodeRun *run, PfxStateResult *results)
{
	const PfxPlanShape *shape = run->shape;

	for (int i = shape->nstates - 1; i >= 0; i--)
	{
		int			above = shape->states[i].parent_ref;

		if (!run->nodes[i].multi)
			continue;
		for (int c = i + 1; c < shape->nstates; c++)
		{
			if (shape->states[c].parent_ref != i)
				continue;
			results[i].self -= results[c].total;
			/* a child's own blocks and all below it */
			for (int d = c; d < shape->nstates; d++)
			{
				int			up = d;

				while (up > c)
					up = shape->states[up].parent_ref;
				if (up == c)
					blocks_add(&results[i], &results[d], -1);
			}
		}
		results[i].self = Max(results[i].self, 0);
		while (above >= 0 && run->nodes[above].multi)
			above = shape->states[above].parent_ref;
		if (above >= 0)
		{
			results[above].self -= results[i].self;
			blocks_add(&results[above], &results[i], -1);
		}
	}
}

/*
 * The untimed calls of scans get the mean of the timed ones.  It is taken out
 * of the own time of the node that called them, where it was counted.
 */
static void
settle_untimed(PfxNodeRun *run, PfxStateResult *results)
{
	const PfxPlanShape *shape = run->shape;

	for (int i = 0; i < shape->nstates; i++)
	{
		PfxNode    *node = &run->nodes[i];
		int			above = shape->states[i].parent_ref;
		double		ticks = 0;
		double		untimed[2];
		int64		ns;

		if (!node->scan)
			continue;
		untimed[1] = node->untimed_block_calls;
		untimed[0] = node->instr.ntuples + node->ends - untimed[1] -
			node->timed_calls[0] - node->timed_calls[1];
		for (int sort = 0; sort < 2; sort++)
		{
			/* no timed call of this sort: those of the other are the best guess */
			int			known = node->timed_calls[sort] > 0 ? sort : 1 - sort;

			if (untimed[sort] > 0 && node->timed_calls[known] > 0)
				ticks += untimed[sort] * node->timed_ticks[known] / node->timed_calls[known];
		}
		ns = pfx_ticks_to_ns((uint64) ticks);
		while (above >= 0 && run->nodes[above].multi)
			above = shape->states[above].parent_ref;
		if (above >= 0)
		{
			/* below a node timed by the server, settle_multi() does the rest */
			ns = Min(ns, Max(results[above].self, 0));
			results[above].self -= ns;
		}
		results[i].total += ns;
		results[i].self += ns;
	}
}

/* Puts one plan state into its canonical node's sample */
static void
add_to_sample(PfxNodeSample *sample, const PfxPlanNode *node, PlanState *ps,
			  const PfxStateResult *result, const PfxNodeInstr *instr, double ends)
{
	PfxNodeMemory memory;

	/* partitions: their rows add up, but they were one loop of their parent */
	sample->loops = node->collapsed ? Max(sample->loops, instr->nloops) :
		sample->loops + instr->nloops;
	sample->complete_loops = node->collapsed ? Max(sample->complete_loops, ends) :
		sample->complete_loops + ends;
	sample->rows += instr->ntuples;
	sample->rows_removed += instr->nfiltered1 + instr->nfiltered2;
	sample->est_rows += ps->plan->plan_rows;
	sample->startup_time += result->startup;
	sample->total_time += result->total;
	sample->self_time += Max(result->self, 0);
	sample->shared_blks_hit += result->shared_hit;
	sample->shared_blks_read += result->shared_read;
	sample->local_blks += result->local;
	sample->temp_blks_read += result->temp_read;
	sample->temp_blks_written += result->temp_written;

	pfx_node_memory(ps, &memory);
	sample->peak_memory_bytes = Max(sample->peak_memory_bytes, memory.memory_bytes);
	sample->disk_bytes = Max(sample->disk_bytes, memory.disk_bytes);
	if (ps->worker_instrument != NULL)
		sample->workers = Max(sample->workers, ps->worker_instrument->num_workers);
}

PfxNodeSample *
pfx_nodes_collect(PfxNodeRun *run, int64 *sum_self_time, bool *partial)
{
	const PfxPlanShape *shape = run->shape;
	PfxStateResult *results;

	results = palloc_extended(sizeof(PfxStateResult) * shape->nstates,
							  MCXT_ALLOC_NO_OOM | MCXT_ALLOC_ZERO);
	if (results == NULL)
		return NULL;

	for (int i = 0; i < shape->nstates; i++)
	{
		PfxNodeInstr *instr = shape->states[i].ps->instrument;
		PfxNode    *node = run->nodes != NULL ? &run->nodes[i] : NULL;

		if (instr == NULL)
			goto untrusted;
		/* InstrEndLoop() raises an error for a node that is being timed */
		if (instr->running &&
			!INSTR_TIME_IS_ZERO(pfx_node_instr_base(instr)->starttime))
			goto untrusted;
		InstrEndLoop(instr);

		if (node != NULL && !node->multi)
		{
			results[i].total = pfx_ticks_to_ns(node->total_ticks);
			results[i].self = pfx_ticks_to_ns(node->self_ticks);
			results[i].startup = pfx_ticks_to_ns(node->startup_ticks);
			results[i].shared_hit = node->shared_hit;
			results[i].shared_read = node->shared_read;
			results[i].local = node->local;
			results[i].temp_read = node->temp_read;
			results[i].temp_written = node->temp_written;
		}
		else if (pfx_node_instr_base(instr)->need_timer)
			result_from_server(&results[i], instr);
		else
			goto untrusted;
	}

	if (run->nodes != NULL)
	{
		settle_untimed(run, results);
		settle_multi(run, results);
		/* from own blocks to those of the whole subtree, as EXPLAIN counts */
		for (int i = shape->nstates - 1; i > 0; i--)
			blocks_add(&results[shape->states[i].parent_ref], &results[i], 1);
	}
	else
	{
		for (int i = 1; i < shape->nstates; i++)
			results[shape->states[i].parent_ref].self -= results[i].total;
	}

	memset(run->samples, 0, sizeof(PfxNodeSample) * shape->nnodes);
	*sum_self_time = 0;
	for (int i = 0; i < shape->nstates; i++)
	{
		PfxNodeInstr *instr = shape->states[i].ps->instrument;
		int			id = shape->states[i].node_id;
		double		ends = instr->nloops;

		if (run->nodes != NULL && !run->nodes[i].multi)
			ends = Min((double) run->nodes[i].ends, instr->nloops);
		add_to_sample(&run->samples[id], &shape->nodes[id], shape->states[i].ps, &results[i],
					  instr, ends);
		*sum_self_time += Max(results[i].self, 0);
	}
	*partial = run->partial;
	pfree(results);
	return run->samples;

untrusted:
	pfree(results);
	return NULL;
}
