/*-------------------------------------------------------------------------
 *
 * statement.c
 *	  Follows one statement from planning to its end and hands the store a
 *	  record of it.
 *
 * Separate from hooks.c (which hook calls what) and from session.c (what lies
 * between statements).
 *
 * Each started query has a frame.  Queries need not end in the order in which
 * they started (cursors), so frames are found by their QueryDesc, and nothing
 * hangs on "the current one".  A frame is released by a reset callback of the
 * query's memory context, because after an error ExecutorEnd is never called;
 * whoever was not recorded until then is counted as abandoned.
 *
 * What follows an error touches only memory that is already there.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "capture/describe.h"
#include "capture/frame.h"
#include "capture/identity.h"
#include "capture/jobs.h"
#include "capture/loops.h"
#include "capture/loads.h"
#include "capture/normalize.h"
#include "capture/progress.h"
#include "capture/repeat.h"
#include "capture/session.h"
#include "capture/statement.h"
#include "capture/tags.h"
#include "capture/usage.h"
#include "capture/utility.h"
#include "clock.h"
#include "guc.h"
#include "hot.h"

/*
 * A sampled execution that was not asked for (node_timing = auto) is given up
 * after this many node calls, about 0.1 s of cost.
 */
#define MAX_SAMPLED_CALLS 12000000

/* Executor memory: looked at in executions longer than this (ns) and some others */
#define MEMORY_ALWAYS_FROM 100000
#define MEMORY_EVERY 8

/* perfext's own time is measured in one statement of so many, and multiplied */
#define OVERHEAD_EVERY 16

PfxFrame   *pfx_live_frames PFX_HOT = NULL;
static PfxFrame *free_frames PFX_HOT = NULL;

/* Those whose executor is starting, the innermost first */
static PfxFrame *starting PFX_HOT = NULL;

/* A planning whose statement has not been executed yet */
static PfxRef planned_ref PFX_HOT;
static int64 planned_time PFX_HOT = 0;
static int32 planned_count PFX_HOT = 0;

/* Makes the entry of a statement or plan that is new, with its text */
static void
define(PfxRef *ref, const char *source, int location, int len)
{
	uint64		start = pfx_ticks();
	char	   *text = NULL;
	int			text_len = 0;

	if (!pfx_ref_has_text(ref) && source != NULL)
		text = pfx_normalize_statement(source, location, len, false, &text_len);
	pfx_ref_define(ref, text, text_len);
	if (text != NULL)
		pfree(text);
	pfx_totals_note_overhead(pfx_session_own_time(pfx_ticks_to_ns(pfx_ticks() - start)));
}

/* ---- planning ---- */

static void
flush_planned(void)
{
	static PfxExecRecord record;	/* all other fields stay zero */

	record.outcome = PFX_NOT_EXECUTED;
	record.nplans = planned_count;
	record.plan_time = planned_time;
	pfx_record(&planned_ref, &record);
	planned_count = 0;
}

/*
 * A nested statement whose planning failed has no entry yet, and its text will
 * be gone when there can be one.  The last such text, as far as it fits, is
 * kept until the next statement begins.
 */
static struct
{
	PfxRef		ref;
	PfxExecRecord record;
	char		text[2048];
}			failed;
static bool has_failed PFX_HOT = false;

/* A nested statement's begin: whatever failed before gets its entry and text */
static void
define_failed(void)
{
	PfxRef		ref = failed.ref;

	has_failed = false;
	define(&ref, failed.text, -1, 0);
	pfx_record(&ref, &failed.record);
}

/* Any statement begins */
static TimestampTz
begin(void)
{
	if (unlikely(has_failed))
		define_failed();
	return pfx_session_begin();
}

bool
pfx_planning_begin(Query *parse, const char *query_string, PfxRef *ref)
{
	PfxStmtKey	key;
	uint64		queryid = parse->queryId;

	if (!pfx_tracked(pfx_nesting_level))
		return false;
	/* 15 to 17 give the query inside DECLARE, CREATE TABLE AS, ... no id */
	if (queryid == 0 && pfx_active != NULL)
		queryid = pfx_active->utility_id;
	if (queryid == 0 || pfx_is_foreign_key_check(query_string))
		return false;
	begin();
	pfx_identity_key(&key, queryid);
	/*
	 * A client's statement that fails in planning needs an entry; in functions
	 * many expressions are planned that never reach the executor.
	 */
	if (!pfx_ref_find_all(&key, 0, ref) && pfx_nesting_level == 0)
		define(ref, query_string, parse->stmt_location, parse->stmt_len);
	return true;
}

