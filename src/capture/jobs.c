/*-------------------------------------------------------------------------
 *
 * jobs.c
 *	  Tells which statements of a backend belong to the run of a job, and what
 *	  they add to it.
 *
 * Separate from session.c because only few sessions run jobs, and from the store,
 * which knows no statements.
 *
 * A run is begun by perfext.job_start(), else by a job tag in a statement's
 * comment, else by a statement that writes or sends rows in bulk, under the
 * session's application_name.
 *
 * The statements of a run are those at one level: what a client sends, or, when a
 * function or procedure begins a run or a step, what that runs next.  The
 * statement in which job_start() or job_step() was called is none of the run's, as it
 * began before; it is known by being less deep than what comes (pfx_job.level is
 * PFX_JOB_ANY_LEVEL then).  Of the statements inside them only the rows that they
 * write and their memory are added: everything else is in the outer one's already.
 *
 * With a job tag, through a pooler, a backend works for many clients: only statements
 * that have the tag belong to the run.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "capture/jobs.h"
#include "capture/session.h"
#include "capture/tags.h"
#include "guc.h"

/* ---- beginning ---- */

static void
init_run(PfxJobRun *run, PfxJobSource source, const PfxRef *ref, TimestampTz started)
{
	memset(run, 0, sizeof(*run));
	run->source = source;
	run->userid = ref->key.userid;
	run->dbid = ref->key.dbid;
	run->pid = MyProcPid;
	run->encoding = GetDatabaseEncoding();
	run->sessions = 1;
	run->started = started;
	run->last_seen = started;
}

static void
set_name(PfxJobRun *run, const char *name)
{
	int			len = strlen(name);

	if (len >= PFX_JOB_NAME)
		len = pg_mbcliplen(name, len, PFX_JOB_NAME - 1);
	memcpy(run->name, name, len);
	run->name[len] = '\0';
	run->job_hash = pfx_job_hash(run->name, run->userid, run->dbid);
}

/* The tags that tell the runs of a job apart, the first that is there */
static void
set_trace(PfxJobRun *run, const char *tags, int len)
{
	static const char *const keys[] = {
		"run_id", "job_run_id", "invocation_id", "trace_id", "traceid", "request_id"
	};

	/* of traceparent, version-trace-span-flags, the span differs in each statement */
	if (pfx_tags_find(tags, len, "traceparent", run->trace, PFX_JOB_TRACE) &&
		strlen(run->trace) > 35 && run->trace[2] == '-' && run->trace[35] == '-')
	{
		memmove(run->trace, run->trace + 3, 32);
		run->trace[32] = '\0';
	}
	else
	{
		run->trace[0] = '\0';
		for (int i = 0; i < lengthof(keys); i++)
			if (pfx_tags_find(tags, len, keys[i], run->trace, PFX_JOB_TRACE))
				break;
	}
	run->trace_hash = pfx_job_trace_hash(run->trace);
}

/* All of them, if there is room */
static void
set_tags(PfxJobRun *run, const char *tags, int len)
{
	Jsonb	   *jsonb = pfx_tags_to_jsonb(tags, len);
	char	   *json;

	if (jsonb == NULL)
		return;
	json = JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb));
	if (strlen(json) < PFX_JOB_TAGS)
		strcpy(run->tags, json);
	pfree(json);
	pfree(jsonb);
}

static bool
may_have_job(const char *tags, int len)
{
	for (const char *at = tags; (at = memchr(at, 'j', tags + len - at)) != NULL; at++)
		if (tags + len - at > 4 && strncmp(at, "job", 3) == 0)
			return true;
	return false;
}

/*
 * Does the client's statement with these tags belong to the run of a job that was
 * recognised by them?  Then the backend works for that run from here on.
 */
static bool
follow_tags(const PfxRef *ref, TimestampTz started, const char *tags, int len)
{
	PfxJobRun	run;
	char		name[PFX_JOB_NAME];
	char		step[PFX_JOB_NAME];

	if (!may_have_job(tags, len) || !pfx_tags_find(tags, len, "job", name, sizeof(name)))
		return false;
	init_run(&run, PFX_JOB_TAGGED, ref, started);
	set_name(&run, name);
	set_trace(&run, tags, len);
	if (!pfx_job_running || pfx_job.run.source != PFX_JOB_TAGGED ||
		pfx_job.run.job_hash != run.job_hash || pfx_job.run.trace_hash != run.trace_hash ||
		started - pfx_job.run.last_seen > (int64) perfext_job_gap * USECS_PER_SEC)
	{
		if (pfx_job_running)
			pfx_job_leave();
		set_tags(&run, tags, len);
		pfx_job_attach(&run);
	}
	memset(&pfx_job.step, 0, sizeof(pfx_job.step));
	if (pfx_tags_find(tags, len, "step", step, sizeof(step)))
		pfx_job_step_name(&pfx_job.step, PFX_OP_NONE, InvalidOid, 0, NULL, step);
	return true;
}

