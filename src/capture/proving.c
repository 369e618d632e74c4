/*-------------------------------------------------------------------------
 *
 * proving.c
 *	  When indexes are thought about, and on whose time.
 *
 * Separate from detect/whatif.c, which makes the experiment: this decides
 * whether, guards it, and keeps its result.
 *
 * A statement's turn comes when it has run for a while, or when its plan looks
 * expensive.  Its query is copied before the planner changes it, and the
 * experiment is made at once.  A statement that will not be planned again (a
 * prepared one, one in a function) is proved when it starts the next time, from a
 * copy kept from its planning, if no table it reads has changed since and all of
 * them can be locked without waiting.
 *
 * The experiment is made in a subtransaction that is rolled back; what goes wrong
 * in it is noted and forgotten, except for what the user or the server demands
 * (cancel, timeout, shutdown), which goes on.  It is made in a backend's own time,
 * which is earned by what its statements take (perfext.what_if_target).
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/backend_status.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "capture/active.h"
#include "capture/guard.h"
#include "capture/proving.h"
#include "capture/session.h"
#include "capture/tables.h"
#include "capture/usage.h"
#include "clock.h"
#include "detect/constants.h"
#include "guc.h"
#include "hot.h"

/* Plans cheaper than this read so little that no index can matter */
#define LEAST_COST 100.0

/* Proved at its first planning from this cost on; others when they have run for a while */
#define PROVE_AT_ONCE_COST 20000.0
#define PROVE_AFTER INT64CONST(10000000)	/* ns */

/* What a backend may spend before it has earned anything, and save up, ns */
#define FIRST_CREDIT INT64CONST(100000000)
#define MAX_CREDIT INT64CONST(1000000000)

/* Tables that are locked and looked at for one statement */
#define MAX_TABLES 256

/* Queries kept for statements that are not planned again */
#define MAX_KEPT 16

static int64 credit = FIRST_CREDIT;

/* Time of statements since the credit was last looked at, ns */
int64		pfx_proving_earned PFX_HOT = 0;

typedef struct Kept
{
	PfxStmtKey	key;
	MemoryContext context;		/* NULL: not in use */
	Query	   *query;
	int			cursorOptions;
	bool		valid;			/* nothing it reads has changed */
	List	   *relids;			/* what it reads */
} Kept;

static Kept kept[MAX_KEPT];
int			pfx_proving_kept PFX_HOT = 0;
static int	next_kept = 0;

StaticAssertDecl(PFX_MAX_CONSTANTS == PFX_PROOF_CONSTANTS, "they are compared one by one");

/* ---- keeping queries ---- */

static bool
collect_relations(Node *node, List **relids)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ListCell   *lc;

		foreach(lc, ((Query *) node)->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

			if (OidIsValid(rte->relid))
				*relids = list_append_unique_oid(*relids, rte->relid);
		}
		return query_tree_walker((Query *) node, collect_relations, relids, 0);
	}
	return expression_tree_walker(node, collect_relations, relids);
}

/* A relation's definition or statistics changed (InvalidOid: any may have) */
static void
relation_changed(Datum arg, Oid relid)
{
	/* called at any time: nothing is freed here */
	for (int i = 0; i < pfx_proving_kept; i++)
		if (kept[i].valid &&
			(!OidIsValid(relid) || list_member_oid(kept[i].relids, relid)))
			kept[i].valid = false;
}

static Kept *
find_kept(const PfxStmtKey *key)
{
	for (int i = 0; i < pfx_proving_kept; i++)
		if (kept[i].valid && pfx_same_statement(&kept[i].key, key))
			return &kept[i];
	return NULL;
}

static void
forget(Kept *one)
{
	one->valid = false;
	if (one->context != NULL)
		MemoryContextDelete(one->context);
	one->context = NULL;
}

/* Keeps the copy beyond its planning */
static void
keep(const PfxRef *ref, PfxProving *proving, int cursorOptions)
{
	static MemoryContext all = NULL;
	Kept	   *one = find_kept(&ref->key);
	MemoryContext old;

	if (one == NULL)
	{
		one = &kept[next_kept];
		next_kept = (next_kept + 1) % MAX_KEPT;
		pfx_proving_kept = Max(pfx_proving_kept, (int) (one - kept) + 1);
	}
	forget(one);
	if (all == NULL)
		all = AllocSetContextCreate(TopMemoryContext, "perfext queries", ALLOCSET_SMALL_SIZES);
	/* a query of more than this is not worth its memory */
	if (MemoryContextMemAllocated(proving->context, true) > 128 * 1024)
		return;
	one->relids = NIL;
	one->key = ref->key;
	one->query = proving->query;
	one->cursorOptions = cursorOptions;
	old = MemoryContextSwitchTo(proving->context);
	(void) collect_relations((Node *) one->query, &one->relids);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(proving->context, all);
	one->context = proving->context;
	one->valid = true;
	proving->query = NULL;
	proving->context = NULL;
}

/* ---- the experiment, guarded ---- */