void
pfx_planning_end(PfxRef *ref, PlannedStmt *pstmt, uint64 ticks)
{
	if (planned_count > 0)
	{
		if (!pfx_same_statement(&planned_ref.key, &ref->key))
			flush_planned();
		else
			planned_time += pfx_ticks_to_ns(ticks);
	}
	if (planned_count == 0)
	{
		planned_ref = *ref;
		planned_time = pfx_ticks_to_ns(ticks);
	}
	planned_count++;
	if (pfx_plan_carried_id(pstmt) == 0)
		pfx_plan_carry_id(pstmt, pfx_identity_compute(pstmt));
}

static void
keep_failed_text(const PfxRef *ref, const char *source, int location, int len,
				 const PfxExecRecord *record)
{
	if (source == NULL || has_failed)
	{
		pfx_local_totals.dropped++;
		return;
	}
	source += Max(location, 0);
	len = strnlen(source, len > 0 ? len : sizeof(failed.text));
	if (len >= sizeof(failed.text))
	{
		pfx_local_totals.dropped++;
		return;
	}
	memcpy(failed.text, source, len);
	failed.text[len] = '\0';
	failed.record = *record;
	failed.ref = *ref;
	has_failed = true;
}

void
pfx_planning_failed(const PfxRef *ref, const char *source, int location, int len,
					uint64 ticks)
{
	PfxExecRecord record;

	pfx_record_init(&record, PFX_FAILED);
	record.exec_time = pfx_ticks_to_ns(ticks);
	record.started = GetCurrentStatementStartTimestamp();
	if (pfx_nesting_level == 0)
		pfx_session_end(NULL, &record, 0);
	if (ref->stmt != NULL)
		pfx_record_later(ref, &record);
	else
		keep_failed_text(ref, source, location, len, &record);
}

/* ---- starting ---- */

/*
 * Must the server itself time the nodes?  Parallel workers only send back what
 * the server's own instrumentation holds, and asynchronous foreign scans do not
 * pass through ExecProcNode.
 */
static bool
needs_server_timing(const PlannedStmt *pstmt)
{
	ListCell   *lc;

	if (pstmt->parallelModeNeeded)
		return true;
	foreach(lc, pstmt->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_FOREIGN_TABLE)
			return true;
	}
	return false;
}

/* A frame for a query, on the list of those that start; NULL: no memory */
static PfxFrame *
new_frame(QueryDesc *queryDesc, TimestampTz started)
{
	PfxFrame   *frame = free_frames;

	if (likely(frame != NULL))
		free_frames = frame->next;
	else
	{
		static MemoryContext context = NULL;

		if (context == NULL)
			context = AllocSetContextCreate(TopMemoryContext, "perfext frames",
											ALLOCSET_SMALL_SIZES);
		frame = MemoryContextAllocExtended(context, sizeof(PfxFrame), MCXT_ALLOC_NO_OOM);
		if (frame == NULL)
			return NULL;
	}
	memset(frame, 0, offsetof(PfxFrame, callback));
	pfx_repeat_init(&frame->repeat);
	frame->used.n = 0;
	frame->queryDesc = queryDesc;
	frame->level = pfx_nesting_level;
	frame->nest_level = GetCurrentTransactionNestLevel();
	frame->started = started;
	frame->next = starting;
	starting = frame;
	return frame;
}

/* Are its nodes to be timed? */
static PfxSample
choose_sample(QueryDesc *queryDesc, const PfxRef *ref)
{
	PfxSample	sample = PFX_SAMPLE_NONE;
	int64		credit;

	switch ((PfxNodeTiming) perfext_node_timing)
	{
		case PFX_NODE_TIMING_OFF:
			break;
		case PFX_NODE_TIMING_AUTO:
			if (unlikely(queryDesc->instrument_options & INSTRUMENT_TIMER))
				sample = PFX_SAMPLE_FREE;
			else if (unlikely(pfx_ref_plan_due(ref, &credit)) && pfx_session_credit() > credit)
				sample = PFX_SAMPLE_CHARGED;
			break;
		case PFX_NODE_TIMING_ALL:
			sample = PFX_SAMPLE_FREE;
			break;
	}
	if (unlikely(sample != PFX_SAMPLE_NONE) && queryDesc->instrument_options == 0 &&
		needs_server_timing(queryDesc->plannedstmt))
		queryDesc->instrument_options = INSTRUMENT_TIMER | INSTRUMENT_ROWS | INSTRUMENT_BUFFERS;
	return sample;
}

