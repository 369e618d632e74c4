/*-------------------------------------------------------------------------
 *
 * loads.c
 *	  Tells the store about loads: what fills or changes a table.
 *
 * Separate from statement.c and utility.c, which follow any statement: a load is
 * a stream of them, and what matters is what lies between.
 *
 * Each statement goes into shared memory when it ends, so that whoever looks sees
 * all of them.  What its commit took is known only afterwards, where no lock may be
 * taken.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "commands/progress.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "parser/parsetree.h"
#include "utils/backend_status.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "capture/largereads.h"
#include "capture/loads.h"
#include "capture/loadtarget.h"
#include "capture/session.h"
#include "clock.h"
#include "hot.h"

/* A longer gap (ns) is a client that does something else */
#define MAX_GAP INT64CONST(100000000)
/* A longer pause (µs) ends a run of a load */
#define MAX_PAUSE INT64CONST(10000000)
/* Statements one after the other that make a stream of them */
#define LEAST_STREAK 50

/* The load statement before, of a client */
static PfxLoadSlot *last_slot PFX_HOT = NULL;
static uint32 last_statement PFX_HOT = 0;	/* as pfx_session_statements */
static TimestampTz last_start PFX_HOT = 0;
static int64 last_rows PFX_HOT = 0;
static int	streak PFX_HOT = 0;
/* The client's gaps before BEGIN, COMMIT and the like since then, ns */
static int64 transaction_gap PFX_HOT = 0;

/* Loads with rows in the open transaction */
struct PfxLoadSlot *pfx_loads_in_xact PFX_HOT = NULL;
static int64 xact_rows PFX_HOT = 0;
static int64 deferred_fk_time = 0;
static int64 deferred_fk_checks = 0;

/* ---- what kind of load ---- */

/* Functions that turn what a client sent as one value into rows */
static bool
unpacks(const Node *node)
{
	if (node == NULL || !IsA(node, FuncExpr))
		return false;
	switch (((const FuncExpr *) node)->funcid)
	{
		case F_UNNEST_ANYARRAY:
		case F_JSON_TO_RECORDSET:
		case F_JSONB_TO_RECORDSET:
		case F_JSON_POPULATE_RECORDSET:
		case F_JSONB_POPULATE_RECORDSET:
		case F_JSON_ARRAY_ELEMENTS:
		case F_JSONB_ARRAY_ELEMENTS:
			return true;
		default:
			return false;
	}
}

static bool
any_unpacks(const Plan *plan)
{
	ListCell   *lc;

	if (IsA(plan, FunctionScan))
	{
		foreach(lc, ((const FunctionScan *) plan)->functions)
			if (unpacks(lfirst_node(RangeTblFunction, lc)->funcexpr))
				return true;
	}
	else if (IsA(plan, ProjectSet))
	{
		foreach(lc, plan->targetlist)
			if (unpacks((Node *) lfirst_node(TargetEntry, lc)->expr))
				return true;
	}
	return false;
}

static bool
in_trigger(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0)) > 0;
}

static pg_noinline PfxLoadOperation
insert_kind(const ModifyTable *mt, PfxLoadShape *shape)
{
	const Plan *plan = outerPlan(mt);

	*shape = PFX_SHAPE_PLAIN;
	if (IsA(plan, ValuesScan))
	{
		*shape = PFX_SHAPE_VALUES;
		return PFX_LOAD_INSERT;
	}
	/* what only projects */
	while (IsA(plan, SubqueryScan) || (IsA(plan, Result) && outerPlan(plan) != NULL))
		plan = IsA(plan, SubqueryScan) ? ((const SubqueryScan *) plan)->subplan : outerPlan(plan);
	if (any_unpacks(plan))
	{
		*shape = PFX_SHAPE_UNNEST;
		return PFX_LOAD_INSERT;
	}
	return PFX_LOAD_INSERT_SELECT;
}

static bool
inserts_one_row(const ModifyTable *mt)
{
	const Plan *plan = outerPlan(mt);

	return mt->operation == CMD_INSERT && IsA(plan, Result) && outerPlan(plan) == NULL;
}

