/*-------------------------------------------------------------------------
 *
 * admin.c
 *	  SQL functions that are about perfext itself: info and reset.
 *
 * Separate from the functions that show what was recorded.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "clock.h"
#include "perfext.h"
#include PFX_QUERYJUMBLE_H
#include "sqlapi/common.h"
#include "sqlapi/kept.h"
#include "store/events.h"
#include "store/findings.h"

PG_FUNCTION_INFO_V1(perfext_info_1_0);
PG_FUNCTION_INFO_V1(perfext_reset_1_0);
PG_FUNCTION_INFO_V1(perfext_reset_kind_1_0);

/* As the OUT parameters of perfext.info_1_0() in src/sql/10_info.sql */
typedef enum InfoColumn
{
	VERSION,
	CLOCK,
	QUERY_IDS,
	MEMORY_BYTES,
	MEMORY_USED_BYTES,
	STATEMENTS,
	PLANS,
	NODES,
	MAX_STATEMENTS,
	MAX_PLANS,
	MAX_NODES,
	RECORDED,
	EVICTED,
	EVICTED_PLANS,
	DROPPED,
	DROPPED_SAMPLES,
	PENDING,
	PENDING_WAITS,
	RENDER_FAILURES,
	EXEC_TIME,
	OVERHEAD_TIME,
	OVERHEAD_RATIO,
	MAX_OVERHEAD_TIME,
	WHAT_IF_PROOFS,
	WHAT_IF_TIME,
	LAST_SAVE,
	SAVE_TIME,
	STATS_RESET,
	LAST_ERROR,
	LAST_ERROR_AT,
	DETECTOR,
	PATTERN_EVENTS,
	PATTERN_EVENTS_DROPPED,
	PATTERN_STREAMS,
	PATTERN_MEMORY_BYTES,
	PATTERNS,
	MAX_PATTERNS,
	PATTERNS_EVICTED,
	NCOLUMNS
} InfoColumn;

/* What finds N+1 patterns: memory is that of its process, NULL while it does not run */
static void
put_patterns(Datum *v, bool *nulls)
{
	PfxEventsInfo events;
	PfxFindingsInfo findings;

	pfx_events_info(&events);
	pfx_findings_info(&findings);
	v[DETECTOR] = BoolGetDatum(events.reader);
	v[PATTERN_EVENTS] = Int64GetDatum(events.written);
	v[PATTERN_EVENTS_DROPPED] = Int64GetDatum(events.dropped);
	nulls[PATTERN_STREAMS] = nulls[PATTERN_MEMORY_BYTES] = !events.reader;
	v[PATTERN_STREAMS] = Int64GetDatum(findings.streams);
	v[PATTERN_MEMORY_BYTES] = Int64GetDatum(findings.memory_bytes);
	v[PATTERNS] = Int64GetDatum(findings.findings);
	v[MAX_PATTERNS] = Int64GetDatum(findings.max_findings);
	v[PATTERNS_EVICTED] = Int64GetDatum(findings.evicted);
}

/*
 * perfext.info_1_0() -> one row about perfext itself; bytes, and times in
 * milliseconds.  Errors when the library was not preloaded.
 */
