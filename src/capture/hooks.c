/*-------------------------------------------------------------------------
 *
 * hooks.c
 *	  The only file that touches the server's hooks: each calls what was there
 *	  before, and tells statement.c, utility.c and session.c what happens.
 *
 * Separate so that the contract with other hook users can be read in one place:
 * whoever was loaded before us is called inside ours, whoever comes later is
 * called outside, and neither sees anything of ours changed, but for
 * QueryDesc.instrument_options of a parallel or foreign plan that is sampled.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/paths.h"
#include "optimizer/planner.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "tcop/utility.h"

#include "capture/frame.h"
#include "capture/hooks.h"
#include "capture/identity.h"
#include "capture/indexchange.h"
#include "capture/loads.h"
#include "capture/nodes.h"
#include "capture/progress.h"
#include "capture/proving.h"
#include "capture/repeat.h"
#include "capture/run.h"
#include "capture/session.h"
#include "capture/statement.h"
#include "capture/stream.h"
#include "capture/utility.h"
#include "clock.h"
#include "guc.h"
#include "hot.h"

static shmem_request_hook_type prev_shmem_request PFX_HOT = NULL;
static shmem_startup_hook_type prev_shmem_startup PFX_HOT = NULL;
static planner_hook_type prev_planner PFX_HOT = NULL;
static set_rel_pathlist_hook_type prev_set_rel_pathlist = NULL;
static set_join_pathlist_hook_type prev_set_join_pathlist = NULL;
static ExecutorStart_hook_type prev_ExecutorStart PFX_HOT = NULL;
static ExecutorRun_hook_type prev_ExecutorRun PFX_HOT = NULL;
static ExecutorFinish_hook_type prev_ExecutorFinish PFX_HOT = NULL;
static ExecutorEnd_hook_type prev_ExecutorEnd PFX_HOT = NULL;
static ProcessUtility_hook_type prev_ProcessUtility PFX_HOT = NULL;

/* ---- shared memory ---- */

static void
shmem_request(void)
{
	if (prev_shmem_request)
		prev_shmem_request();
	RequestAddinShmemSpace(pfx_store_size());
}

/* In the postmaster, once the last backend is gone */
static void
postmaster_exit(int code, Datum arg)
{
	if (code != 0 || !perfext_save)
		return;
	/* after a crash or an immediate stop shared memory is not to be trusted */
	if (pfx_store_abandoned())
		ereport(LOG,
				(errmsg("perfext does not save its statistics after an immediate stop"),
				 errdetail("Those of the last regular save are kept.")));
	else
		(void) pfx_persist_save(false, true);
}

static void
shmem_startup(void)
{
	if (prev_shmem_startup)
		prev_shmem_startup();

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	pfx_store_startup();
	LWLockRelease(AddinShmemInitLock);

	if (!IsUnderPostmaster)
	{
		on_shmem_exit(postmaster_exit, (Datum) 0);
		if (perfext_save)
			pfx_persist_load();
	}
}

/* ---- backend life ---- */

static void
backend_exit(int code, Datum arg)
{
	if (!pfx_store_ready())
		return;
	/* FATAL unwinds nothing: the stack still tells what was running */
	for (PfxActive *active = pfx_active; active != NULL; active = active->outer)
		if (active->utility != NULL)
			pfx_utility_failed(active->utility, active->started);
	pfx_progress_exit();
	pfx_statements_exit();
	pfx_repeat_exit();
	pfx_session_exit();
}

static void
backend_detach(int code, Datum arg)
{
	pfx_store_detach();
}

/* Registered at the first statement: _PG_init runs in the postmaster */
static void
register_backend_exit(void)
{
	static bool registered = false;

	if (likely(registered))
		return;
	registered = true;
	if (!pfx_store_ready())
		return;
	/* called last to first: detaching comes last and whatever happened before */
	before_shmem_exit(backend_detach, (Datum) 0);
	before_shmem_exit(backend_exit, (Datum) 0);
	pfx_store_attach();
	pfx_proving_init();
}

