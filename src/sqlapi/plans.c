/*-------------------------------------------------------------------------
 *
 * plans.c
 *	  SQL functions behind the views perfext.plans and perfext.plan_nodes.
 *
 * Separate because these two are read from the same copies and put a plan's
 * text and its numbers together.  The enums and the OUT parameters in
 * src/sql/30_plans.sql are the same lists in the same order.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "sqlapi/common.h"
#include "sqlapi/kept.h"
#include "sqlapi/planread.h"

typedef enum PlanColumn
{
	P_USERID,
	P_DBID,
	P_QUERYID,
	P_TOPLEVEL,
	P_PLANID,
	P_CALLS,
	P_TOTAL_EXEC_TIME,
	P_MIN_EXEC_TIME,
	P_MAX_EXEC_TIME,
	P_MEAN_EXEC_TIME,
	P_STDDEV_EXEC_TIME,
	P_P50_EXEC_TIME,
	P_P95_EXEC_TIME,
	P_P99_EXEC_TIME,
	P_SAMPLES,
	P_PARTIAL_SAMPLES,
	P_SAMPLED_EXEC_TIME,
	P_FIRST_SEEN,
	P_LAST_SEEN,
	P_PLAN,
	P_NCOLUMNS
} PlanColumn;

typedef enum NodeColumn
{
	N_USERID,
	N_DBID,
	N_QUERYID,
	N_TOPLEVEL,
	N_PLANID,
	N_NODE_ID,
	N_PARENT_NODE_ID,
	N_DEPTH,
	N_NODE_TYPE,
	N_RELID,
	N_SCHEMANAME,
	N_RELNAME,
	N_ALIAS,
	N_INDEXRELID,
	N_INDEX_NAME,
	N_JOIN_TYPE,
	N_CONDITION,
	N_FILTER,
	N_PREDICATES,
	N_SAMPLES,
	N_PARTIAL_SAMPLES,
	N_LOOPS,
	N_COMPLETE_LOOPS,
	N_EST_ROWS,
	N_ROWS,
	N_ROWS_REMOVED,
	N_STARTUP_TIME,
	N_TOTAL_TIME,
	N_SELF_TIME,
	N_SELF_TIME_RATIO,
	N_ESTIMATE_ERROR,
	N_PEAK_MEMORY_BYTES,
	N_DISK_BYTES,
	N_SHARED_BLKS_HIT,
	N_SHARED_BLKS_READ,
	N_LOCAL_BLKS,
	N_TEMP_BLKS_READ,
	N_TEMP_BLKS_WRITTEN,
	N_WORKERS,
	N_PARALLEL,
	N_SUBPLAN_NAME,
	N_NCOLUMNS
} NodeColumn;

PG_FUNCTION_INFO_V1(perfext_plans_1_0);
PG_FUNCTION_INFO_V1(perfext_plan_nodes_1_0);

/* ---- plans ---- */

static Datum
plan_with_actuals(const PfxPlanCopy *plan, int encoding)
{
	PfxNodeActual *actuals = palloc0(sizeof(PfxNodeActual) * Max(plan->nnodes, 1));

	for (int i = 0; i < plan->nnodes; i++)
	{
		const PfxNodeSample *slowest = &plan->nodes[i].slowest;

		actuals[i].valid = plan->stats.slowest_time > 0;
		actuals[i].loops = slowest->loops;
		actuals[i].rows = slowest->rows;
		actuals[i].startup_ms = slowest->startup_time / 1e6;
		actuals[i].total_ms = slowest->total_time / 1e6;
		actuals[i].rows_removed = slowest->rows_removed;
		actuals[i].shared_hit = slowest->shared_blks_hit;
		actuals[i].shared_read = slowest->shared_blks_read;
		actuals[i].temp_written = slowest->temp_blks_written;
		actuals[i].peak_memory_bytes = slowest->peak_memory_bytes;
		actuals[i].disk_bytes = slowest->disk_bytes;
	}
	return JsonbPGetDatum(pfx_plan_with_actuals(pfx_to_server(plan->json, encoding), actuals,
												plan->nnodes,
												plan->stats.slowest_time / 1e6, true));
}

