/*-------------------------------------------------------------------------
 *
 * statements.c
 *	  SQL function behind the view perfext.statements.
 *
 * Separate because its columns are a contract of their own: the enum below and
 * the function's OUT parameters in src/sql/20_statements.sql are the same list
 * in the same order.
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

#include "capture/tags.h"
#include "sqlapi/common.h"
#include "sqlapi/kept.h"

typedef enum StatementColumn
{
	USERID,
	DBID,
	QUERYID,
	TOPLEVEL,
	QUERY,
	PLANS,
	TOTAL_PLAN_TIME,
	MIN_PLAN_TIME,
	MAX_PLAN_TIME,
	MEAN_PLAN_TIME,
	STDDEV_PLAN_TIME,
	CALLS,
	FAILURES,
	FAILED_EXEC_TIME,
	ABANDONED,
	TOTAL_EXEC_TIME,
	MIN_EXEC_TIME,
	MAX_EXEC_TIME,
	MEAN_EXEC_TIME,
	STDDEV_EXEC_TIME,
	P50_EXEC_TIME,
	P95_EXEC_TIME,
	P99_EXEC_TIME,
	ROWS,
	CPU_TIME,
	SHARED_BLKS_HIT,
	SHARED_BLKS_READ,
	SHARED_BLKS_DIRTIED,
	SHARED_BLKS_WRITTEN,
	LOCAL_BLKS_HIT,
	LOCAL_BLKS_READ,
	LOCAL_BLKS_DIRTIED,
	LOCAL_BLKS_WRITTEN,
	TEMP_BLKS_READ,
	TEMP_BLKS_WRITTEN,
	SHARED_BLK_READ_TIME,
	SHARED_BLK_WRITE_TIME,
	LOCAL_BLK_READ_TIME,
	LOCAL_BLK_WRITE_TIME,
	TEMP_BLK_READ_TIME,
	TEMP_BLK_WRITE_TIME,
	WAL_RECORDS,
	WAL_FPI,
	WAL_BYTES,
	WAL_BUFFERS_FULL,
	JIT_FUNCTIONS,
	JIT_GENERATION_TIME,
	JIT_INLINING_COUNT,
	JIT_INLINING_TIME,
	JIT_OPTIMIZATION_COUNT,
	JIT_OPTIMIZATION_TIME,
	JIT_EMISSION_COUNT,
	JIT_EMISSION_TIME,
	JIT_DEFORM_COUNT,
	JIT_DEFORM_TIME,
	GENERIC_PLAN_CALLS,
	CUSTOM_PLAN_CALLS,
	COMMITS,
	COMMIT_TIME,
	CLIENT_GAP_TIME,
	IDLE_IN_TRANSACTION_TIME,
	FK_CHECKS,
	FK_TIME,
	PEAK_MEMORY_BYTES,
	MEAN_MEMORY_BYTES,
	PARALLEL_WORKERS_TO_LAUNCH,
	PARALLEL_WORKERS_LAUNCHED,
	TAGS,
	STATS_SINCE,
	MINMAX_STATS_SINCE,
	LAST_CALL,
	NCOLUMNS
} StatementColumn;

PG_FUNCTION_INFO_V1(perfext_statements_1_0);

static Datum
numeric_from_int64(int64 value)
{
	return DirectFunctionCall1(int8_numeric, Int64GetDatum(value));
}

static void
emit_statement(const PfxStatementCopy *copy, void *arg)
{
	ReturnSetInfo *set = (ReturnSetInfo *) arg;
	const PfxStatementStats *s = &copy->stats;
	const PfxUsage *u = &s->usage;
	Datum		v[NCOLUMNS];
	bool		nulls[NCOLUMNS];
	bool		readable = pfx_may_read(copy->key.userid);
	Jsonb	   *tags = NULL;

	/* defined by a statement that has not ended yet */
	if (s->exec.count == 0 && s->failures == 0 && s->abandoned == 0 && s->plan.count == 0)
		return;

	memset(nulls, 0, sizeof(nulls));
	v[USERID] = ObjectIdGetDatum(copy->key.userid);
	v[DBID] = ObjectIdGetDatum(copy->key.dbid);
	v[QUERYID] = Int64GetDatum((int64) copy->key.queryid);
	v[TOPLEVEL] = BoolGetDatum(copy->key.toplevel != 0);
	if (!readable)
		v[QUERY] = CStringGetTextDatum("<insufficient privilege>");
	else if (copy->query != NULL)
		v[QUERY] = CStringGetTextDatum(pfx_to_server(copy->query, copy->encoding));
	else
	{
		v[QUERY] = (Datum) 0;
		nulls[QUERY] = true;
	}
	v[PLANS] = Int64GetDatum(s->plan.count);
	v[TOTAL_PLAN_TIME] = pfx_ms(s->plan.total);
	v[MIN_PLAN_TIME] = pfx_ms(s->plan.min);
	v[MAX_PLAN_TIME] = pfx_ms(s->plan.max);
	v[MEAN_PLAN_TIME] = pfx_ms(s->plan.mean);
	v[STDDEV_PLAN_TIME] = pfx_stddev_ms(&s->plan);
	v[CALLS] = Int64GetDatum(s->exec.count);
	v[FAILURES] = Int64GetDatum(s->failures);
	v[FAILED_EXEC_TIME] = pfx_ms(s->failed_exec_time);
	v[ABANDONED] = Int64GetDatum(s->abandoned);
	v[TOTAL_EXEC_TIME] = pfx_ms(s->exec.total);
	v[MIN_EXEC_TIME] = pfx_ms(s->exec.min);
	v[MAX_EXEC_TIME] = pfx_ms(s->exec.max);
	v[MEAN_EXEC_TIME] = pfx_ms(s->exec.mean);
	v[STDDEV_EXEC_TIME] = pfx_stddev_ms(&s->exec);
	v[P50_EXEC_TIME] = Float8GetDatum(pfx_percentile_ms(copy->hist, 0.50, &s->exec));
	v[P95_EXEC_TIME] = Float8GetDatum(pfx_percentile_ms(copy->hist, 0.95, &s->exec));
	v[P99_EXEC_TIME] = Float8GetDatum(pfx_percentile_ms(copy->hist, 0.99, &s->exec));
	nulls[P50_EXEC_TIME] = nulls[P95_EXEC_TIME] = nulls[P99_EXEC_TIME] = s->exec.count == 0;
	v[ROWS] = Int64GetDatum(s->rows);
	v[CPU_TIME] = pfx_ms(s->cpu_time);
	/* never read for nested statements */
	nulls[CPU_TIME] = copy->key.toplevel == 0 && s->cpu_time == 0;
	v[SHARED_BLKS_HIT] = Int64GetDatum(u->shared_blks_hit);
	v[SHARED_BLKS_READ] = Int64GetDatum(u->shared_blks_read);
	v[SHARED_BLKS_DIRTIED] = Int64GetDatum(u->shared_blks_dirtied);
	v[SHARED_BLKS_WRITTEN] = Int64GetDatum(u->shared_blks_written);
	v[LOCAL_BLKS_HIT] = Int64GetDatum(u->local_blks_hit);
	v[LOCAL_BLKS_READ] = Int64GetDatum(u->local_blks_read);
	v[LOCAL_BLKS_DIRTIED] = Int64GetDatum(u->local_blks_dirtied);
	v[LOCAL_BLKS_WRITTEN] = Int64GetDatum(u->local_blks_written);
	v[TEMP_BLKS_READ] = Int64GetDatum(u->temp_blks_read);
	v[TEMP_BLKS_WRITTEN] = Int64GetDatum(u->temp_blks_written);
	v[SHARED_BLK_READ_TIME] = pfx_ms(u->shared_blk_read_time);
	v[SHARED_BLK_WRITE_TIME] = pfx_ms(u->shared_blk_write_time);
	v[LOCAL_BLK_READ_TIME] = pfx_ms(u->local_blk_read_time);
	v[LOCAL_BLK_WRITE_TIME] = pfx_ms(u->local_blk_write_time);
	nulls[LOCAL_BLK_READ_TIME] = nulls[LOCAL_BLK_WRITE_TIME] = !PFX_HAVE_LOCAL_BLK_TIME;
	v[TEMP_BLK_READ_TIME] = pfx_ms(u->temp_blk_read_time);
	v[TEMP_BLK_WRITE_TIME] = pfx_ms(u->temp_blk_write_time);
	v[WAL_RECORDS] = Int64GetDatum(u->wal_records);
	v[WAL_FPI] = Int64GetDatum(u->wal_fpi);
	v[WAL_BYTES] = numeric_from_int64(u->wal_bytes);
	v[WAL_BUFFERS_FULL] = Int64GetDatum(u->wal_buffers_full);
	nulls[WAL_BUFFERS_FULL] = !PFX_HAVE_WAL_BUFFERS_FULL;
	v[JIT_FUNCTIONS] = Int64GetDatum(s->jit.functions);
	v[JIT_GENERATION_TIME] = pfx_ms(s->jit.generation_time);
	v[JIT_INLINING_COUNT] = Int64GetDatum(s->jit.inlining_count);
	v[JIT_INLINING_TIME] = pfx_ms(s->jit.inlining_time);
	v[JIT_OPTIMIZATION_COUNT] = Int64GetDatum(s->jit.optimization_count);
	v[JIT_OPTIMIZATION_TIME] = pfx_ms(s->jit.optimization_time);
	v[JIT_EMISSION_COUNT] = Int64GetDatum(s->jit.emission_count);
	v[JIT_EMISSION_TIME] = pfx_ms(s->jit.emission_time);
	v[JIT_DEFORM_COUNT] = Int64GetDatum(s->jit.deform_count);
	v[JIT_DEFORM_TIME] = pfx_ms(s->jit.deform_time);
	nulls[JIT_DEFORM_COUNT] = nulls[JIT_DEFORM_TIME] = !PFX_HAVE_JIT_DEFORM;
	v[GENERIC_PLAN_CALLS] = Int64GetDatum(s->generic_plan_calls);
	v[CUSTOM_PLAN_CALLS] = Int64GetDatum(s->custom_plan_calls);
	nulls[GENERIC_PLAN_CALLS] = nulls[CUSTOM_PLAN_CALLS] = !PFX_HAVE_PLAN_ORIGIN;
	v[COMMITS] = Int64GetDatum(s->commits);
	v[COMMIT_TIME] = pfx_ms(s->commit_time);
	v[CLIENT_GAP_TIME] = pfx_ms(s->client_gap_time);
	v[IDLE_IN_TRANSACTION_TIME] = pfx_ms(s->idle_in_transaction_time);
	v[FK_CHECKS] = Int64GetDatum(s->fk_checks);
	v[FK_TIME] = pfx_ms(s->fk_time);
	nulls[FK_CHECKS] = nulls[FK_TIME] = !PFX_SEES_FK_CHECKS && s->fk_checks == 0;
	/* utility statements have no executor memory to look at */
	v[PEAK_MEMORY_BYTES] = Int64GetDatum(s->peak_memory_bytes);
	nulls[PEAK_MEMORY_BYTES] = s->peak_memory_bytes == 0;
	v[MEAN_MEMORY_BYTES] = Int64GetDatum(s->memory_samples > 0 ?
										 s->sum_memory_bytes / s->memory_samples : 0);
	nulls[MEAN_MEMORY_BYTES] = s->memory_samples == 0;
	v[PARALLEL_WORKERS_TO_LAUNCH] = Int64GetDatum(s->workers_to_launch);
	v[PARALLEL_WORKERS_LAUNCHED] = Int64GetDatum(s->workers_launched);
	if (readable && copy->tags_len > 0)
	{
		char	   *raw = pfx_to_server(copy->tags, copy->encoding);

		tags = pfx_tags_to_jsonb(raw, strlen(raw));
	}
	nulls[TAGS] = tags == NULL;
	v[TAGS] = JsonbPGetDatum(tags);
	v[STATS_SINCE] = TimestampTzGetDatum(s->stats_since);
	v[MINMAX_STATS_SINCE] = TimestampTzGetDatum(s->minmax_stats_since);
	v[LAST_CALL] = TimestampTzGetDatum(s->last_call);
	nulls[LAST_CALL] = s->last_call == 0;
	pfx_emit(set, v, nulls);
}

/*
 * perfext.statements_1_0() -> setof record, one row per statement; times in
 * milliseconds.  Errors when the library was not preloaded.
 */
Datum
perfext_statements_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = pfx_begin_set(fcinfo, NCOLUMNS);

	if (pfx_give_kept(PFX_KEPT_STATEMENTS, set))
		return (Datum) 0;
	pfx_statements_foreach(PFX_COPY_TEXT | PFX_COPY_HIST, emit_statement, set);
	pfx_keep(PFX_KEPT_STATEMENTS, set);
	return (Datum) 0;
}