static pg_noinline PfxLoadOperation
statement_kind(const ModifyTable *mt, bool toplevel, PfxLoadShape *shape)
{
	if (mt->operation == CMD_INSERT && !inserts_one_row(mt))
		return insert_kind(mt, shape);
	*shape = toplevel ? PFX_SHAPE_PLAIN : in_trigger() ? PFX_SHAPE_TRIGGER : PFX_SHAPE_NESTED;
	if (mt->operation == CMD_INSERT)
	{
		if (toplevel)
			*shape = PFX_SHAPE_ROW;
		return PFX_LOAD_INSERT;
	}
	switch (mt->operation)
	{
		case CMD_UPDATE:
			return PFX_LOAD_UPDATE;
		case CMD_DELETE:
			return PFX_LOAD_DELETE;
		case CMD_MERGE:
			return PFX_LOAD_MERGE;
		default:
			return PFX_LOAD_NONE;
	}
}

/* ---- the stream ---- */

static void
add_to_xact(PfxLoadSlot *slot, int64 rows)
{
	if (!slot->in_xact)
	{
		slot->in_xact = true;
		slot->xact_rows = 0;
		slot->next_in_xact = pfx_loads_in_xact;
		pfx_loads_in_xact = slot;
	}
	slot->xact_rows += rows;
	xact_rows += rows;
}

void
pfx_loads_leave_xact(PfxLoadSlot *slot)
{
	PfxLoadSlot **link = &pfx_loads_in_xact;

	while (*link != NULL && *link != slot)
		link = &(*link)->next_in_xact;
	if (*link == slot)
		*link = slot->next_in_xact;
	slot->in_xact = false;
	xact_rows -= slot->xact_rows;
}

/* Does a run of the load begin with this statement?  Called once for each */
static bool
begins_run(PfxLoadSlot *slot, const PfxLoadStep *step)
{
	bool		begins = slot->last_end == 0 || step->at - slot->last_end > MAX_PAUSE;

	slot->last_end = step->at + step->time / 1000;
	return begins;
}

/* A statement of which there is more to tell: the rest of the event is filled already */
static void
add(PfxLoadSlot *slot, const PfxLoadStep *step, PfxLoadEvent *event, bool begins)
{
	event->target = slot->target;
	event->queryid = step->queryid;
	event->statements = 1;
	event->runs = begins ? 1 : 0;
	event->rows = step->rows;
	event->time = step->time;
	event->plan_time = step->plan_time;
	event->wal_bytes = step->wal_bytes;
	event->client_gap_time = step->client_gap_time;
	event->streak_statements = step->streak_statements;
	event->cycle_rows = step->cycle_rows;
	event->cycle_time = step->cycle_time;
	event->gap = step->gap;
	event->at = step->at;
	pfx_load_add(&slot->ref, event);
}

/*
 * A client's statement that brings rows: how long it took since the start of the
 * one before, if nothing but BEGIN and COMMIT and the like lay between.  Their way
 * to the client and back is the load's, too.
 */
static void
note_stream(PfxLoadSlot *slot, PfxLoadStep *step, int64 gap)
{
	bool		next = pfx_session_statements == last_statement + 1;

	if (next)
		gap += transaction_gap;
	transaction_gap = 0;
	next = next && gap <= MAX_GAP;
	if (gap <= MAX_GAP)
		step->client_gap_time = gap;
	if (next)
	{
		streak++;
		if (streak >= LEAST_STREAK)
			step->streak_statements = streak == LEAST_STREAK ? LEAST_STREAK : 1;
		step->gap = gap;
		if (slot == last_slot && step->at > last_start)
		{
			step->cycle_rows = last_rows;
			step->cycle_time = (step->at - last_start) * 1000;
		}
	}
	else
		streak = 1;
	last_slot = slot;
	last_start = step->at;
	last_rows = step->rows;
	last_statement = pfx_session_statements;
}

/* A statement in a function or procedure, which may be one of many in a single call */
static void
note_loop(PfxLoadSlot *slot, PfxLoadStep *step)
{
	slot->loop_statements = slot->loop_start == step->at ? slot->loop_statements + 1 : 1;
	slot->loop_start = step->at;
	if (slot->loop_statements >= LEAST_STREAK)
		step->streak_statements = slot->loop_statements == LEAST_STREAK ? LEAST_STREAK : 1;
}

/* ---- queries that write ---- */

