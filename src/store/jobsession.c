/*-------------------------------------------------------------------------
 *
 * jobsession.c
 *	  The run that this backend works for, and what it has to add to it.
 *
 * Separate from jobs.c, which has the runs of all backends: here nothing is
 * shared, so that error paths may use it.
 *
 * What a statement measured goes to the run's slot at its end if the lock is free,
 * and otherwise stays in preallocated memory until the next statement begins, a
 * function of jobs is called or the backend exits, as in record.c.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "clock.h"
#include "hot.h"
#include "store/jobs.h"

#define MAX_PENDING 8
#define MAX_WAIT_AT_EXIT INT64CONST(100000000)	/* ns */
#define RECENT INT64CONST(1000000)	/* µs; no more than perfext.job_gap can be */

bool		pfx_job_running PFX_HOT = false;
PfxJobSession pfx_job;

static PfxJobAddition pending[MAX_PENDING];
static int	npending = 0;

/*
 * A pooler may give each statement to another client: the runs that were attached
 * to last are found without looking for them.
 */
static struct
{
	uint64		job_hash;
	uint64		trace_hash;
	TimestampTz last_seen;
	PfxJobRef	ref;
}			recent[4];
static int	next_recent = 0;

static void
remember(void)
{
	if (pfx_job.ref.slot < 0)
		return;
	recent[next_recent].job_hash = pfx_job.run.job_hash;
	recent[next_recent].trace_hash = pfx_job.run.trace_hash;
	recent[next_recent].last_seen = pfx_job.run.last_seen;
	recent[next_recent].ref = pfx_job.ref;
	next_recent = (next_recent + 1) % lengthof(recent);
}

static bool
recall(void)
{
	for (int i = 0; i < lengthof(recent); i++)
		if (recent[i].job_hash == pfx_job.run.job_hash &&
			recent[i].trace_hash == pfx_job.run.trace_hash &&
			pfx_job.run.started - recent[i].last_seen <= RECENT)
		{
			pfx_job.ref = recent[i].ref;
			pfx_job.run.run_id = pfx_job.ref.run_id;
			recent[i].last_seen = pfx_job.run.started;
			return true;
		}
	return false;
}

/* ---- what is to be added ---- */

/* Touches only static memory: for error paths */
void
pfx_job_record_later(const PfxJobAddition *addition)
{
	for (int i = 0; i < npending; i++)
		if (pending[i].step.hash == addition->step.hash)
		{
			pfx_job_add_figures(&pending[i].figures, &addition->figures);
			pending[i].to = addition->to;
			pending[i].failed = addition->failed;
			if (addition->queryid != 0)
				pending[i].queryid = addition->queryid;
			return;
		}
	if (npending < MAX_PENDING)
		pending[npending++] = *addition;
	else
		pfx_local_totals.dropped++;
}

/* Brings the run into shared memory if it is not there; false: not now */
static bool
publish(void)
{
	if (!pfx_job.unpublished)
		return true;
	/* others may have begun it */
	if (pfx_job.run.source == PFX_JOB_TAGGED && !pfx_job_join(&pfx_job.run, &pfx_job.ref))
		return false;
	if (pfx_job.ref.slot < 0 && !pfx_job_create(&pfx_job.run, false, &pfx_job.ref))
		return false;
	pfx_job.unpublished = false;
	pfx_job.run.run_id = pfx_job.ref.run_id;
	remember();
	return true;
}

/* Adds it, or drops it where there is no room for its run; false: not now */
static bool
add_now(const PfxJobAddition *addition, bool wait)
{
	if (!publish())
		return false;
	if (pfx_job.ref.slot >= 0 && pfx_job_add(&pfx_job.ref, addition, wait))
		return true;
	if (pfx_job.ref.slot >= 0)
		return false;
	if (pfx_job.run.source != PFX_JOB_CALLED && pfx_job.run.run_id != 0)
	{
		/* evicted or reset while it was quiet: it begins anew */
		pfx_job.run.run_id = 0;
		pfx_job.unpublished = true;
		return false;
	}
	pfx_local_totals.dropped++;
	return true;
}

static void
flush(bool wait)
{
	int			kept = 0;

	for (int i = 0; i < npending; i++)
		if (!add_now(&pending[i], wait))
		{
			if (kept != i)
				pending[kept] = pending[i];
			kept++;
		}
	npending = kept;
}

