/*-------------------------------------------------------------------------
 *
 * progress.c
 *	  SQL functions behind perfext.progress and perfext.progress_accuracy.
 *
 * Separate from statements.c: these are about statements that still run.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "commands/progress.h"
#include "funcapi.h"
#include "nodes/nodes.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "detect/estimate.h"
#include "sqlapi/common.h"
#include "store/progress.h"

/* Columns of perfext.progress: src/sql/47_progress.sql */
typedef enum ProgressColumn
{
	PID,
	DATID,
	USERID,
	QUERYID,
	TOPLEVEL,
	PLANID,
	QUERY,
	NESTED,
	COMMAND,
	RELID,
	PHASE,
	CURRENT_NODE,
	ROWS_DONE,
	BLOCKS_DONE,
	BLOCKS_TOTAL,
	FRACTION,
	STARTED,
	ELAPSED_TIME,
	REMAINING_TIME,
	REMAINING_TIME_LOW,
	REMAINING_TIME_HIGH,
	ESTIMATED_END,
	EARLIER_RUNS,
	NCOLUMNS
} ProgressColumn;

/* Columns of perfext.progress_accuracy, in the same file */
typedef enum AccuracyColumn
{
	A_COMMAND,
	A_REPEATED,
	A_AT_RATIO,
	A_PREDICTIONS,
	A_INSIDE_RATIO,
	A_MEDIAN_ERROR_RATIO,
	A_MEDIAN_BIAS_RATIO,
	A_NCOLUMNS
} AccuracyColumn;

PG_FUNCTION_INFO_V1(perfext_progress_1_0);
PG_FUNCTION_INFO_V1(perfext_progress_accuracy_1_0);

/* As the commands are called in SQL */
static const char *
kind_name(PfxProgressKind kind)
{
	switch (kind)
	{
		case PFX_PROGRESS_SELECT:
			return "SELECT";
		case PFX_PROGRESS_INSERT:
			return "INSERT";
		case PFX_PROGRESS_UPDATE:
			return "UPDATE";
		case PFX_PROGRESS_DELETE:
			return "DELETE";
		case PFX_PROGRESS_MERGE:
			return "MERGE";
		case PFX_PROGRESS_CTAS:
			return "CREATE TABLE AS";
		case PFX_PROGRESS_REFRESH:
			return "REFRESH MATERIALIZED VIEW";
		case PFX_PROGRESS_COPY:
			return "COPY";
		case PFX_PROGRESS_CREATE_INDEX:
			return "CREATE INDEX";
		case PFX_PROGRESS_VACUUM:
			return "VACUUM";
		case PFX_PROGRESS_ANALYZE:
			return "ANALYZE";
		case PFX_PROGRESS_CLUSTER:
			return "CLUSTER";
		case PFX_PROGRESS_OTHER:
			break;
	}
	return "OTHER";
}

static const char *
command_name(const PfxProgress *progress)
{
	if (!progress->utility)
		return kind_name(progress->kind);
	switch (progress->command)
	{
		case T_CallStmt:
			return "CALL";
		case T_DoStmt:
			return "DO";
		case T_ReindexStmt:
			return "REINDEX";
		case T_AlterTableStmt:
			return "ALTER TABLE";
		case T_VacuumStmt:
			/* VACUUM FULL works as CLUSTER does */
			return kind_name(progress->kind == PFX_PROGRESS_ANALYZE ? PFX_PROGRESS_ANALYZE :
							 PFX_PROGRESS_VACUUM);
		case T_FetchStmt:
			return "FETCH";
		case T_ExplainStmt:
			return "EXPLAIN";
		default:
			return kind_name(progress->kind);
	}
}