/* The load that a statement is part of; NULL: it is none */
static PfxLoadSlot *
slot_of(const PlannedStmt *pstmt, bool toplevel)
{
	const ModifyTable *mt = (const ModifyTable *) pstmt->planTree;
	Oid			relid;
	PfxLoadOperation operation;
	PfxLoadShape shape;

	if (!IsA(mt, ModifyTable))
		return NULL;
	relid = rt_fetch(mt->nominalRelation, pstmt->rtable)->relid;
	/* mostly one more row for the same table */
	if (likely(last_slot != NULL && last_slot->relid == relid && last_slot->known &&
			   last_slot->operation == PFX_LOAD_INSERT && last_slot->shape == PFX_SHAPE_ROW &&
			   toplevel && inserts_one_row(mt)))
		return last_slot;
	operation = statement_kind(mt, toplevel, &shape);
	return operation != PFX_LOAD_NONE ? pfx_load_slot(relid, operation, shape, true) : NULL;
}

/* The first one of its kind, or one with something special */
static pg_noinline void
add_statement(PfxLoadSlot *slot, const ModifyTable *mt, const PfxLoadStep *step,
			  const PfxExecRecord *record, int64 finish_time, bool begins)
{
	PfxLoadEvent event;

	memset(&event, 0, sizeof(event));
	if (record->used.n == PFX_USED_ALL)
		event.temp_bytes = record->used.usage.temp_blks_written * BLCKSZ;
	event.fk_time = record->fk_time;
	event.fk_checks = record->fk_checks;
	if (slot->target.flags & PFX_TARGET_TRIGGER)
		event.trigger_time = Max(finish_time - record->fk_time, 0);
	event.row_width = outerPlan(mt)->plan_width;
	if (mt->returningLists != NIL)
		event.flags |= PFX_LOAD_RETURNING;
	if (mt->onConflictAction != ONCONFLICT_NONE)
		event.flags |= PFX_LOAD_ON_CONFLICT;
	add(slot, step, &event, begins);
}

void
pfx_loads_read(QueryDesc *queryDesc, const PfxRef *ref, const PfxExecRecord *record, int runs)
{
	/* a commit waited for the next statement of its load */
	if (pfx_loads_pending && pfx_nesting_level == 0)
		pfx_loads_flush(false);
	if (record->exec_time > PFX_LARGE_READ_TIME)
		pfx_large_read(queryDesc, ref, record, runs);
}

void
pfx_loads_statement(QueryDesc *queryDesc, const PfxRef *ref, const PfxExecRecord *record,
					int64 finish_time)
{
	const PlannedStmt *pstmt = queryDesc->plannedstmt;
	PfxLoadSlot *slot;
	PfxLoadStep step = {0};
	bool		begins;

	slot = slot_of(pstmt, ref->key.toplevel != 0);
	if (slot == NULL)
		return;
	step.queryid = ref->key.queryid;
	step.rows = record->rows;
	step.time = record->exec_time + record->plan_time;
	step.plan_time = record->plan_time;
	if (record->used.n >= PFX_USED_WRITES)
		step.wal_bytes = record->used.usage.wal_bytes;
	step.at = record->started;
	if (slot->shape == PFX_SHAPE_NESTED)
		note_loop(slot, &step);
	else if (ref->key.toplevel && slot->operation != PFX_LOAD_INSERT_SELECT)
		note_stream(slot, &step, record->client_gap_time);
	add_to_xact(slot, step.rows);
	begins = begins_run(slot, &step);
	if (likely(!begins && record->used.n != PFX_USED_ALL && record->fk_checks == 0 &&
			   (slot->target.flags & PFX_TARGET_TRIGGER) == 0) &&
		pfx_load_step(&slot->ref, &step))
		return;
	add_statement(slot, (const ModifyTable *) pstmt->planTree, &step, record, finish_time,
				  begins);
}

/* ---- utility statements ---- */

static void
add_target(PfxLoadUtility *load, const RangeVar *relation)
{
	if (relation == NULL || load->ntargets == PFX_LOAD_MAX_TARGETS ||
		relation->relname == NULL)
		return;
	strlcpy(load->targets[load->ntargets].schemaname,
			relation->schemaname != NULL ? relation->schemaname : "", NAMEDATALEN);
	strlcpy(load->targets[load->ntargets].relname, relation->relname, NAMEDATALEN);
	load->ntargets++;
}