static void
xact_callback(XactEvent event, void *arg)
{
	if (pfx_may_record <= 0)
		return;
	if (unlikely(event == XACT_EVENT_ABORT))
	{
		/* an error switches all timers off */
		pfx_progress_look_again();
		pfx_statements_rolled_back(0);
	}
	pfx_session_xact(event);
	if (unlikely(pfx_index_changes_noted > 0))
		pfx_index_changes_xact(event);
	/* after the session, which measures the commit */
	if (unlikely(pfx_loads_in_xact != NULL) && event != XACT_EVENT_PRE_COMMIT)
		pfx_loads_xact(event);
}

static void
subxact_callback(SubXactEvent event, SubTransactionId mySubid, SubTransactionId parentSubid,
				 void *arg)
{
	pfx_index_changes_subxact(event, mySubid);
	if (event == SUBXACT_EVENT_ABORT_SUB)
		pfx_statements_rolled_back(GetCurrentTransactionNestLevel());
}

/* ---- planner ---- */

static PlannedStmt *
call_planner(PFX_PLANNER_PARAMS)
{
	if (prev_planner)
		return prev_planner(PFX_PLANNER_ARGS);
	return standard_planner(PFX_PLANNER_ARGS);
}

/* The same for an experiment of our own; whoever was loaded before us is asked, too */
static PlannedStmt *
plan_again(Query *parse, const char *query_string, int cursorOptions, ParamListInfo boundParams)
{
	PFX_PLANNER_LOCALS
	return call_planner(PFX_PLANNER_ARGS);
}

static PlannedStmt *
hook_planner(PFX_PLANNER_PARAMS)
{
	PlannedStmt *result;
	PfxRef		ref;
	PfxProving	proving;
	bool		tracked;
	bool		checks;
	uint64		start;

	pfx_plannings++;
	if (unlikely(pfx_whatif_active))
		return call_planner(PFX_PLANNER_ARGS);
	tracked = pfx_planning_begin(parse, query_string, &ref);
	register_backend_exit();
	checks = !tracked && pfx_is_row_check(query_string);
	if (tracked)
		pfx_proving_planning(&ref, parse, &proving);
	else if (checks)
		pfx_proving_check_planning(parse, &proving);
	start = pfx_ticks();
	pfx_nesting_level++;
	PG_TRY();
	{
		result = call_planner(PFX_PLANNER_ARGS);
	}
	PG_CATCH();
	{
		pfx_nesting_level--;
		if (tracked)
			pfx_planning_failed(&ref, query_string, parse->stmt_location, parse->stmt_len,
								pfx_ticks() - start);
		PG_RE_THROW();
	}
	PG_END_TRY();
	pfx_nesting_level--;
	if (tracked)
	{
		pfx_planning_end(&ref, result, pfx_ticks() - start);
		pfx_proving_planned(&ref, &proving, query_string, cursorOptions, boundParams, plan_again,
							result);
	}
	else if (checks)
		pfx_proving_check_planned(&proving, query_string, cursorOptions, boundParams, plan_again,
								  result);
	return result;
}

static void
hook_set_rel_pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (prev_set_rel_pathlist)
		prev_set_rel_pathlist(root, rel, rti, rte);
	if (unlikely(pfx_whatif_active))
		pfx_whatif_relation(root, rel, rti, rte);
}

static void
hook_set_join_pathlist(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel,
					   RelOptInfo *innerrel, JoinType jointype, JoinPathExtraData *extra)
{
	if (prev_set_join_pathlist)
		prev_set_join_pathlist(root, joinrel, outerrel, innerrel, jointype, extra);
	if (unlikely(pfx_whatif_active))
		pfx_whatif_check_deadline();
}

/* ---- executor ---- */

static void
call_ExecutorStart(QueryDesc *queryDesc, int eflags)
{
	if (prev_ExecutorStart)
		prev_ExecutorStart(queryDesc, eflags);
	else
		standard_ExecutorStart(queryDesc, eflags);
}