typedef struct Experiment
{
	PfxWhatIf	what;
	List	   *tables;			/* that the statement's plan reads, and views */
	const Kept *from;			/* whose validity is looked at when they are locked */
	StringInfoData result;
	Oid			relids[PFX_MAX_PROOF_RELS];
	int			nrelids;
	uint32		depends;		/* constants that the indexes are made of */
	bool		postponed;
	List	   *counters;		/* of the tables, before it began */
	uint64		check;			/* of a foreign-key check: which one; else 0 */
	Oid			checked;		/* and the table that it looks into */
	TimestampTz statement_end;	/* when the server would cancel the statement */
} Experiment;

static void
append_reason(StringInfo buf, const char *reason)
{
	resetStringInfo(buf);
	appendStringInfoString(buf, "{\"reason\": ");
	escape_json(buf, reason);
	appendStringInfoString(buf, ", \"indexes\": []}");
}

static void
experiment(void *arg)
{
	Experiment *e = (Experiment *) arg;
	const char *obstacle;

	if (!pfx_tables_lock(e->tables))
	{
		e->postponed = true;
		return;
	}
	AcceptInvalidationMessages();
	if (e->from != NULL && !e->from->valid)
	{
		e->postponed = true;
		return;
	}
	obstacle = pfx_tables_obstacle(e->tables);
	if (obstacle != NULL)
	{
		append_reason(&e->result, obstacle);
		return;
	}
	e->counters = pfx_tables_counters(e->tables);
	e->nrelids = pfx_whatif_prove(&e->what, &e->result, e->relids, PFX_MAX_PROOF_RELS,
								  &e->depends);
}

/*
 * When the statement would be cancelled (statement_timeout); 0: never.  *left is
 * set to how long that is from now, at most so many ms.
 */
static TimestampTz
time_left(int64 most, int64 *left)
{
	TimestampTz end;

	*left = most;
	if (!get_timeout_active(STATEMENT_TIMEOUT))
		return 0;
	end = get_timeout_finish_time(STATEMENT_TIMEOUT);
	*left = Min(most, TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end) / 2);
	return end;
}

/*
 * Makes the experiment and stores what came of it.  Allocates in, and then
 * deletes, a context of its own.
 *
 * A statement that its statement_timeout allows just the time it needs must not be
 * cancelled because of us: the experiment takes at most half of what is left, and the
 * end is put off by what it took.
 */