Datum
perfext_info_1_0(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *set = pfx_begin_set(fcinfo, NCOLUMNS);
	PfxStoreInfo info;
	Datum		v[NCOLUMNS];
	bool		nulls[NCOLUMNS];

	pfx_store_info(&info);
	memset(nulls, 0, sizeof(nulls));
	v[VERSION] = CStringGetTextDatum(PFX_VERSION);
	v[CLOCK] = CStringGetTextDatum(pfx_clock_name());
	v[QUERY_IDS] = BoolGetDatum(IsQueryIdEnabled());
	v[MEMORY_BYTES] = Int64GetDatum(info.memory_bytes);
	v[MEMORY_USED_BYTES] = Int64GetDatum(info.memory_used_bytes);
	v[STATEMENTS] = Int64GetDatum(info.statements);
	v[PLANS] = Int64GetDatum(info.plans);
	v[NODES] = Int64GetDatum(info.nodes);
	v[MAX_STATEMENTS] = Int64GetDatum(info.max_statements);
	v[MAX_PLANS] = Int64GetDatum(info.max_plans);
	v[MAX_NODES] = Int64GetDatum(info.max_nodes);
	v[RECORDED] = Int64GetDatum(info.totals.records);
	v[EVICTED] = Int64GetDatum(info.evicted_statements);
	v[EVICTED_PLANS] = Int64GetDatum(info.evicted_plans);
	v[DROPPED] = Int64GetDatum(info.totals.dropped);
	v[DROPPED_SAMPLES] = Int64GetDatum(info.totals.dropped_samples);
	v[PENDING] = Int64GetDatum(info.totals.pending);
	v[PENDING_WAITS] = Int64GetDatum(info.totals.lock_waits);
	v[RENDER_FAILURES] = Int64GetDatum(info.totals.render_failures);
	v[EXEC_TIME] = pfx_ms(info.totals.exec_time);
	v[OVERHEAD_TIME] = pfx_ms(info.totals.overhead_time);
	v[OVERHEAD_RATIO] = Float8GetDatum(info.totals.exec_time > 0 ?
									   (double) info.totals.overhead_time /
									   info.totals.exec_time : 0);
	nulls[OVERHEAD_RATIO] = info.totals.exec_time == 0;
	v[MAX_OVERHEAD_TIME] = pfx_ms(info.max_overhead_time);
	v[WHAT_IF_PROOFS] = Int64GetDatum(info.totals.what_if_proofs);
	v[WHAT_IF_TIME] = pfx_ms(info.totals.what_if_time);
	v[LAST_SAVE] = TimestampTzGetDatum(info.last_save);
	nulls[LAST_SAVE] = info.last_save == 0;
	v[SAVE_TIME] = pfx_ms(info.save_time);
	nulls[SAVE_TIME] = info.save_time == 0;
	v[STATS_RESET] = TimestampTzGetDatum(info.stats_reset);
	nulls[LAST_ERROR] = nulls[LAST_ERROR_AT] = info.last_error[0] == '\0';
	v[LAST_ERROR] = nulls[LAST_ERROR] ? (Datum) 0 : CStringGetTextDatum(info.last_error);
	v[LAST_ERROR_AT] = TimestampTzGetDatum(info.last_error_at);
	put_patterns(v, nulls);
	pfx_emit(set, v, nulls);
	return (Datum) 0;
}

/*
 * perfext.reset(userid oid, dbid oid, queryid bigint, minmax_only bool) ->
 * timestamptz of the reset.  0 stands for all.  EXECUTE is not granted to
 * PUBLIC.  Errors when the library was not preloaded.
 */
Datum
perfext_reset_1_0(PG_FUNCTION_ARGS)
{
	TimestampTz now;

	pfx_require_preload();
	pfx_forget_kept();
	pfx_events_forget(PFX_EVENTS_TIMEOUT);
	now = pfx_statements_reset(PG_GETARG_OID(0), PG_GETARG_OID(1), (uint64) PG_GETARG_INT64(2),
							   PG_GETARG_BOOL(3));
	if (!PG_GETARG_BOOL(3))
		pfx_regions_reset(PG_GETARG_OID(0), PG_GETARG_OID(1),
						  (uint64) PG_GETARG_INT64(2));
	PG_RETURN_TIMESTAMPTZ(now);
}

/*
 * perfext.reset_kind(kind text) -> timestamptz: forgets all of one kind
 * (statements, plans, or what a region of the store keeps).  Errors on another
 * kind, and when the library was not preloaded.
 */
Datum
perfext_reset_kind_1_0(PG_FUNCTION_ARGS)
{
	char	   *kind = text_to_cstring(PG_GETARG_TEXT_PP(0));

	pfx_require_preload();
	pfx_forget_kept();
	pfx_events_forget(PFX_EVENTS_TIMEOUT);
	if (strcmp(kind, "statements") == 0)
		(void) pfx_statements_reset(InvalidOid, InvalidOid, 0, false);
	else if (strcmp(kind, "plans") == 0)
		pfx_plans_reset();
	else if (!pfx_region_reset(kind))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("perfext records no kind \"%s\"", kind),
				 errhint("Kinds are \"statements\", \"plans\"%s.", pfx_region_names())));
	PG_RETURN_TIMESTAMPTZ(GetCurrentTimestamp());
}