static void
hook_ExecutorStart(QueryDesc *queryDesc, int eflags)
{
	PfxFrame   *frame = pfx_statement_choose(queryDesc, eflags);

	if (frame == NULL)
	{
		call_ExecutorStart(queryDesc, eflags);
		return;
	}
	register_backend_exit();
	if (unlikely(pfx_proving_kept > 0))
		pfx_proving_start(&frame->ref, queryDesc, plan_again);
	call_ExecutorStart(queryDesc, eflags);
	pfx_statement_started(frame);
}

static void
call_ExecutorRun(PFX_EXECUTOR_RUN_PARAMS)
{
	if (prev_ExecutorRun)
		prev_ExecutorRun(PFX_EXECUTOR_RUN_ARGS);
	else
		standard_ExecutorRun(PFX_EXECUTOR_RUN_ARGS);
}

static void
hook_ExecutorRun(PFX_EXECUTOR_RUN_PARAMS)
{
	PfxRun		run;

	pfx_run_begin(&run, queryDesc, count, false);
	PG_TRY();
	{
		call_ExecutorRun(PFX_EXECUTOR_RUN_ARGS);
	}
	PG_CATCH();
	{
		pfx_run_failed(&run, queryDesc);
		PG_RE_THROW();
	}
	PG_END_TRY();
	pfx_run_ended(&run, queryDesc);
}

static void
call_ExecutorFinish(QueryDesc *queryDesc)
{
	if (prev_ExecutorFinish)
		prev_ExecutorFinish(queryDesc);
	else
		standard_ExecutorFinish(queryDesc);
}

static pg_noinline void
run_triggers(QueryDesc *queryDesc)
{
	PfxRun		run;

	pfx_run_begin(&run, queryDesc, 0, true);
	PG_TRY();
	{
		call_ExecutorFinish(queryDesc);
	}
	PG_CATCH();
	{
		pfx_run_failed(&run, queryDesc);
		PG_RE_THROW();
	}
	PG_END_TRY();
	pfx_run_ended(&run, queryDesc);
}

/* Nothing happens in ExecutorFinish: there are no triggers, and nothing is left to modify */
static bool
finishes_at_once(const EState *estate)
{
	ListCell   *lc;

	if (estate->es_top_eflags & EXEC_FLAG_SKIP_TRIGGERS)
		return true;
	if (estate->es_auxmodifytables != NIL || estate->es_tuple_routing_result_relations != NIL)
		return false;
	foreach(lc, estate->es_opened_result_relations)
		if (((const ResultRelInfo *) lfirst(lc))->ri_TrigDesc != NULL)
			return false;
	return true;
}

static void
hook_ExecutorFinish(QueryDesc *queryDesc)
{
	if (finishes_at_once(queryDesc->estate))
		call_ExecutorFinish(queryDesc);
	else
		run_triggers(queryDesc);
}

/* Its processor time is the leader's statement's */
static pg_noinline void
worker_ended(void)
{
	static uint64 reported = 0;
	uint64		used;

	if (!IsParallelWorker() || !pfx_store_ready())
		return;
	used = pfx_clock_cpu_ns();
	pfx_worker_cpu_add(PFX_LEADER_SLOT, used - reported);
	reported = used;
}

static void
hook_ExecutorEnd(QueryDesc *queryDesc)
{
	PfxFrame   *frame = pfx_frame_find(queryDesc);

	if (unlikely(pfx_progress_following))
		pfx_progress_ended(queryDesc);
	if (likely(frame != NULL))
		pfx_statement_ended(frame, queryDesc);
	else
		worker_ended();
	if (prev_ExecutorEnd)
		prev_ExecutorEnd(queryDesc);
	else
		standard_ExecutorEnd(queryDesc);
}

/* ---- utility statements ---- */