/*
 * Before the executor starts: is this statement recorded?  Then it has a frame,
 * with its entry and whether its nodes are to be timed; NULL: it is not.
 */
PfxFrame *
pfx_statement_choose(QueryDesc *queryDesc, int eflags)
{
	uint64		queryid = queryDesc->plannedstmt->queryId;
	PfxFrame   *frame;
	PfxPlanMemo *memo;

	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) || !pfx_tracked(pfx_nesting_level))
		return NULL;
	if (pfx_is_foreign_key_check(queryDesc->sourceText))
		return NULL;
	/* 15 to 17 give the query inside DECLARE, CREATE TABLE AS, ... no id */
	if (unlikely(queryid == 0) && pfx_active != NULL)
		queryid = pfx_active->utility_id;
	if (unlikely(queryid == 0))
		return NULL;
	frame = new_frame(queryDesc, begin());
	if (unlikely(frame == NULL))
	{
		pfx_local_totals.dropped++;
		return NULL;
	}
	pfx_identity_text(queryDesc, &frame->location, &frame->len);
	memo = pfx_plan_memo(queryDesc);
	frame->untagged = memo->untagged;
	if (unlikely(!pfx_identity_find(queryDesc, queryid, memo, &frame->ref)))
		define(&frame->ref, queryDesc->sourceText, frame->location, frame->len);
	frame->sample = choose_sample(queryDesc, &frame->ref);
	return frame;
}

/*
 * The innermost of those that start has failed to.  Found out when its
 * transaction is rolled back, as that one must be: so that nothing needs to be
 * caught, which would cost every statement that starts.
 */
static pg_noinline void
start_failed(void)
{
	PfxFrame   *frame = starting;
	PfxExecRecord record;

	starting = frame->next;
	pfx_record_init(&record, PFX_FAILED);
	record.started = frame->started;
	if (frame->level == 0)
		pfx_session_end(NULL, &record, 0);
	if (frame->ref.stmt != NULL)
		pfx_record_later(&frame->ref, &record);
	else
		pfx_local_totals.dropped++;
	frame->next = free_frames;
	free_frames = frame;
}

void
pfx_statements_rolled_back(int nest_level)
{
	while (unlikely(starting != NULL) && starting->nest_level >= nest_level)
		start_failed();
}

static void
count_abandoned(PfxFrame *frame)
{
	PfxExecRecord record;

	pfx_record_init(&record, PFX_ABANDONED);
	record.started = frame->started;
	pfx_record_later(&frame->ref, &record);
	frame->recorded = true;
}

/* The query's memory is going: whatever was not recorded was abandoned */
static void
release_frame(void *arg)
{
	PfxFrame   *frame = (PfxFrame *) arg;
	PfxFrame  **link = &pfx_live_frames;

	while (*link != NULL && *link != frame)
		link = &(*link)->next;
	if (*link == frame)
		*link = frame->next;

	if (unlikely(pfx_progress_following))
		pfx_progress_forget(frame->queryDesc);
	if (!frame->recorded)
		count_abandoned(frame);
	frame->next = free_frames;
	free_frames = frame;
}

static pg_noinline void
begin_sample(PfxFrame *frame)
{
	uint64		start = pfx_ticks();
	uint64		max_calls = frame->sample == PFX_SAMPLE_CHARGED ? MAX_SAMPLED_CALLS : 0;

	frame->nodes = pfx_nodes_begin(frame->queryDesc, max_calls);
	if (frame->nodes == NULL)
		pfx_local_totals.dropped_samples++; /* too large a plan */
	else if (!pfx_session_committing && frame->ref.plan != NULL &&
			 !pfx_ref_plan_described(&frame->ref))
		pfx_describe_plan(frame->queryDesc, pfx_nodes_shape(frame->nodes), &frame->ref);
	frame->own_time += pfx_session_own_time(pfx_ticks_to_ns(pfx_ticks() - start));
}

