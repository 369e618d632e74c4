/*-------------------------------------------------------------------------
 *
 * jobs.c
 *	  SQL functions of jobs: beginning and ending a run, naming its steps, and what
 *	  the views perfext.etl_jobs and perfext.etl_steps show.
 *
 * Separate because names come from users here: they are cut to their place, and
 * shown to others only with the right to read their statements.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "sqlapi/common.h"
#include "store/jobs.h"

PG_FUNCTION_INFO_V1(perfext_job_start_1_0);
PG_FUNCTION_INFO_V1(perfext_job_step_1_0);
PG_FUNCTION_INFO_V1(perfext_job_end_1_0);
PG_FUNCTION_INFO_V1(perfext_etl_jobs_1_0);
PG_FUNCTION_INFO_V1(perfext_etl_steps_1_0);

#define MASKED "<insufficient privilege>"

/* As the OUT parameters of perfext.etl_jobs() in src/sql/46_etl_jobs.sql */
typedef enum JobColumn
{
	JOB_NAME,
	JOB_RUN_ID,
	JOB_USERID,
	JOB_DBID,
	JOB_PID,
	JOB_SOURCE,
	JOB_STATUS,
	JOB_STARTED,
	JOB_ENDED,
	JOB_ELAPSED_TIME,
	JOB_STEPS,
	JOB_SESSIONS,
	JOB_TRACE_ID,
	JOB_TAGS,
	JOB_FIGURES
} JobColumn;

/* The same of perfext.etl_steps() */
typedef enum StepColumn
{
	STEP_RUN_ID,
	STEP_USERID,
	STEP_DBID,
	STEP_NO,
	STEP_NAME,
	STEP_NAMED,
	STEP_OPERATION,
	STEP_RELID,
	STEP_SCHEMANAME,
	STEP_RELNAME,
	STEP_STARTED,
	STEP_ENDED,
	STEP_ELAPSED_TIME,
	STEP_EXPECTED_ROWS,
	STEP_QUERYIDS,
	STEP_FIGURES
} StepColumn;

/* The last columns of both */
typedef enum FigureColumn
{
	TOTAL_TIME,
	TOTAL_PLAN_TIME,
	ROWS,
	ROWS_IN,
	ROWS_OUT,
	STATEMENTS,
	NESTED_STATEMENTS,
	FAILURES,
	COMMITS,
	COMMIT_TIME,
	CLIENT_GAP_TIME,
	FK_TIME,
	SHARED_BLKS_HIT,
	SHARED_BLKS_READ,
	TEMP_BYTES,
	WAL_RECORDS,
	WAL_BYTES,
	PEAK_MEMORY_BYTES,
	NFIGURES
} FigureColumn;

/* ---- what a job calls ---- */

/* A name or status that somebody gave, on a place of this size */
static void
take_name(FunctionCallInfo fcinfo, const char *what, const char *example, char *name, int size)
{
	text	   *given = PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0);
	int			len = given == NULL ? 0 : VARSIZE_ANY_EXHDR(given);

	if (len == 0)
		ereport(ERROR,
				(errcode(given == NULL ? ERRCODE_NULL_VALUE_NOT_ALLOWED :
						 ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be empty", what),
				 errhint("For example: %s", example)));
	if (len >= size)
		len = pg_mbcliplen(VARDATA_ANY(given), len, size - 1);
	memcpy(name, VARDATA_ANY(given), len);
	name[len] = '\0';
}

static void
take_tags(Jsonb *tags, char *place)
{
	char	   *json;
	int			len;

	if (!JB_ROOT_IS_OBJECT(tags))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("tags of a job must be a JSON object"),
				 errhint("For example: '{\"source\": \"shop\", \"day\": \"2026-01-31\"}'")));
	json = JsonbToCString(NULL, &tags->root, VARSIZE(tags));
	len = strlen(json);
	if (len >= PFX_JOB_TAGS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("tags of a job are too long"),
				 errdetail("They have %d bytes as text.", len),
				 errhint("There is room for %d bytes.", PFX_JOB_TAGS - 1)));
	memcpy(place, json, len + 1);
}

/*
 * perfext.job_start(name text, tags jsonb) -> bigint: begins a run of a job in this
 * session, and ends the one before.  Names longer than their place are cut.  Errors on
 * an empty name, on tags that are no object or too long, and when the library was not
 * preloaded.
 */