static void
call_ProcessUtility(PlannedStmt *pstmt, const char *queryString, bool readOnlyTree,
					ProcessUtilityContext context, ParamListInfo params,
					QueryEnvironment *queryEnv, DestReceiver *dest, QueryCompletion *qc)
{
	if (prev_ProcessUtility)
		prev_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc);
	else
		standard_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest,
								qc);
}

static void
hook_ProcessUtility(PlannedStmt *pstmt, const char *queryString, bool readOnlyTree,
					ProcessUtilityContext context, ParamListInfo params,
					QueryEnvironment *queryEnv, DestReceiver *dest, QueryCompletion *qc)
{
	PfxUtility	utility;
	PfxLoadUtility load;
	PfxActive	active;
	PfxMark		mark;
	PfxIndexChange change;

	pfx_utility_choose(pstmt, queryString, context, &utility);
	if (!utility.nests)
	{
		/* EXECUTE and PREPARE: what they run is top-level itself */
		call_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest,
							qc);
		return;
	}

	register_backend_exit();
	if (IsA(pstmt->utilityStmt, VariableSetStmt) || IsA(pstmt->utilityStmt, DiscardStmt))
		pfx_stream_set();
	pfx_index_change_look(pstmt->utilityStmt, &change);
	pfx_loads_utility(pstmt->utilityStmt, &utility, &load);
	pfx_active_enter(&active, false);
	active.utility_id = utility.inner_id;
	pfx_mark(&mark);
	active.explains = IsA(pstmt->utilityStmt, ExplainStmt);
	active.declares = IsA(pstmt->utilityStmt, DeclareCursorStmt) ||
		(utility.tracked && utility.sends_query);
	active.utility = utility.tracked ? &utility : NULL;
	active.execution = utility.tracked ? &utility.outer : NULL;
	active.command = nodeTag(pstmt->utilityStmt);
	pfx_active_runs(&active, &mark, utility.tracked ? &utility.ref : NULL, NULL, false);
	PG_TRY();
	{
		/* pstmt and queryString may be gone once this returns */
		call_ProcessUtility(pstmt, queryString, readOnlyTree, context, params, queryEnv, dest,
							qc);
	}
	PG_CATCH();
	{
		(void) pfx_active_leave(&active);
		if (utility.tracked)
			pfx_utility_failed(&utility, mark.ticks);
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (unlikely(pfx_progress_following))
		pfx_progress_utility_ended(&active);
	(void) pfx_active_leave(&active);
	pfx_session_committing |= utility.commits;
	if (utility.tracked)
		pfx_utility_ended(&utility, queryString, qc, &mark, &active);
	pfx_index_change_note(&change);
	pfx_loads_utility_ended(&load, &utility, qc, &mark, &active);
}

/* ---- all of them ---- */

void
pfx_hooks_install(void)
{
	pfx_nodes_init();

	prev_shmem_request = shmem_request_hook;
	shmem_request_hook = shmem_request;
	prev_shmem_startup = shmem_startup_hook;
	shmem_startup_hook = shmem_startup;
	prev_planner = planner_hook;
	planner_hook = hook_planner;
	prev_set_rel_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = hook_set_rel_pathlist;
	prev_set_join_pathlist = set_join_pathlist_hook;
	set_join_pathlist_hook = hook_set_join_pathlist;
	prev_ExecutorStart = ExecutorStart_hook;
	ExecutorStart_hook = hook_ExecutorStart;
	prev_ExecutorRun = ExecutorRun_hook;
	ExecutorRun_hook = hook_ExecutorRun;
	prev_ExecutorFinish = ExecutorFinish_hook;
	ExecutorFinish_hook = hook_ExecutorFinish;
	prev_ExecutorEnd = ExecutorEnd_hook;
	ExecutorEnd_hook = hook_ExecutorEnd;
	prev_ProcessUtility = ProcessUtility_hook;
	ProcessUtility_hook = hook_ProcessUtility;
	RegisterXactCallback(xact_callback, NULL);
	RegisterSubXactCallback(subxact_callback, NULL);
}