static void
prove(const PfxRef *ref, Experiment *e)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "perfext what-if",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	uint64		start = pfx_ticks();
	const char *obstacle = list_length(e->tables) > MAX_TABLES ?
		"the statement reads too many tables" : pfx_whatif_obstacle(e->what.query);
	char	   *error = NULL;
	PfxMark		mark;
	int64		left;
	int64		cost;

	initStringInfo(&e->result);
	e->statement_end = time_left(perfext_what_if_timeout, &left);
	e->what.deadline = start + pfx_ns_to_ticks(left * 1000000);
	pfx_mark(&mark);
	pfx_nesting_level++;
	PG_TRY();
	{
		if (obstacle != NULL)
			append_reason(&e->result, obstacle);
		else if (!pfx_guarded(experiment, e, true, &error))
		{
			pfx_whatif_reset();
			append_reason(&e->result, error);
		}
	}
	PG_FINALLY();
	{
		pfx_whatif_reset();
		pfx_nesting_level--;
		pfx_own_work_end(&mark);
		pfx_tables_counters_restore(e->counters);
		/* a cancelled one has cost its time, too, or each next try would be cancelled */
		cost = pfx_ticks_to_ns(pfx_ticks() - start);
		if (e->statement_end != 0 && get_timeout_active(STATEMENT_TIMEOUT))
			enable_timeout_at(STATEMENT_TIMEOUT, e->statement_end + cost / 1000);
		cost = pfx_session_own_time(cost);
		credit -= cost;
		pfx_local_totals.what_if_time += cost;
		pfx_local_totals.overhead_time += cost;
	}
	PG_END_TRY();
	if (!e->postponed)
	{
		pfx_local_totals.what_if_proofs++;
		if (e->check != 0)
			pfx_check_proof_set(ref, e->check, e->nrelids > 0 ? e->relids[0] : e->checked,
								e->result.data);
		else
			pfx_proof_set(ref, e->result.data, e->relids, e->nrelids, e->depends);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/*
 * Rolling back a subtransaction ends the progress report of the command around,
 * such as a COPY whose trigger runs the statement.
 */
static bool
reports_progress(void)
{
	return MyBEEntry != NULL && MyBEEntry->st_progress_command != PROGRESS_COMMAND_INVALID;
}

/*
 * On a standby a conflict with recovery ends the session, not only the statement, if
 * it comes while there is a subtransaction: nothing is proved there.
 */
static bool
may_prove(void)
{
	pfx_session_settle();
	credit += (int64) (pfx_proving_earned * perfext_what_if_target / 100);
	credit = Min(credit, MAX_CREDIT);
	pfx_proving_earned = 0;
	return perfext_what_if_target > 0 && credit > 0 && !pfx_whatif_active &&
		!IsInParallelMode() && IsTransactionState() && !pfx_session_committing &&
		!RecoveryInProgress() &&
		!reports_progress() && (pfx_active == NULL || !pfx_active->explains);
}

/* Is it time for a proof, and not only to see what the constants are in this execution? */
static bool
is_time(const PfxRef *ref, Query *query, uint32 *varying)
{
	uint8		constants[PFX_MAX_CONSTANTS];

	pfx_constants_of(query, constants);
	return pfx_proof_compare(ref, constants, varying);
}

/* ---- planning ---- */

static void
copy_query(Query *parse, PfxProving *proving)
{
	MemoryContext old;

	proving->context = AllocSetContextCreate(CurrentMemoryContext, "perfext query",
											 ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(proving->context);
	proving->query = copyObject(parse);
	MemoryContextSwitchTo(old);
}

void
pfx_proving_planning(const PfxRef *ref, Query *parse, PfxProving *proving)
{
	proving->query = NULL;
	proving->context = NULL;
	/*
	 * A nested statement is not known before its first execution, and may never be
	 * planned again.
	 */
	if (likely(ref->stmt != NULL && !pfx_proof_due(ref)) || !may_prove() ||
		(parse->rtable == NIL && !parse->hasSubLinks))
		return;
	copy_query(parse, proving);
}

void
pfx_proving_planned(PfxRef *ref, PfxProving *proving, const char *source, int cursorOptions,
					ParamListInfo params, PfxPlanQuery plan, const PlannedStmt *result)
{
	if (likely(proving->query == NULL))
		return;
	if (result->planTree->total_cost < LEAST_COST)
		pfx_proof_set(ref, NULL, NULL, 0, 0);
	else if (ref->stmt != NULL && (result->planTree->total_cost >= PROVE_AT_ONCE_COST ||
								   pfx_proof_exec_time(ref) >= PROVE_AFTER))
	{
		Experiment	e;

		memset(&e, 0, sizeof(e));
		e.what.query = proving->query;
		e.what.source = source;
		e.what.cursorOptions = cursorOptions;
		e.what.params = params;
		e.what.plan = plan;
		e.what.before = result;
		e.tables = result->relationOids;
		if (is_time(ref, proving->query, &e.what.varying))
			prove(ref, &e);
	}
	else
		keep(ref, proving, cursorOptions);
	if (proving->context != NULL)
		MemoryContextDelete(proving->context);
}

/* ---- planning of foreign-key checks ---- */

/*
 * The server keeps a check's plan for the rest of the session, so there is no turn to
 * wait for: it is now or in another session.  What deferred checks do at the commit is
 * left alone: no statement is running then that it could be proved for.
 */
void
pfx_proving_check_planning(Query *parse, PfxProving *proving)
{
	proving->query = NULL;
	proving->context = NULL;
	proving->fired_by = pfx_active_statement();
	if (proving->fired_by == NULL || pfx_active_explains() || !may_prove() ||
		parse->rtable == NIL)
		return;
	copy_query(parse, proving);
}

void
pfx_proving_check_planned(PfxProving *proving, const char *source, int cursorOptions,
						  ParamListInfo params, PfxPlanQuery plan, const PlannedStmt *result)
{
	MemoryContext old;
	uint64		check;
	Oid			relid;

	if (proving->query == NULL)
		return;
	old = MemoryContextSwitchTo(proving->context);
	check = hash_bytes_extended((const unsigned char *) source, strlen(source), 0) | 1;
	/* it reads and changes one table */
	relid = linitial_node(RangeTblEntry, proving->query->rtable)->relid;
	if (result->planTree->total_cost < LEAST_COST)
		pfx_check_proof_set(proving->fired_by, check, relid, NULL);
	else if (pfx_check_proof_due(proving->fired_by, check))
	{
		Experiment	e;

		memset(&e, 0, sizeof(e));
		e.what.query = proving->query;
		e.what.source = source;
		e.what.cursorOptions = cursorOptions;
		e.what.params = params;
		e.what.plan = plan;
		e.what.before = result;
		e.tables = result->relationOids;
		e.check = check;
		e.checked = relid;
		prove(proving->fired_by, &e);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(proving->context);
}

/* ---- starting ---- */

void
pfx_proving_start(PfxRef *ref, const QueryDesc *queryDesc, PfxPlanQuery plan)
{
	Kept	   *one;
	Experiment	e;

	if (!pfx_proof_due(ref) || pfx_proof_exec_time(ref) < PROVE_AFTER ||
		!may_prove())
		return;
	one = find_kept(&ref->key);
	if (one == NULL)
		return;
	memset(&e, 0, sizeof(e));
	if (!is_time(ref, one->query, &e.what.varying))
		return;
	e.what.query = one->query;
	e.what.source = queryDesc->sourceText;
	e.what.cursorOptions = one->cursorOptions;
	e.what.params = queryDesc->params;
	e.what.plan = plan;
	e.tables = queryDesc->plannedstmt->relationOids;
	e.from = one;
	prove(ref, &e);
	if (!e.postponed)
		forget(one);
}

void
pfx_proving_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}