Datum
perfext_job_start_1_0(PG_FUNCTION_ARGS)
{
	PfxJobRun	run;

	pfx_require_preload();
	memset(&run, 0, sizeof(run));
	take_name(fcinfo, "the name of a job", "SELECT perfext.job_start('nightly_load');", run.name,
			  sizeof(run.name));
	if (!PG_ARGISNULL(1))
		take_tags(PG_GETARG_JSONB_P(1), run.tags);
	if (pfx_job_running && pfx_job.run.source == PFX_JOB_CALLED)
		ereport(NOTICE,
				(errmsg("job \"%s\" is still running: its run ends as superseded",
						pfx_job.run.name),
				 errhint("Parts of a job are steps: perfext.job_step('...').")));
	run.source = PFX_JOB_CALLED;
	run.userid = GetUserId();
	run.dbid = MyDatabaseId;
	run.pid = MyProcPid;
	run.encoding = GetDatabaseEncoding();
	run.sessions = 1;
	run.started = GetCurrentTimestamp();
	run.last_seen = run.started;
	run.job_hash = pfx_job_hash(run.name, run.userid, run.dbid);
	PG_RETURN_INT64(pfx_job_start(&run));
}

static void
require_run(int64 run)
{
	if (run == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no job was started in this session"),
				 errhint("Call perfext.job_start() first. Through a pooler that changes sessions "
						 "between transactions, tag the statements with /*job='...'*/ instead.")));
}

/*
 * perfext.job_step(name text, expected_rows bigint) -> integer: number of the step of
 * this name, which begins, or goes on if the run had it before.  Errors on an empty
 * name, without a run, and when the library was not preloaded.
 */
Datum
perfext_job_step_1_0(PG_FUNCTION_ARGS)
{
	int64		expected_rows = PG_ARGISNULL(1) ? -1 : PG_GETARG_INT64(1);
	char		name[PFX_JOB_NAME];
	int			number;

	pfx_require_preload();
	take_name(fcinfo, "the name of a step", "SELECT perfext.job_step('load orders', 100000);",
			  name, sizeof(name));
	if (expected_rows < 0 && !PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("expected rows must not be negative"),
				 errhint("Leave them out when they are not known.")));
	number = pfx_job_step(name, expected_rows);
	require_run(number);
	PG_RETURN_INT32(number);
}

/*
 * perfext.job_end(status text) -> bigint: ends the session's run and returns its
 * number.  Errors on an empty status or "running", without a run, and when the library
 * was not preloaded.
 */
Datum
perfext_job_end_1_0(PG_FUNCTION_ARGS)
{
	char		status[PFX_JOB_STATUS];
	int64		run;

	pfx_require_preload();
	take_name(fcinfo, "the status of a job", "SELECT perfext.job_end('ok');", status,
			  sizeof(status));
	if (strcmp(status, "running") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a job that ends cannot have the status \"running\""),
				 errhint("Say \"ok\", \"failed\", or a word of your own.")));
	run = pfx_job_end(status);
	require_run(run);
	PG_RETURN_INT64(run);
}

/* ---- what the views show ---- */

static Datum
text_or_null(const char *value, int encoding, bool *isnull)
{
	*isnull = value == NULL || value[0] == '\0';
	return *isnull ? (Datum) 0 :
		CStringGetTextDatum(pfx_to_server(pstrdup(value), encoding));
}

static void
emit_figures(Datum *v, const PfxJobFigures *f)
{
	v[TOTAL_TIME] = pfx_ms(f->exec_time + f->plan_time);
	v[TOTAL_PLAN_TIME] = pfx_ms(f->plan_time);
	v[ROWS] = Int64GetDatum(f->rows_in + f->rows_out);
	v[ROWS_IN] = Int64GetDatum(f->rows_in);
	v[ROWS_OUT] = Int64GetDatum(f->rows_out);
	v[STATEMENTS] = Int64GetDatum(f->statements);
	v[NESTED_STATEMENTS] = Int64GetDatum(f->nested);
	v[FAILURES] = Int64GetDatum(f->failures);
	v[COMMITS] = Int64GetDatum(f->commits);
	v[COMMIT_TIME] = pfx_ms(f->commit_time);
	v[CLIENT_GAP_TIME] = pfx_ms(f->client_gap_time);
	v[FK_TIME] = pfx_ms(f->fk_time);
	v[SHARED_BLKS_HIT] = Int64GetDatum(f->shared_blks_hit);
	v[SHARED_BLKS_READ] = Int64GetDatum(f->shared_blks_read);
	v[TEMP_BYTES] = Int64GetDatum(f->temp_blks_written * BLCKSZ);
	v[WAL_RECORDS] = Int64GetDatum(f->wal_records);
	v[WAL_BYTES] = DirectFunctionCall1(int8_numeric, Int64GetDatum(f->wal_bytes));
	v[PEAK_MEMORY_BYTES] = Int64GetDatum(f->peak_memory_bytes);
}