/* The executor has started */
void
pfx_statement_started(PfxFrame *frame)
{
	QueryDesc  *queryDesc = frame->queryDesc;
	uint32		epoch;

	/* what was started in there and failed without a rollback */
	while (unlikely(starting != frame))
	{
		if (starting == NULL)
			return;				/* rolled back itself: the frame is gone */
		start_failed();
	}
	starting = frame->next;
	frame->next = pfx_live_frames;
	pfx_live_frames = frame;
	frame->callback.func = release_frame;
	frame->callback.arg = frame;
	MemoryContextRegisterResetCallback(queryDesc->estate->es_query_cxt, &frame->callback);

	frame->outer.queryid = frame->ref.key.queryid;
	/* deferred triggers run when the client's statements are over */
	frame->client = frame->level == 0 && !pfx_session_committing;
	if (unlikely(pfx_active != NULL))
	{
		frame->client |= pfx_active->declares && pfx_active->outer == NULL;
		frame->inside = pfx_active->execution;
	}
	if ((epoch = pfx_repeat_epoch()) != 0 && (frame->client || frame->inside != NULL))
	{
		if (frame->client && pfx_repeat_counts(&frame->ref, epoch))
			frame->repeat.counted = true;
		else
		{
			PfxRepeatOf of = pfx_frame_repeat(frame);

			pfx_repeat_started(&frame->repeat, &of, epoch, frame->client);
		}
	}
	if (unlikely(queryDesc->plannedstmt->parallelModeNeeded))
	{
		frame->parallel = true;
		pfx_session_parallel();
	}
	if (planned_count > 0 && pfx_same_statement(&planned_ref.key, &frame->ref.key))
	{
		frame->plan_time = planned_time;
		frame->nplans = planned_count;
		planned_count = 0;
	}
	if (unlikely(frame->sample != PFX_SAMPLE_NONE))
		begin_sample(frame);
}

/* In PG_CATCH: no allocation, no lock */
void
pfx_statement_failed(PfxFrame *frame)
{
	PfxExecRecord record;

	pfx_record_init(&record, PFX_FAILED);
	record.exec_time = pfx_ticks_to_ns(frame->run_ticks + frame->finish_ticks +
									   pfx_ticks() - frame->running_since);
	record.plan_time = frame->plan_time;
	record.nplans = frame->nplans;
	record.started = frame->started;
	if (frame->level == 0)
		pfx_session_end(&frame->ref, &record, 0);
	pfx_record_later(&frame->ref, &record);
	frame->recorded = true;
}

/*
 * The backend exits, perhaps because it was terminated while statements ran:
 * they get neither an error nor an end.
 */
void
pfx_statements_exit(void)
{
	/* an exiting process turns every error into FATAL: no text is normalised */
	if (has_failed)
	{
		has_failed = false;
		pfx_local_totals.dropped++;
	}
	if (planned_count > 0)
		flush_planned();
	pfx_statements_rolled_back(0);
	for (PfxFrame *frame = pfx_live_frames; frame != NULL; frame = frame->next)
	{
		if (!frame->recorded)
		{
			if (frame->running_since != 0)
				pfx_statement_failed(frame);
			else
				count_abandoned(frame);
		}
	}
}

/* ---- ending ---- */

/* Parallel workers of a finished query, where the executor does not count them */
static bool
count_workers(PlanState *ps, void *arg)
{
	PfxExecRecord *record = (PfxExecRecord *) arg;

	if (IsA(ps, GatherState))
	{
		record->workers_to_launch += ((Gather *) ps->plan)->num_workers;
		record->workers_launched += ((GatherState *) ps)->nworkers_launched;
	}
	else if (IsA(ps, GatherMergeState))
	{
		record->workers_to_launch += ((GatherMerge *) ps->plan)->num_workers;
		record->workers_launched += ((GatherMergeState *) ps)->nworkers_launched;
	}
	return planstate_tree_walker(ps, count_workers, arg);
}