static const char *
index_phase(const PfxProgress *progress)
{
	switch (progress->server_phase)
	{
		case PROGRESS_CREATEIDX_PHASE_WAIT_1:
		case PROGRESS_CREATEIDX_PHASE_WAIT_2:
		case PROGRESS_CREATEIDX_PHASE_WAIT_3:
		case PROGRESS_CREATEIDX_PHASE_WAIT_4:
		case PROGRESS_CREATEIDX_PHASE_WAIT_5:
			return "waiting for other transactions";
		case PROGRESS_CREATEIDX_PHASE_VALIDATE_IDXSCAN:
		case PROGRESS_CREATEIDX_PHASE_VALIDATE_SORT:
		case PROGRESS_CREATEIDX_PHASE_VALIDATE_TABLESCAN:
			return "validating";
		default:
			return progress->server_step == 0 ? "scanning table" :
				progress->server_step == 1 ? "sorting" : "loading index";
	}
}

static const char *
vacuum_phase(const PfxProgress *progress)
{
	switch (progress->server_phase)
	{
		case PROGRESS_VACUUM_PHASE_SCAN_HEAP:
			return "scanning table";
		case PROGRESS_VACUUM_PHASE_VACUUM_INDEX:
			return "vacuuming indexes";
		case PROGRESS_VACUUM_PHASE_VACUUM_HEAP:
			return "vacuuming table";
		case PROGRESS_VACUUM_PHASE_INDEX_CLEANUP:
			return "cleaning up indexes";
		case PROGRESS_VACUUM_PHASE_TRUNCATE:
			return "truncating table";
		case PFX_SERVER_PHASE_ANALYZE:
			return "analyzing";
		default:
			return "finishing";
	}
}

static const char *
phase_name(const PfxProgress *progress)
{
	static const char *const cluster_phases[] =
	{"scanning table", "sorting", "writing table", "rebuilding indexes"};

	if (progress->nphases == 0)
		return "running";
	switch (progress->phases[progress->current].kind)
	{
		case PFX_PHASE_RUN:
			return "running";
		case PFX_PHASE_HASH:
			return "building hash table";
		case PFX_PHASE_SORT_INPUT:
			return "reading rows to sort";
		case PFX_PHASE_SORT:
			return "sorting";
		case PFX_PHASE_AGGREGATE:
			return "aggregating";
		case PFX_PHASE_INIT:
			return "evaluating subquery";
		case PFX_PHASE_TRIGGERS:
			return "after triggers";
		case PFX_PHASE_SERVER:
			break;
	}
	switch (progress->kind)
	{
		case PFX_PROGRESS_CREATE_INDEX:
			return index_phase(progress);
		case PFX_PROGRESS_VACUUM:
			return vacuum_phase(progress);
		case PFX_PROGRESS_ANALYZE:
			return progress->current == 0 ? "reading sample" : "computing statistics";
		case PFX_PROGRESS_CLUSTER:
			return cluster_phases[Min(progress->current, lengthof(cluster_phases) - 1)];
		default:
			return "running";
	}
}

/* As EXPLAIN calls the node; NULL for one without a name here */
static const char *
node_name(int tag)
{
	static const struct
	{
		NodeTag		tag;
		const char *name;
	}			names[] = {
		{T_ResultState, "Result"}, {T_ProjectSetState, "ProjectSet"},
		{T_ModifyTableState, "ModifyTable"}, {T_AppendState, "Append"},
		{T_MergeAppendState, "Merge Append"}, {T_RecursiveUnionState, "Recursive Union"},
		{T_SeqScanState, "Seq Scan"}, {T_SampleScanState, "Sample Scan"},
		{T_IndexScanState, "Index Scan"}, {T_IndexOnlyScanState, "Index Only Scan"},
		{T_BitmapHeapScanState, "Bitmap Heap Scan"}, {T_TidScanState, "Tid Scan"},
		{T_TidRangeScanState, "Tid Range Scan"}, {T_SubqueryScanState, "Subquery Scan"},
		{T_FunctionScanState, "Function Scan"}, {T_TableFuncScanState, "Table Function Scan"},
		{T_ValuesScanState, "Values Scan"}, {T_CteScanState, "CTE Scan"},
		{T_NamedTuplestoreScanState, "Named Tuplestore Scan"},
		{T_WorkTableScanState, "WorkTable Scan"}, {T_ForeignScanState, "Foreign Scan"},
		{T_CustomScanState, "Custom Scan"}, {T_NestLoopState, "Nested Loop"},
		{T_MergeJoinState, "Merge Join"}, {T_HashJoinState, "Hash Join"},
		{T_MaterialState, "Materialize"}, {T_MemoizeState, "Memoize"}, {T_SortState, "Sort"},
		{T_IncrementalSortState, "Incremental Sort"}, {T_GroupState, "Group"},
		{T_AggState, "Aggregate"}, {T_WindowAggState, "WindowAgg"}, {T_UniqueState, "Unique"},
		{T_GatherState, "Gather"}, {T_GatherMergeState, "Gather Merge"},
		{T_SetOpState, "SetOp"}, {T_LockRowsState, "LockRows"}, {T_LimitState, "Limit"}
	};

	for (int i = 0; i < lengthof(names); i++)
		if (names[i].tag == tag)
			return names[i].name;
	return NULL;
}