static const char *
source_name(PfxJobSource source)
{
	switch (source)
	{
		case PFX_JOB_CALLED:
			return "job_start";
		case PFX_JOB_TAGGED:
			return "tag";
		case PFX_JOB_APPLICATION:
			return "application_name";
	}
	return NULL;
}

/* Given by perfext and not by a user */
static bool
is_own_status(const char *status)
{
	static const char *const own[] = {
		"running", "ok", "failed", "disconnected", "superseded", "crashed"
	};

	for (int i = 0; i < lengthof(own); i++)
		if (strcmp(status, own[i]) == 0)
			return true;
	return false;
}

static void
emit_job(const PfxJobRun *run, const PfxJobStep *steps, int nsteps, void *arg)
{
	ReturnSetInfo *set = (ReturnSetInfo *) arg;
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz ended;
	const char *status = pfx_job_status(run, now, &ended);
	bool		readable = pfx_may_read(run->userid);
	Datum		v[JOB_FIGURES + NFIGURES];
	bool		nulls[JOB_FIGURES + NFIGURES];

	memset(nulls, 0, sizeof(nulls));
	v[JOB_NAME] = text_or_null(readable ? run->name : MASKED, run->encoding, &nulls[JOB_NAME]);
	v[JOB_RUN_ID] = Int64GetDatum(run->run_id);
	v[JOB_USERID] = ObjectIdGetDatum(run->userid);
	v[JOB_DBID] = ObjectIdGetDatum(run->dbid);
	v[JOB_PID] = Int32GetDatum(run->pid);
	v[JOB_SOURCE] = CStringGetTextDatum(source_name(run->source));
	v[JOB_STATUS] = text_or_null(readable || is_own_status(status) ? status : MASKED,
								 run->encoding, &nulls[JOB_STATUS]);
	v[JOB_STARTED] = TimestampTzGetDatum(run->started);
	v[JOB_ENDED] = TimestampTzGetDatum(ended);
	nulls[JOB_ENDED] = ended == 0;
	v[JOB_ELAPSED_TIME] = pfx_ms(1e3 * Max((ended != 0 ? ended : now) - run->started, 0));
	v[JOB_STEPS] = Int32GetDatum(nsteps);
	v[JOB_SESSIONS] = Int32GetDatum(run->sessions);
	v[JOB_TRACE_ID] = text_or_null(readable ? run->trace : NULL, run->encoding,
								   &nulls[JOB_TRACE_ID]);
	nulls[JOB_TAGS] = !readable || run->tags[0] == '\0';
	v[JOB_TAGS] = nulls[JOB_TAGS] ? (Datum) 0 :
		DirectFunctionCall1(jsonb_in, CStringGetDatum(pfx_to_server(pstrdup(run->tags),
																	 run->encoding)));
	emit_figures(v + JOB_FIGURES, &run->figures);
	pfx_emit(set, v, nulls);
}

/*
 * perfext.etl_jobs() -> one row per run; other users' names and tags only for members
 * of pg_read_all_stats.  Errors when the library was not preloaded.
 */
Datum
perfext_etl_jobs_1_0(PG_FUNCTION_ARGS)
{
	pfx_jobs_foreach(emit_job, pfx_begin_set(fcinfo, JOB_FIGURES + NFIGURES), true);
	return (Datum) 0;
}