static void
copy_kind(const CopyStmt *stmt, PfxLoadUtility *load)
{
	if (!stmt->is_from || stmt->relation == NULL)
		return;
	load->operation = PFX_LOAD_COPY;
	load->shape = stmt->is_program ? PFX_SHAPE_PROGRAM :
		stmt->filename != NULL ? PFX_SHAPE_FILE : PFX_SHAPE_STDIN;
	add_target(load, stmt->relation);
}

static void
create_kind(const CreateTableAsStmt *stmt, PfxLoadUtility *load)
{
	if (stmt->into == NULL || stmt->into->skipData)
		return;
	load->operation = stmt->is_select_into ? PFX_LOAD_SELECT_INTO :
		stmt->objtype == OBJECT_MATVIEW ? PFX_LOAD_REFRESH : PFX_LOAD_CTAS;
	add_target(load, stmt->into->rel);
}

/* What is to be known of the statement is copied: it may be gone when it has ended */
void
pfx_loads_utility(const Node *parsetree, const PfxUtility *utility, PfxLoadUtility *load)
{
	ListCell   *lc;

	load->operation = PFX_LOAD_NONE;
	if (!utility->tracked)
		return;
	load->shape = PFX_SHAPE_PLAIN;
	load->is_index = false;
	load->ntargets = 0;
	switch (nodeTag(parsetree))
	{
		case T_TransactionStmt:
			/* it does not interrupt a stream of statements */
			if (utility->ref.key.toplevel && last_statement == pfx_session_statements)
			{
				last_statement++;
				transaction_gap += pfx_session_gap();
			}
			return;
		case T_CopyStmt:
			copy_kind((const CopyStmt *) parsetree, load);
			break;
		case T_CreateTableAsStmt:
			create_kind((const CreateTableAsStmt *) parsetree, load);
			break;
		case T_RefreshMatViewStmt:
			load->operation = PFX_LOAD_REFRESH;
			add_target(load, ((const RefreshMatViewStmt *) parsetree)->relation);
			break;
		case T_IndexStmt:
			load->operation = PFX_LOAD_CREATE_INDEX;
			add_target(load, ((const IndexStmt *) parsetree)->relation);
			break;
		case T_ReindexStmt:
			load->operation = PFX_LOAD_REINDEX;
			load->is_index = ((const ReindexStmt *) parsetree)->kind == REINDEX_OBJECT_INDEX;
			add_target(load, ((const ReindexStmt *) parsetree)->relation);
			break;
		case T_VacuumStmt:
			load->operation = ((const VacuumStmt *) parsetree)->is_vacuumcmd ?
				PFX_LOAD_VACUUM : PFX_LOAD_ANALYZE;
			foreach(lc, ((const VacuumStmt *) parsetree)->rels)
				add_target(load, lfirst_node(VacuumRelation, lc)->relation);
			break;
		case T_TruncateStmt:
			load->operation = PFX_LOAD_TRUNCATE;
			foreach(lc, ((const TruncateStmt *) parsetree)->relations)
				add_target(load, lfirst_node(RangeVar, lc));
			break;
		default:
			return;
	}
	load->gap = pfx_session_gap();
}

/*
 * By the name, without the checks of rights that raise errors: the statement has
 * succeeded with that name.
 */
static Oid
target_relid(const PfxLoadUtility *load, int i)
{
	const char *schemaname = load->targets[i].schemaname;
	const char *relname = load->targets[i].relname;
	Oid			relid;

	if (schemaname[0] == '\0')
		relid = RelnameGetRelid(relname);
	else if (strcmp(schemaname, "pg_temp") == 0)
	{
		Oid			schema;
		Oid			toast_schema;

		GetTempNamespaceState(&schema, &toast_schema);
		relid = OidIsValid(schema) ? get_relname_relid(relname, schema) : InvalidOid;
	}
	else
	{
		Oid			schema = get_namespace_oid(schemaname, true);

		relid = OidIsValid(schema) ? get_relname_relid(relname, schema) : InvalidOid;
	}
	if (OidIsValid(relid) && load->is_index)
		relid = IndexGetRelation(relid, true);
	return relid;
}