/* A statement in bulk makes the session a job, if it says who it is */
static bool
follow_application(const PfxRef *ref, const PfxExecRecord *record, bool writes)
{
	PfxJobRun	run;

	if (record->rows < (writes ? PFX_JOB_BULK_WRITE : PFX_JOB_BULK_READ) ||
		application_name == NULL || application_name[0] == '\0')
		return false;
	init_run(&run, PFX_JOB_APPLICATION, ref, record->started);
	set_name(&run, application_name);
	pfx_job_attach(&run);
	return true;
}

/* ---- statements ---- */

void
pfx_jobs_begin(void)
{
	pfx_job.level = Min(pfx_job.level, pfx_nesting_level);
	if (pfx_nesting_level == 0)
		pfx_job_flush();
}

/* Between a client's statements; whose it is with a tag is known at the statement's end */
void
pfx_jobs_gap(int64 gap)
{
	if (pfx_job.run.source == PFX_JOB_APPLICATION &&
		(gap > (int64) perfext_job_gap * USECS_PER_SEC ||
		 strncmp(application_name, pfx_job.run.name, strlen(pfx_job.run.name)) != 0))
	{
		pfx_job_leave();
		return;
	}
	if (pfx_job.run.source != PFX_JOB_TAGGED && gap > 0)
	{
		pfx_job.late.client_gap_time += gap * 1000;
		pfx_job.has_late = true;
	}
}

static void
add_nested(const PfxExecRecord *record, bool writes)
{
	pfx_job.nested.nested++;
	if (writes)
		pfx_job.nested.rows_in += record->rows;
	pfx_job.nested.peak_memory_bytes = Max(pfx_job.nested.peak_memory_bytes,
										   record->memory_bytes);
}

static void
forget_nested(void)
{
	memset(&pfx_job.nested, 0, sizeof(pfx_job.nested));
}

static void
add_statement(const PfxRef *ref, const PfxExecRecord *record, bool writes,
			  const PfxJobStepName *step)
{
	PfxJobAddition addition;
	PfxJobFigures *figures = &addition.figures;

	memset(&addition, 0, sizeof(addition));
	addition.step = pfx_job.step.hash != 0 ? pfx_job.step : *step;
	addition.to = GetCurrentTimestamp();
	addition.from = Max(addition.to - record->exec_time / 1000, pfx_job.run.started);
	addition.queryid = step->operation == PFX_OP_SESSION ? 0 : ref->key.queryid;
	if (addition.queryid != 0)
		pfx_job.last_failed = false;
	addition.failed = pfx_job.last_failed;
	figures->statements = 1;
	if (writes)
		figures->rows_in = record->rows;
	else
		figures->rows_out = record->rows;
	figures->exec_time = record->exec_time;
	figures->plan_time = record->plan_time;
	figures->fk_time = record->fk_time;
	figures->shared_blks_hit = record->used.n > 0 ? record->used.usage.shared_blks_hit : 0;
	if (record->used.n >= PFX_USED_WRITES)
	{
		figures->wal_records = record->used.usage.wal_records;
		figures->wal_bytes = record->used.usage.wal_bytes;
	}
	if (record->used.n == PFX_USED_ALL)
	{
		figures->shared_blks_read = record->used.usage.shared_blks_read;
		figures->temp_blks_written = record->used.usage.temp_blks_written;
	}
	figures->peak_memory_bytes = record->memory_bytes;
	pfx_job_add_figures(figures, &pfx_job.nested);
	forget_nested();
	pfx_job_record(&addition);
	/* a commit that follows COMMIT belongs to what was done before it */
	if (addition.step.operation != PFX_OP_SESSION || pfx_job.last.hash == 0)
		pfx_job.last = addition.step;
	pfx_job.run.last_seen = addition.to;
}

/*
 * Is this statement, which ended, one of the run's?  If not, it is inside one, or
 * around where the run or its step began.
 */
static bool
is_of_run(const PfxExecRecord *record, int level, bool writes)
{
	if (level > pfx_job.level)
	{
		add_nested(record, writes);
		return false;
	}
	if (level < pfx_job.level)
	{
		pfx_job.level = level;
		forget_nested();
		return false;
	}
	return true;
}