static Datum
step_queryids(const PfxJobStep *step)
{
	Datum		ids[PFX_JOB_QUERYIDS];
	PfxJobQuery queries[PFX_JOB_QUERYIDS];
	int			n = 0;

	/* those that took longest first */
	for (int i = 0; i < PFX_JOB_QUERYIDS && step->queries[i].queryid != 0; i++)
	{
		int			at = n++;

		for (; at > 0 && queries[at - 1].time < step->queries[i].time; at--)
			queries[at] = queries[at - 1];
		queries[at] = step->queries[i];
	}
	for (int i = 0; i < n; i++)
		ids[i] = Int64GetDatum((int64) queries[i].queryid);
	return PointerGetDatum(construct_array(ids, n, INT8OID, 8, true, TYPALIGN_DOUBLE));
}

/* A named step is timed by the clock, others by what their statements took */
static double
step_elapsed(const PfxJobRun *run, const PfxJobStep *step, TimestampTz now)
{
	const PfxJobFigures *f = &step->figures;

	if (step->name.operation != PFX_OP_NONE || run->source != PFX_JOB_CALLED)
		return f->exec_time + f->plan_time + f->commit_time + f->client_gap_time;
	return 1e3 * (step->elapsed + (step->since != 0 ? Max(now - step->since, 0) : 0));
}

static void
emit_steps(const PfxJobRun *run, const PfxJobStep *steps, int nsteps, void *arg)
{
	ReturnSetInfo *set = (ReturnSetInfo *) arg;
	TimestampTz now = GetCurrentTimestamp();
	bool		readable = pfx_may_read(run->userid);

	for (int i = 0; i < nsteps; i++)
	{
		const PfxJobStep *step = &steps[i];
		const PfxJobStepName *name = &step->name;
		const char *operation = pfx_job_operation_name(name->operation);
		bool		named = name->operation == PFX_OP_NONE;
		const char *words = NULL;
		Datum		v[STEP_FIGURES + NFIGURES];
		bool		nulls[STEP_FIGURES + NFIGURES];

		memset(nulls, 0, sizeof(nulls));
		if (named)
			words = readable ? name->name : MASKED;
		else if (name->operation == PFX_OP_SESSION)
			words = "(session)";
		else if (name->operation == PFX_OP_MORE)
			words = "(more steps)";
		v[STEP_RUN_ID] = Int64GetDatum(run->run_id);
		v[STEP_USERID] = ObjectIdGetDatum(run->userid);
		v[STEP_DBID] = ObjectIdGetDatum(run->dbid);
		v[STEP_NO] = Int32GetDatum(i + 1);
		v[STEP_NAME] = text_or_null(words, run->encoding, &nulls[STEP_NAME]);
		v[STEP_NAMED] = BoolGetDatum(named);
		v[STEP_OPERATION] = text_or_null(operation, run->encoding, &nulls[STEP_OPERATION]);
		v[STEP_RELID] = ObjectIdGetDatum(name->relid);
		nulls[STEP_RELID] = !OidIsValid(name->relid);
		v[STEP_SCHEMANAME] = text_or_null(operation != NULL ? name->name : NULL, run->encoding,
										  &nulls[STEP_SCHEMANAME]);
		v[STEP_RELNAME] = text_or_null(operation != NULL ? name->name + NAMEDATALEN : NULL,
									   run->encoding, &nulls[STEP_RELNAME]);
		v[STEP_STARTED] = TimestampTzGetDatum(step->started);
		v[STEP_ENDED] = TimestampTzGetDatum(step->ended);
		nulls[STEP_ENDED] = step->since != 0;
		v[STEP_ELAPSED_TIME] = pfx_ms(step_elapsed(run, step, now));
		v[STEP_EXPECTED_ROWS] = Int64GetDatum(step->expected_rows);
		nulls[STEP_EXPECTED_ROWS] = step->expected_rows < 0;
		v[STEP_QUERYIDS] = step_queryids(step);
		emit_figures(v + STEP_FIGURES, &step->figures);
		pfx_emit(set, v, nulls);
	}
}

/*
 * perfext.etl_steps_1_0() -> one row per step of a run; names that other users gave
 * only for members of pg_read_all_stats.  Errors when the library was not preloaded.
 */
Datum
perfext_etl_steps_1_0(PG_FUNCTION_ARGS)
{
	pfx_jobs_foreach(emit_steps, pfx_begin_set(fcinfo, STEP_FIGURES + NFIGURES), true);
	return (Datum) 0;
}