/*
 * What the server itself counted of a COPY.  Its progress report has ended, but
 * the numbers stand until there is another one.
 */
static void
copy_progress(PfxLoadEvent *event)
{
	const int64 *params;

	if (!pgstat_track_activities || MyBEEntry == NULL)
		return;
	params = MyBEEntry->st_progress_param;
	event->bytes = params[PROGRESS_COPY_BYTES_PROCESSED];
	event->skipped_rows = pfx_copy_skipped_rows(params);
}

static bool
brings_rows(PfxLoadOperation operation)
{
	return operation == PFX_LOAD_COPY || operation == PFX_LOAD_CTAS ||
		operation == PFX_LOAD_SELECT_INTO || operation == PFX_LOAD_REFRESH;
}

void
pfx_loads_utility_ended(const PfxLoadUtility *load, const PfxUtility *utility,
						const QueryCompletion *qc, const PfxMark *mark, const PfxActive *active)
{
	PfxLoadEvent event;
	PfxLoadStep step;

	if (load->operation == PFX_LOAD_NONE || !IsTransactionState())
		return;
	for (int i = 0; i < load->ntargets; i++)
	{
		Oid			relid = target_relid(load, i);
		PfxLoadSlot *slot;

		if (!OidIsValid(relid))
			continue;
		slot = pfx_load_slot(relid, load->operation, load->shape, false);
		if (slot == NULL)
			continue;
		memset(&event, 0, sizeof(event));
		memset(&step, 0, sizeof(step));
		step.queryid = utility->ref.key.queryid;
		step.at = GetCurrentStatementStartTimestamp();
		if (qc != NULL && brings_rows(load->operation))
			step.rows = qc->nprocessed;
		/* several tables in one statement share its time */
		step.time = pfx_ticks_to_ns(pfx_ticks() - mark->ticks) / load->ntargets;
		step.wal_bytes = (pgWalUsage.wal_bytes - mark->wal.wal_bytes) / load->ntargets;
		event.temp_bytes = (pgBufferUsage.temp_blks_written - mark->buffers.temp_blks_written) *
			BLCKSZ / load->ntargets;
		event.fk_time = active->fk_time;
		event.fk_checks = active->fk_checks;
		if (load->operation == PFX_LOAD_COPY)
		{
			copy_progress(&event);
			if (step.rows > 0 && event.bytes > 0)
				event.row_width = (double) event.bytes / step.rows;
			if (utility->ref.key.toplevel)
				note_stream(slot, &step, load->gap);
		}
		if (brings_rows(load->operation))
			add_to_xact(slot, step.rows);
		add(slot, &step, &event, begins_run(slot, &step));
	}
}

/* ---- commits: only static memory is touched ---- */

static void
forget_xact(void)
{
	while (pfx_loads_in_xact != NULL)
	{
		pfx_loads_in_xact->in_xact = false;
		pfx_loads_in_xact = pfx_loads_in_xact->next_in_xact;
	}
	xact_rows = 0;
	deferred_fk_time = 0;
	deferred_fk_checks = 0;
}

/* The wait is shared by the loads of the transaction, by their rows */
static void
committed(void)
{
	int64		wait = pfx_session_commit_time;

	for (PfxLoadSlot *slot = pfx_loads_in_xact; slot != NULL; slot = slot->next_in_xact)
	{
		PfxLoadCommit commit = {slot->xact_rows, wait, wait, deferred_fk_time,
		deferred_fk_checks, slot->last_end};

		if (xact_rows != slot->xact_rows)
		{
			double		share = (double) slot->xact_rows / xact_rows;

			commit.time = (int64) (share * wait);
			commit.fk_time = (int64) (share * deferred_fk_time);
			commit.fk_checks = (int64) (share * deferred_fk_checks);
		}
		else if (xact_rows == 0)
			commit.time = commit.fk_time = commit.fk_checks = 0;
		pfx_load_committed(&slot->ref, &commit);
	}
	forget_xact();
}

void
pfx_loads_xact(XactEvent event)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
			committed();
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			forget_xact();
			break;
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
			break;
	}
}

void
pfx_loads_foreign_key(int64 ns)
{
	deferred_fk_time += ns;
	deferred_fk_checks++;
}