static void
put_ms(Datum *value, bool *isnull, double ns)
{
	*isnull = ns < 0;
	*value = pfx_ms(ns);
}

static void
put_count(Datum *value, bool *isnull, int64 count)
{
	*isnull = count < 0;
	*value = Int64GetDatum(count);
}

static void
put_query(Datum *value, bool *isnull, const PfxStmtKey *key)
{
	char	   *text;
	int			encoding = 0;

	*isnull = false;
	if (!pfx_may_read(key->userid))
	{
		*value = CStringGetTextDatum("<insufficient privilege>");
		return;
	}
	text = pfx_progress_text(key, &encoding);
	*isnull = text == NULL;
	*value = *isnull ? (Datum) 0 : CStringGetTextDatum(pfx_to_server(text, encoding));
}

static void
emit_progress(const PfxProgress *p, void *arg)
{
	TimestampTz now = GetCurrentTimestamp();
	PfxEstimate estimate;
	const char *node = node_name(p->node_tag);
	Datum		v[NCOLUMNS];
	bool		nulls[NCOLUMNS];

	/* perhaps another process has the number by now */
	if (BackendPidGetProc(p->pid) == NULL)
		return;
	memset(nulls, 0, sizeof(nulls));
	pfx_estimate(p, Max(now - p->published, 0) * 1000.0, &estimate);
	v[PID] = Int32GetDatum(p->pid);
	v[DATID] = ObjectIdGetDatum(p->key.dbid);
	v[USERID] = ObjectIdGetDatum(p->key.userid);
	v[QUERYID] = Int64GetDatum((int64) p->key.queryid);
	v[TOPLEVEL] = BoolGetDatum(p->key.toplevel != 0);
	v[PLANID] = Int64GetDatum((int64) p->planid);
	nulls[PLANID] = p->planid == 0;
	put_query(&v[QUERY], &nulls[QUERY], &p->key);
	v[NESTED] = BoolGetDatum(p->nested);
	v[COMMAND] = CStringGetTextDatum(command_name(p));
	v[RELID] = ObjectIdGetDatum(p->relid);
	nulls[RELID] = !OidIsValid(p->relid);
	v[PHASE] = CStringGetTextDatum(phase_name(p));
	nulls[CURRENT_NODE] = node == NULL;
	v[CURRENT_NODE] = node == NULL ? (Datum) 0 : CStringGetTextDatum(node);
	put_count(&v[ROWS_DONE], &nulls[ROWS_DONE], p->rows_done);
	put_count(&v[BLOCKS_DONE], &nulls[BLOCKS_DONE], p->blocks_total > 0 ? p->blocks_done : -1);
	put_count(&v[BLOCKS_TOTAL], &nulls[BLOCKS_TOTAL], p->blocks_total > 0 ? p->blocks_total : -1);
	v[FRACTION] = Float8GetDatum(estimate.fraction);
	nulls[FRACTION] = estimate.fraction < 0;
	v[STARTED] = TimestampTzGetDatum(p->started);
	put_ms(&v[ELAPSED_TIME], &nulls[ELAPSED_TIME], estimate.elapsed);
	put_ms(&v[REMAINING_TIME], &nulls[REMAINING_TIME], estimate.remaining);
	put_ms(&v[REMAINING_TIME_LOW], &nulls[REMAINING_TIME_LOW], estimate.low);
	put_ms(&v[REMAINING_TIME_HIGH], &nulls[REMAINING_TIME_HIGH], estimate.high);
	nulls[ESTIMATED_END] = estimate.remaining < 0;
	/* a remaining time beyond what a timestamp can hold says nothing */
	v[ESTIMATED_END] = TimestampTzGetDatum(now + (TimestampTz) (Min(estimate.remaining, 1e18) /
																1000));
	v[EARLIER_RUNS] = Int32GetDatum(p->history.of_kind ? 0 : p->history.runs);
	pfx_emit((ReturnSetInfo *) arg, v, nulls);
}