/* A client's statement in a run with tags: the gap before counts if the last was, too */
static void
note_tagged(const PfxExecRecord *record, bool tagged)
{
	if (tagged && pfx_job.tagged && record->client_gap_time > 0 && pfx_job.last.hash != 0)
	{
		pfx_job.late.client_gap_time += record->client_gap_time;
		pfx_job.has_late = true;
	}
	pfx_job.tagged = tagged;
	if (tagged)
		return;
	forget_nested();
	/* long enough that the run is over: the other statements no longer look for it */
	if (record->started - pfx_job.run.last_seen > (int64) perfext_job_gap * USECS_PER_SEC)
		pfx_job_leave();
}

void
pfx_jobs_statement(const PfxRef *ref, const PfxExecRecord *record, int level,
				   QueryDesc *queryDesc, const char *tags, int tags_len)
{
	bool		writes = queryDesc->operation != CMD_SELECT;
	PfxJobStepName step;

	if (level == 0 && (!pfx_job_running || pfx_job.run.source != PFX_JOB_CALLED))
	{
		bool		tagged = tags_len > 0 && follow_tags(ref, record->started, tags, tags_len);

		if (pfx_job_running && pfx_job.run.source == PFX_JOB_TAGGED)
		{
			note_tagged(record, tagged);
			if (!tagged)
				return;
		}
	}
	if (!pfx_job_running && !follow_application(ref, record, writes))
		return;
	if (!is_of_run(record, level, writes))
		return;
	pfx_job_step_of_query(queryDesc, ref->key.queryid, &step);
	add_statement(ref, record, writes, &step);
}

/* A utility statement begins, whose tags are known already; is it of a run with tags? */
bool
pfx_jobs_utility_tags(const PfxRef *ref, TimestampTz started, const char *tags, int tags_len)
{
	if (pfx_nesting_level > 0 || tags_len == 0 ||
		(pfx_job_running && pfx_job.run.source == PFX_JOB_CALLED))
		return false;
	return follow_tags(ref, started, tags, tags_len);
}

void
pfx_jobs_utility(const PfxRef *ref, const PfxExecRecord *record, int level,
				 const PfxJobTarget *target, bool tagged)
{
	bool		writes = target->operation >= PFX_OP_INSERT &&
		target->operation != PFX_OP_COPY_TO;
	PfxJobStepName step;

	if (level == 0 && pfx_job_running && pfx_job.run.source == PFX_JOB_TAGGED)
	{
		/* the COMMIT of a run's transaction need not have the tag */
		if (tagged || target->operation != PFX_OP_SESSION)
			note_tagged(record, tagged);
		if (!tagged)
			return;
	}
	if (!pfx_job_running && !follow_application(ref, record, writes))
		return;
	if (!is_of_run(record, level, writes))
		return;
	pfx_job_step_of_utility(target, ref->key.queryid, &step);
	add_statement(ref, record, writes, &step);
}

/* ---- error paths and callbacks: only static memory ---- */

/* Does the text that the client has sent have the tag of the run? */
static bool
text_has_job(void)
{
	char		tags[PFX_MAX_TAGS];
	char		name[PFX_JOB_NAME];
	int			len = pfx_tags_extract(debug_query_string, tags, sizeof(tags));

	return len > 0 && pfx_tags_find(tags, len, "job", name, sizeof(name)) &&
		strcmp(name, pfx_job.run.name) == 0;
}

void
pfx_jobs_failed(const PfxRef *ref, const PfxExecRecord *record)
{
	PfxJobAddition addition;

	pfx_job.level = 0;
	forget_nested();
	if (pfx_job.run.source == PFX_JOB_TAGGED && !text_has_job())
		return;
	pfx_job.last_failed = true;
	memset(&addition, 0, sizeof(addition));
	if (pfx_job.step.hash != 0)
		addition.step = pfx_job.step;
	else if (ref != NULL)
		pfx_job_step_of_failed(ref->key.queryid, &addition.step);
	else if (pfx_job.last.hash != 0)
		addition.step = pfx_job.last;
	else
		pfx_job_step_name(&addition.step, PFX_OP_SESSION, InvalidOid, 0, NULL, NULL);
	addition.to = GetCurrentTimestamp();
	addition.from = Max(addition.to - record->exec_time / 1000, pfx_job.run.started);
	addition.queryid = ref != NULL ? ref->key.queryid : 0;
	addition.failed = true;
	addition.figures.failures = 1;
	addition.figures.exec_time = record->exec_time;
	pfx_job.last = addition.step;
	pfx_job.run.last_seen = addition.to;
	pfx_job_record_later(&addition);
}

void
pfx_jobs_committed(int64 ns)
{
	if (pfx_job.run.source == PFX_JOB_TAGGED && !pfx_job.tagged)
		return;
	pfx_job.late.commit_time += ns;
	pfx_job.late.commits++;
	pfx_job.has_late = true;
}