static pg_noinline void
fill_workers(QueryDesc *queryDesc, PfxExecRecord *record)
{
	if (PFX_HAVE_WORKER_COUNTS)
	{
		record->workers_to_launch = pfx_estate_workers_to_launch(queryDesc->estate);
		record->workers_launched = pfx_estate_workers_launched(queryDesc->estate);
	}
	else
		(void) count_workers(queryDesc->planstate, record);
}

static pg_noinline void
fill_jit(EState *estate, PfxExecRecord *record)
{
	record->has_jit = true;
	memset(&record->jit, 0, sizeof(record->jit));
	pfx_jit_add(&record->jit, &estate->es_jit->instr);
	if (estate->es_jit_worker_instr != NULL)
		pfx_jit_add(&record->jit, estate->es_jit_worker_instr);
}

static void
fill_record(PfxFrame *frame, QueryDesc *queryDesc, PfxExecRecord *record)
{
	static uint32 memory_turn = 0;
	EState	   *estate = queryDesc->estate;

	pfx_record_init(record, PFX_COMPLETED);
	record->nplans = frame->nplans;
	record->plan_time = frame->plan_time;
	record->exec_time = pfx_ticks_to_ns(frame->run_ticks + frame->finish_ticks);
	record->rows = frame->rows;
	record->fk_time = frame->fk_time;
	record->fk_checks = frame->fk_checks;
	record->started = frame->started;
	/* looking through all contexts is not worth it for each short execution */
	if (record->exec_time > MEMORY_ALWAYS_FROM || memory_turn++ % MEMORY_EVERY == 0)
		record->memory_bytes = MemoryContextMemAllocated(estate->es_query_cxt, true);
	pfx_used_copy(&record->used, &frame->used);
	record->generic_plan_calls = pfx_plan_is_generic(queryDesc->plannedstmt) ? 1 : 0;
	record->custom_plan_calls = pfx_plan_is_custom(queryDesc->plannedstmt) ? 1 : 0;
	if (unlikely(frame->parallel))
		fill_workers(queryDesc, record);
	if (unlikely(estate->es_jit != NULL))
		fill_jit(estate, record);
}

/* What else wants to know of a statement that ended, beside its tags */
static void
tell(PfxFrame *frame, QueryDesc *queryDesc, const PfxExecRecord *record, const char *tags, int len)
{
	if (likely(frame->repeat.counted && len == 0))
		pfx_repeat_counted(record);
	else if (frame->client && (frame->repeat.epoch != 0 || frame->repeat.counted))
	{
		PfxRepeatOf of = pfx_frame_repeat(frame);

		pfx_repeat_ended(&frame->repeat, &of, record, tags, len);
	}
	if (unlikely(pfx_jobs_concerned(len, record->rows)))
		pfx_jobs_statement(&frame->ref, record, frame->level, queryDesc, tags, len);
}

/* Apart, so that only it has its buffer on the stack */
static pg_noinline void
tell_with_tags(PfxFrame *frame, QueryDesc *queryDesc, const PfxExecRecord *record)
{
	char		tags[PFX_MAX_TAGS];
	int			len = pfx_tags_of_statement(queryDesc->sourceText, frame->location, frame->len,
											tags, sizeof(tags));

	if (len == 0)
		pfx_plan_memo(queryDesc)->untagged = true;
	pfx_record_tags(&frame->ref, tags, len);
	tell(frame, queryDesc, record, tags, len);
}

/*
 * The query whose rows are being gone over where this one ran: the last one
 * started there that has returned some and waits.
 */
static PfxFrame *
find_driver(const PfxFrame *child, const PfxOuter *outer)
{
	for (PfxFrame *frame = pfx_live_frames; frame != NULL; frame = frame->next)
		if (frame != child && frame->inside == outer && !frame->recorded && frame->rows > 0 &&
			frame->running_since == 0)
			return frame;
	return NULL;
}

/* A nested statement ended: was it one of many? */
static pg_noinline void
nested_ended(PfxFrame *frame, const PfxExecRecord *record)
{
	PfxOuter   *outer = pfx_active != NULL ? pfx_active->execution : NULL;
	PfxRepeatOf of = pfx_frame_repeat(frame);
	PfxLoop    *loop;
	PfxFrame   *driver;

	if (outer == NULL)
		return;
	if (unlikely(frame->drives))
		pfx_loops_driver_ended(outer, &frame->ref.key, record->rows);
	loop = pfx_loops_child(outer, &frame->repeat, &of, record);
	if (likely(loop == NULL))
		return;
	driver = find_driver(frame, outer);
	if (driver != NULL)
	{
		of = pfx_frame_repeat(driver);
		driver->drives = true;
		pfx_loops_driver(loop, &of, frame->repeat.epoch);
	}
}