/* Commits and gaps belong to the step of the statement before them */
static void
keep_late(void)
{
	PfxJobAddition addition;

	/* before the first one they wait for it */
	if (!pfx_job.has_late || pfx_job.last.hash == 0)
		return;
	pfx_job.has_late = false;
	memset(&addition, 0, sizeof(addition));
	addition.step = pfx_job.last;
	addition.from = addition.to = GetCurrentTimestamp();
	addition.failed = pfx_job.last_failed;
	addition.figures = pfx_job.late;
	memset(&pfx_job.late, 0, sizeof(pfx_job.late));
	pfx_job_record_later(&addition);
}

void
pfx_job_flush(void)
{
	keep_late();
	if (npending > 0)
		flush(false);
}

void
pfx_job_record(const PfxJobAddition *addition)
{
	pfx_job_flush();
	if (npending > 0 || !add_now(addition, false))
		pfx_job_record_later(addition);
}

/* ---- beginning and leaving ---- */

static void
begin(const PfxJobRun *run)
{
	memset(&pfx_job, 0, sizeof(pfx_job));
	pfx_job.run = *run;
	pfx_job.ref.slot = -1;
	pfx_job.level = PFX_JOB_ANY_LEVEL;
	npending = 0;
	pfx_job_running = true;
}

/*
 * Whatever runs now is none of this backend's any more.  What could not be added
 * until now is dropped, and counted.
 */
static void
forget(void)
{
	pfx_local_totals.dropped += npending;
	npending = 0;
	pfx_job_running = false;
}

/*
 * The statement that comes belongs to this run of a job that was recognised by
 * its tag or application; run_id 0.  Waits for nothing.
 */
void
pfx_job_attach(const PfxJobRun *run)
{
	begin(run);
	pfx_job.level = 0;
	pfx_job.tagged = run->source == PFX_JOB_TAGGED;
	if (pfx_job.tagged && recall())
		return;
	pfx_job.unpublished = true;
	(void) publish();
}

/* Without ending it: others may go on, or it is over when nobody does */
void
pfx_job_leave(void)
{
	pfx_job_flush();
	forget();
}

/* ---- what the SQL functions do; these wait for locks ---- */

static void
end_called(const char *status)
{
	keep_late();
	flush(true);
	(void) pfx_job_finish(&pfx_job.ref, status, GetCurrentTimestamp(), true);
	forget();
}

/* Begins a run, and ends the one before; returns its number */
int64
pfx_job_start(PfxJobRun *run)
{
	if (pfx_job_running)
	{
		if (pfx_job.run.source == PFX_JOB_CALLED)
			end_called("superseded");
		else
			pfx_job_leave();
	}
	begin(run);
	(void) pfx_job_create(&pfx_job.run, true, &pfx_job.ref);
	return pfx_job.run.run_id;
}

/* The next step; 0: no run was started.  Returns its number. */
int
pfx_job_step(const char *name, int64 expected_rows)
{
	if (!pfx_job_running || pfx_job.run.source != PFX_JOB_CALLED)
		return 0;
	keep_late();
	flush(true);
	pfx_job_step_name(&pfx_job.step, PFX_OP_NONE, InvalidOid, 0, NULL, name);
	pfx_job.last = pfx_job.step;
	pfx_job.level = PFX_JOB_ANY_LEVEL;
	memset(&pfx_job.nested, 0, sizeof(pfx_job.nested));
	return Max(pfx_job_set_step(&pfx_job.ref, &pfx_job.step, expected_rows,
								GetCurrentTimestamp()), 1);
}

/* Ends the run; returns its number, 0: none was started */
int64
pfx_job_end(const char *status)
{
	if (!pfx_job_running || pfx_job.run.source != PFX_JOB_CALLED)
		return 0;
	end_called(status);
	return pfx_job.run.run_id;
}

/* The backend exits, with an error or without; waits for locks, but not for long */
void
pfx_job_exit(void)
{
	uint64		start = pfx_ticks();
	const char *status;

	if (!pfx_job_running)
		return;
	if (pfx_job.last_failed)
		status = "failed";
	else
		status = pfx_job.run.source == PFX_JOB_CALLED ? "disconnected" : "ok";
	pfx_job_flush();
	while (npending > 0 && pfx_ticks_to_ns(pfx_ticks() - start) < MAX_WAIT_AT_EXIT)
	{
		pfx_local_totals.lock_waits++;
		pg_usleep(50);
		flush(false);
	}
	if (pfx_job.run.source != PFX_JOB_TAGGED)
		while (!pfx_job_finish(&pfx_job.ref, status, GetCurrentTimestamp(), false) &&
			   pfx_ticks_to_ns(pfx_ticks() - start) < MAX_WAIT_AT_EXIT)
		{
			pfx_local_totals.lock_waits++;
			pg_usleep(50);
		}
	forget();
}