/*
 * perfext.progress_1_0() -> setof record, one row per statement that has been
 * running for half a second; times in milliseconds.  Errors when the library was
 * not preloaded.
 */
Datum
perfext_progress_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = pfx_begin_set(fcinfo, NCOLUMNS);

	pfx_progress_foreach(emit_progress, set);
	return (Datum) 0;
}

/* The median of |predicted - actual| / actual */
static double
median_error(const PfxPredictions *predictions)
{
	double		left = predictions->count / 2.0;

	/* the bins on both sides, from the middle outwards */
	for (int distance = 0; distance <= PFX_ERROR_BINS / 2; distance++)
	{
		double		octaves = (double) distance / PFX_ERROR_BINS_PER_OCTAVE;

		left -= predictions->bins[PFX_ERROR_BINS / 2 + distance];
		if (left <= 0)
			return 1 - exp2(-octaves);
		if (distance > 0)
			left -= predictions->bins[PFX_ERROR_BINS / 2 - distance];
		if (left <= 0)
			return exp2(octaves) - 1;
	}
	return exp2((double) (PFX_ERROR_BINS / 2) / PFX_ERROR_BINS_PER_OCTAVE);
}

/*
 * perfext.progress_accuracy_1_0() -> setof record: how good the predictions were
 * of statements that have ended.  Errors when the library was not preloaded.
 */
Datum
perfext_progress_accuracy_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = pfx_begin_set(fcinfo, A_NCOLUMNS);
	Datum		v[A_NCOLUMNS];
	bool		nulls[A_NCOLUMNS] = {false};

	for (int kind = 0; kind < PFX_PROGRESS_NKINDS; kind++)
		for (int repeated = 0; repeated < 2; repeated++)
			for (int stage = 0; stage < PFX_PROGRESS_STAGES; stage++)
			{
				PfxPredictions predictions =
					*pfx_progress_predictions((PfxProgressKind) kind, repeated != 0, stage);

				if (predictions.count == 0)
					continue;
				v[A_COMMAND] = CStringGetTextDatum(kind_name((PfxProgressKind) kind));
				v[A_REPEATED] = BoolGetDatum(repeated != 0);
				v[A_AT_RATIO] = Float8GetDatum((stage + 1.0) / (PFX_PROGRESS_STAGES + 1));
				v[A_PREDICTIONS] = Int64GetDatum(predictions.count);
				v[A_INSIDE_RATIO] = Float8GetDatum((double) predictions.inside /
												   predictions.count);
				v[A_MEDIAN_ERROR_RATIO] = Float8GetDatum(median_error(&predictions));
				v[A_MEDIAN_BIAS_RATIO] =
					Float8GetDatum(pfx_estimate_quantile(&predictions, 0.5, 0));
				pfx_emit(set, v, nulls);
			}
	return (Datum) 0;
}