static void
end_sample(PfxFrame *frame, const PfxExecRecord *record)
{
	uint64		start = pfx_ticks();
	PfxNodeSample *samples;
	int64		sum_self_time;
	bool		partial;
	int64		result_time;
	int64		trigger_time;

	samples = pfx_nodes_collect(frame->nodes, &sum_self_time, &partial);
	frame->own_time += pfx_ticks_to_ns(pfx_ticks() - start);
	if (samples == NULL)
		return;
	trigger_time = pfx_ticks_to_ns(frame->finish_ticks - frame->finish_node_ticks);
	if (partial)
		result_time = 0;
	else if (pfx_nodes_wrapped(frame->nodes))
		result_time = pfx_ticks_to_ns(frame->run_ticks - frame->run_node_ticks);
	else
		result_time = Max(record->exec_time - trigger_time - sum_self_time, 0);
	pfx_record_sample(&frame->ref, samples, pfx_nodes_shape(frame->nodes)->nnodes,
					  pfx_nodes_shape(frame->nodes)->fingerprint, record->exec_time,
					  result_time, trigger_time,
					  frame->own_time + pfx_nodes_cost(frame->nodes), partial);
}

/* It began at start (ticks) to end */
static pg_noinline void
sampled_ended(PfxFrame *frame, const PfxExecRecord *record, uint64 start)
{
	int64		cost;

	end_sample(frame, record);
	/* the wrapper's own cost is what the credit pays for */
	cost = frame->own_time + pfx_nodes_cost(frame->nodes);
	if (frame->sample == PFX_SAMPLE_CHARGED)
		pfx_session_spend(cost);
	pfx_local_totals.overhead_time += pfx_nodes_cost(frame->nodes);
	pfx_totals_note_overhead(frame->own_time +
							 pfx_session_own_time(pfx_ticks_to_ns(pfx_ticks() - start)));
}

/* Before the executor ends, while its nodes still have what they measured */
void
pfx_statement_ended(PfxFrame *frame, QueryDesc *queryDesc)
{
	static uint32 overhead_turn = 0;
	bool		metered = frame->nodes != NULL || overhead_turn++ % OVERHEAD_EVERY == 0;
	uint64		start = metered ? pfx_ticks() : 0;
	PfxExecRecord record;

	if (unlikely(frame->recorded))
		return;
	frame->recorded = true;

	fill_record(frame, queryDesc, &record);
	if (frame->level == 0)
		pfx_session_end(&frame->ref, &record, frame->last_ticks);
	if (likely(frame->untagged))
	{
		if (unlikely(pfx_ref_has_tags(&frame->ref)))
			pfx_record_tags(&frame->ref, NULL, 0);
		tell(frame, queryDesc, &record, NULL, 0);
	}
	else
		tell_with_tags(frame, queryDesc, &record);
	pfx_record(&frame->ref, &record);
	/* not found at the start, or evicted or reset since */
	if (unlikely(!pfx_ref_has_text(&frame->ref)))
		define(&frame->ref, queryDesc->sourceText, frame->location, frame->len);
	if (!frame->client && frame->repeat.epoch != 0)
		nested_ended(frame, &record);
	if (unlikely(frame->outer.serial != 0))
		pfx_loops_outer_ended(&frame->outer, &frame->ref.key, record.exec_time);
	pfx_loads_ended(queryDesc, &frame->ref, &record, pfx_ticks_to_ns(frame->finish_ticks),
					frame->runs);
	if (unlikely(frame->nodes != NULL))
		sampled_ended(frame, &record, start);
	else if (unlikely(metered))
	{
		int64		own = pfx_session_own_time(pfx_ticks_to_ns(pfx_ticks() - start));

		/* the start of the statement costs about as much as its end */
		pfx_totals_note_overhead(own);
		pfx_local_totals.overhead_time += own * (2 * OVERHEAD_EVERY - 1);
	}
}