static void
emit_plans(const PfxStatementCopy *copy, void *arg)
{
	ReturnSetInfo *set = (ReturnSetInfo *) arg;
	bool		readable = pfx_may_read(copy->key.userid);

	for (int i = 0; i < copy->nplans; i++)
	{
		const PfxPlanCopy *plan = &copy->plans[i];
		const PfxTiming *exec = &plan->stats.exec;
		Datum		v[P_NCOLUMNS];
		bool		nulls[P_NCOLUMNS];

		if (exec->count == 0)
			continue;
		memset(nulls, 0, sizeof(nulls));
		v[P_USERID] = ObjectIdGetDatum(copy->key.userid);
		v[P_DBID] = ObjectIdGetDatum(copy->key.dbid);
		v[P_QUERYID] = Int64GetDatum((int64) copy->key.queryid);
		v[P_TOPLEVEL] = BoolGetDatum(copy->key.toplevel != 0);
		v[P_PLANID] = Int64GetDatum((int64) plan->planid);
		v[P_CALLS] = Int64GetDatum(exec->count);
		v[P_TOTAL_EXEC_TIME] = pfx_ms(exec->total);
		v[P_MIN_EXEC_TIME] = pfx_ms(exec->min);
		v[P_MAX_EXEC_TIME] = pfx_ms(exec->max);
		v[P_MEAN_EXEC_TIME] = pfx_ms(exec->mean);
		v[P_STDDEV_EXEC_TIME] = pfx_stddev_ms(exec);
		v[P_P50_EXEC_TIME] = Float8GetDatum(pfx_percentile_ms(plan->hist, 0.50, exec));
		v[P_P95_EXEC_TIME] = Float8GetDatum(pfx_percentile_ms(plan->hist, 0.95, exec));
		v[P_P99_EXEC_TIME] = Float8GetDatum(pfx_percentile_ms(plan->hist, 0.99, exec));
		v[P_SAMPLES] = Int64GetDatum(plan->stats.samples);
		v[P_PARTIAL_SAMPLES] = Int64GetDatum(plan->stats.partial_samples);
		v[P_SAMPLED_EXEC_TIME] = pfx_ms(plan->stats.sampled_exec_time);
		v[P_FIRST_SEEN] = TimestampTzGetDatum(plan->stats.first_seen);
		v[P_LAST_SEEN] = TimestampTzGetDatum(plan->stats.last_seen);
		nulls[P_PLAN] = !readable || plan->json == NULL;
		v[P_PLAN] = nulls[P_PLAN] ? (Datum) 0 : plan_with_actuals(plan, copy->encoding);
		pfx_emit(set, v, nulls);
	}
}

/*
 * perfext.plans_1_0(showplan) -> setof record, one row per plan of a statement;
 * times in milliseconds; without showplan the plans themselves are not rendered.
 * Errors when the library was not preloaded.
 */
Datum
perfext_plans_1_0(PG_FUNCTION_ARGS)
{
	int			what = PFX_COPY_HIST | PFX_COPY_PLANS;
	ReturnSetInfo *set = pfx_begin_set(fcinfo, P_NCOLUMNS);

	PfxKept		kept = PG_GETARG_BOOL(0) ? PFX_KEPT_SHOWN_PLANS : PFX_KEPT_PLANS;

	if (pfx_give_kept(kept, set))
		return (Datum) 0;
	if (PG_GETARG_BOOL(0))
		what |= PFX_COPY_TEXT | PFX_COPY_NODES;
	pfx_statements_foreach(what, emit_plans, set);
	pfx_keep(kept, set);
	return (Datum) 0;
}

/* ---- nodes ---- */

static void
text_or_null(Datum *v, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	v[column] = text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

/* Ratio >= 1 between the planner's rows of a loop and the real ones */
static double
estimate_error(double estimated, double actual)
{
	estimated = Max(estimated, 1.0);
	actual = Max(actual, 1.0);
	return Max(estimated / actual, actual / estimated);
}

static void
node_identity(Datum *v, const PfxStatementCopy *copy, const PfxPlanCopy *plan, int node_id)
{
	v[N_USERID] = ObjectIdGetDatum(copy->key.userid);
	v[N_DBID] = ObjectIdGetDatum(copy->key.dbid);
	v[N_QUERYID] = Int64GetDatum((int64) copy->key.queryid);
	v[N_TOPLEVEL] = BoolGetDatum(copy->key.toplevel != 0);
	v[N_PLANID] = Int64GetDatum((int64) plan->planid);
	v[N_NODE_ID] = Int32GetDatum(node_id);
}

/* Time that belongs to no plan node: only a time, everything else NULL */
static void
emit_pseudo_node(ReturnSetInfo *set, const PfxStatementCopy *copy, const PfxPlanCopy *plan,
				 int node_id, const char *name, int64 time, double all)
{
	Datum		v[N_NCOLUMNS];
	bool		nulls[N_NCOLUMNS];

	memset(v, 0, sizeof(v));
	memset(nulls, 1, sizeof(nulls));
	node_identity(v, copy, plan, node_id);
	v[N_NODE_TYPE] = CStringGetTextDatum(name);
	v[N_SAMPLES] = Int64GetDatum(plan->stats.samples);
	v[N_PARTIAL_SAMPLES] = Int64GetDatum(plan->stats.partial_samples);
	v[N_TOTAL_TIME] = v[N_SELF_TIME] = pfx_ms(time);
	v[N_SELF_TIME_RATIO] = Float8GetDatum(all > 0 ? time / all : 0);
	for (int c = N_USERID; c <= N_NODE_ID; c++)
		nulls[c] = false;
	nulls[N_NODE_TYPE] = nulls[N_SAMPLES] = nulls[N_PARTIAL_SAMPLES] = false;
	nulls[N_TOTAL_TIME] = nulls[N_SELF_TIME] = nulls[N_SELF_TIME_RATIO] = false;
	pfx_emit(set, v, nulls);
}

static void
emit_node(ReturnSetInfo *set, const PfxStatementCopy *copy, const PfxPlanCopy *plan, int id,
		  const PfxNodeText *text, double all, bool readable)
{
	const PfxNodeStats *node = &plan->nodes[id];
	const PfxNodeSample *sum = &node->sum;
	Datum		v[N_NCOLUMNS];
	bool		nulls[N_NCOLUMNS];
	double		est_rows = node->samples > 0 ?
		node->est_rows_total / Max(sum->loops, (double) node->samples) : 0;

	memset(nulls, 0, sizeof(nulls));
	node_identity(v, copy, plan, id);
	v[N_PARENT_NODE_ID] = Int32GetDatum(node->info.parent_id);
	nulls[N_PARENT_NODE_ID] = node->info.parent_id < 0;
	v[N_DEPTH] = Int32GetDatum(node->info.depth);
	text_or_null(v, nulls, N_NODE_TYPE, text->node_type);
	v[N_RELID] = ObjectIdGetDatum(node->info.relid);
	nulls[N_RELID] = !OidIsValid(node->info.relid);
	text_or_null(v, nulls, N_SCHEMANAME, text->schemaname);
	text_or_null(v, nulls, N_RELNAME, text->relname);
	text_or_null(v, nulls, N_ALIAS, readable ? text->alias : NULL);
	v[N_INDEXRELID] = ObjectIdGetDatum(node->info.indexid);
	nulls[N_INDEXRELID] = !OidIsValid(node->info.indexid);
	text_or_null(v, nulls, N_INDEX_NAME, text->index_name);
	text_or_null(v, nulls, N_JOIN_TYPE, text->join_type);
	text_or_null(v, nulls, N_CONDITION, readable ? text->condition : NULL);
	text_or_null(v, nulls, N_FILTER, readable ? text->filter : NULL);
	nulls[N_PREDICATES] = !readable || text->predicates == NULL;
	v[N_PREDICATES] = nulls[N_PREDICATES] ? (Datum) 0 : JsonbPGetDatum(text->predicates);
	v[N_SAMPLES] = Int64GetDatum(node->samples);
	v[N_PARTIAL_SAMPLES] = Int64GetDatum(node->partial_samples);
	v[N_LOOPS] = Int64GetDatum((int64) sum->loops);
	v[N_COMPLETE_LOOPS] = Int64GetDatum((int64) sum->complete_loops);
	v[N_EST_ROWS] = Float8GetDatum(est_rows);
	v[N_ROWS] = Int64GetDatum((int64) sum->rows);
	v[N_ROWS_REMOVED] = Int64GetDatum((int64) sum->rows_removed);
	v[N_STARTUP_TIME] = pfx_ms(sum->startup_time);
	v[N_TOTAL_TIME] = pfx_ms(sum->total_time);
	v[N_SELF_TIME] = pfx_ms(sum->self_time);
	v[N_SELF_TIME_RATIO] = Float8GetDatum(all > 0 ? sum->self_time / all : 0);
	/* never executed or not to the end: nothing to compare with */
	nulls[N_ESTIMATE_ERROR] = sum->loops < 1 || node->partial_samples > 0;
	v[N_ESTIMATE_ERROR] = nulls[N_ESTIMATE_ERROR] ? (Datum) 0 :
		Float8GetDatum(estimate_error(est_rows, sum->rows / sum->loops));
	v[N_PEAK_MEMORY_BYTES] = Int64GetDatum(sum->peak_memory_bytes);
	nulls[N_PEAK_MEMORY_BYTES] = sum->peak_memory_bytes == 0;
	v[N_DISK_BYTES] = Int64GetDatum(sum->disk_bytes);
	nulls[N_DISK_BYTES] = sum->peak_memory_bytes == 0 && sum->disk_bytes == 0;
	v[N_SHARED_BLKS_HIT] = Int64GetDatum(sum->shared_blks_hit);
	v[N_SHARED_BLKS_READ] = Int64GetDatum(sum->shared_blks_read);
	v[N_LOCAL_BLKS] = Int64GetDatum(sum->local_blks);
	v[N_TEMP_BLKS_READ] = Int64GetDatum(sum->temp_blks_read);
	v[N_TEMP_BLKS_WRITTEN] = Int64GetDatum(sum->temp_blks_written);
	v[N_WORKERS] = Int64GetDatum(sum->workers);
	v[N_PARALLEL] = BoolGetDatum(node->info.parallel);
	text_or_null(v, nulls, N_SUBPLAN_NAME, text->subplan_name);
	pfx_emit(set, v, nulls);
}

static void
emit_nodes(const PfxStatementCopy *copy, void *arg)
{
	ReturnSetInfo *set = (ReturnSetInfo *) arg;
	bool		readable = pfx_may_read(copy->key.userid);

	for (int i = 0; i < copy->nplans; i++)
	{
		const PfxPlanCopy *plan = &copy->plans[i];
		PfxNodeText *texts;
		double		all;

		if (plan->nnodes == 0 || plan->stats.samples == 0)
			continue;
		texts = palloc0(sizeof(PfxNodeText) * plan->nnodes);
		if (plan->json != NULL)
			(void) pfx_plan_describe(pfx_to_server(plan->json, copy->encoding), texts,
									 plan->nnodes);
		all = plan->stats.result_time + plan->stats.trigger_time;
		for (int n = 0; n < plan->nnodes; n++)
			all += plan->nodes[n].sum.self_time;
		for (int n = 0; n < plan->nnodes; n++)
			emit_node(set, copy, plan, n, &texts[n], all, readable);
		emit_pseudo_node(set, copy, plan, PFX_NODE_RESULT, "(result)",
						 plan->stats.result_time, all);
		emit_pseudo_node(set, copy, plan, PFX_NODE_TRIGGERS, "(triggers)",
						 plan->stats.trigger_time, all);
	}
}

/*
 * perfext.plan_nodes_1_0() -> setof record, one row per node of a plan that was
 * timed at least once, and two for the time outside of nodes; times in
 * milliseconds.  Errors when the library was not preloaded.
 */
Datum
perfext_plan_nodes_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = pfx_begin_set(fcinfo, N_NCOLUMNS);

	if (pfx_give_kept(PFX_KEPT_NODES, set))
		return (Datum) 0;
	pfx_statements_foreach(PFX_COPY_TEXT | PFX_COPY_PLANS | PFX_COPY_NODES, emit_nodes, set);
	pfx_keep(PFX_KEPT_NODES, set);
	return (Datum) 0;
}
