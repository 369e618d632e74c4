/*-------------------------------------------------------------------------
 *
 * jobs.c
 *	  Runs of jobs and their steps: beginning, joining, adding to, ending and
 *	  reading them.
 *
 * Separate from jobsession.c, which knows the one run that its backend works for,
 * and from jobregion.c, which knows where they lie and what goes when there is no
 * room.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/timestamp.h"

#include "guc.h"
#include "store/jobregion.h"

/* ---- names ---- */

uint64
pfx_job_hash(const char *name, Oid userid, Oid dbid)
{
	uint64		hash = hash_bytes_extended((const unsigned char *) name, strlen(name), userid);

	return hash_combine64(hash, dbid);
}

/* Of what tells the runs of a job apart; 0 for an empty one */
uint64
pfx_job_trace_hash(const char *trace)
{
	if (trace[0] == '\0')
		return 0;
	return hash_bytes_extended((const unsigned char *) trace, strlen(trace), 0) | 1;
}

/* Fills what a step is; a table's schema and name, or schemaname NULL and a name */
void
pfx_job_step_name(PfxJobStepName *step, PfxJobOperation operation, Oid relid, uint64 queryid,
				  const char *schemaname, const char *name)
{
	memset(step, 0, sizeof(*step));
	step->operation = operation;
	step->queryid = operation == PFX_OP_OTHER ? queryid : 0;
	if (schemaname != NULL)
	{
		strlcpy(step->name, schemaname, NAMEDATALEN);
		strlcpy(step->name + NAMEDATALEN, name, PFX_JOB_NAME - NAMEDATALEN);
	}
	else if (name != NULL)
		strlcpy(step->name, name, PFX_JOB_NAME);
	/* by name: a table that each run makes anew is the same step */
	step->hash = hash_bytes_extended((const unsigned char *) step, sizeof(*step), 0) | 1;
	step->relid = relid;
}

const char *
pfx_job_operation_name(PfxJobOperation operation)
{
	switch (operation)
	{
		case PFX_OP_NONE:
		case PFX_OP_OTHER:
		case PFX_OP_SESSION:
		case PFX_OP_MORE:
			return NULL;
		case PFX_OP_INSERT:
			return "insert";
		case PFX_OP_UPDATE:
			return "update";
		case PFX_OP_DELETE:
			return "delete";
		case PFX_OP_MERGE:
			return "merge";
		case PFX_OP_COPY:
			return "copy";
		case PFX_OP_COPY_TO:
			return "copy_to";
		case PFX_OP_CTAS:
			return "ctas";
		case PFX_OP_REFRESH:
			return "refresh";
		case PFX_OP_CREATE_INDEX:
			return "create_index";
		case PFX_OP_REINDEX:
			return "reindex";
		case PFX_OP_TRUNCATE:
			return "truncate";
		case PFX_OP_ANALYZE:
			return "analyze";
		case PFX_OP_VACUUM:
			return "vacuum";
	}
	return NULL;
}

void
pfx_job_add_figures(PfxJobFigures *to, const PfxJobFigures *from)
{
	int64	   *t = (int64 *) to;
	const int64 *f = (const int64 *) from;
	int64		peak = Max(to->peak_memory_bytes, from->peak_memory_bytes);

	for (int i = 0; i < sizeof(PfxJobFigures) / sizeof(int64); i++)
		t[i] += f[i];
	to->peak_memory_bytes = peak;
}

/* ---- whether a run is over ---- */

/*
 * Status of a run and when it ended (0: it runs).  Nobody says when a run that was
 * recognised by its statements is over: it is when none came for a while.
 */
const char *
pfx_job_status(const PfxJobRun *run, TimestampTz now, TimestampTz *ended)
{
	*ended = run->ended;
	if (run->status[0] != '\0')
		return run->status;
	if (run->source == PFX_JOB_CALLED ||
		now - run->last_seen <= (int64) perfext_job_gap * USECS_PER_SEC)
		return "running";
	*ended = run->last_seen;
	return run->last_failed ? "failed" : "ok";
}

/* Locks the run if it is still there */
static PfxSharedRun *
lock_run(PfxJobRef *ref, bool wait, bool *gone)
{
	PfxSharedRun *shared;

	*gone = ref->slot < 0;
	if (*gone)
		return NULL;
	shared = &pfx_jobs->runs[ref->slot];
	if (wait)
		LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
	else if (!LWLockConditionalAcquire(&shared->lock, LW_EXCLUSIVE))
		return NULL;
	if (shared->generation == ref->generation)
		return shared;
	LWLockRelease(&shared->lock);
	ref->slot = -1;
	*gone = true;
	return NULL;
}

/* ---- runs ---- */

bool
pfx_job_create(PfxJobRun *run, bool wait, PfxJobRef *ref)
{
	PfxSharedRun *shared;

	ref->slot = -1;
	if (run->run_id == 0)
		run->run_id = (int64) pg_atomic_add_fetch_u64(&pfx_jobs->last_run_id, 1);
	ref->run_id = run->run_id;
	if (wait)
		LWLockAcquire(&pfx_jobs->lock, LW_EXCLUSIVE);
	else if (!LWLockConditionalAcquire(&pfx_jobs->lock, LW_EXCLUSIVE))
		return false;
	shared = pfx_jobs_take_run(wait, run->last_seen);
	if (shared != NULL)
	{
		pfx_jobs_init_run(shared, run);
		ref->slot = shared - pfx_jobs->runs;
		ref->generation = shared->generation;
		LWLockRelease(&shared->lock);
	}
	LWLockRelease(&pfx_jobs->lock);
	pfx_region_changed();
	return true;
}

/*
 * Does a statement with this job tag belong to that run?  To one that somebody
 * began by job_start() under the same name, and to one with the same trace; without
 * a trace, to one that was seen shortly before.
 */
static bool
fits(const PfxJobRun *run, const PfxJobRun *like)
{
	if (run->job_hash != like->job_hash || run->status[0] != '\0')
		return false;
	switch ((PfxJobSource) run->source)
	{
		case PFX_JOB_CALLED:
			return true;
		case PFX_JOB_TAGGED:
			return run->trace_hash == like->trace_hash &&
				(run->trace_hash != 0 ||
				 like->started - run->last_seen <= (int64) perfext_job_gap * USECS_PER_SEC);
		case PFX_JOB_APPLICATION:
			return false;
	}
	return false;
}

/* Finds the latest run that a statement belongs to; ref->slot -1: there is none */
bool
pfx_job_join(PfxJobRun *like, PfxJobRef *ref)
{
	PfxSharedRun *best = NULL;

	ref->slot = -1;
	if (!LWLockConditionalAcquire(&pfx_jobs->lock, LW_SHARED))
		return false;
	for (uint32 i = 0; i < pfx_jobs->nruns; i++)
	{
		PfxSharedRun *shared = &pfx_jobs->runs[i];

		if (PFX_RUN_IN_USE(shared) && fits(&shared->run, like) &&
			(best == NULL || shared->run.run_id > best->run.run_id))
			best = shared;
	}
	if (best != NULL && LWLockConditionalAcquire(&best->lock, LW_EXCLUSIVE))
	{
		best->run.sessions++;
		ref->slot = best - pfx_jobs->runs;
		ref->generation = best->generation;
		ref->run_id = best->run.run_id;
		LWLockRelease(&best->lock);
	}
	LWLockRelease(&pfx_jobs->lock);
	return best == NULL || ref->slot >= 0;
}

/* ---- steps ---- */

/* The statements that took most of a step's time: a new one takes the place of the least */
static void
add_query(PfxJobStep *step, uint64 queryid, int64 time)
{
	PfxJobQuery *least = &step->queries[0];

	for (int i = 0; i < PFX_JOB_QUERYIDS; i++)
	{
		PfxJobQuery *query = &step->queries[i];

		if (query->queryid == queryid || query->queryid == 0)
		{
			query->queryid = queryid;
			query->time += time;
			return;
		}
		if (query->time < least->time)
			least = query;
	}
	if (time > least->time)
	{
		least->queryid = queryid;
		least->time = time;
	}
}

static uint32
find_step(PfxSharedRun *shared, uint64 hash, int *number)
{
	uint32		index = shared->first_step;

	for (*number = 1; index != 0; index = pfx_job_step_at(index)->next, (*number)++)
		if (pfx_job_step_at(index)->step.name.hash == hash)
			return index;
	return 0;
}

/* Finds or makes a step; the run's lock is held.  False: not now.  *index 0: no room. */
static bool
get_step(PfxSharedRun *shared, const PfxJobStepName *name, TimestampTz from, bool wait,
		 uint32 *index, int *number)
{
	PfxJobStepName more;
	PfxJobStep *step;

	*index = find_step(shared, name->hash, number);
	if (*index == 0 && shared->nsteps >= PFX_JOB_MAX_STEPS - 1)
	{
		pfx_job_step_name(&more, PFX_OP_MORE, InvalidOid, 0, NULL, NULL);
		name = &more;
		*index = find_step(shared, name->hash, number);
	}
	if (*index != 0)
		return true;
	if (!pfx_jobs_append_step(shared, wait, from, index))
		return false;
	if (*index == 0)
		return true;
	step = &pfx_job_step_at(*index)->step;
	*number = shared->nsteps;
	step->name = *name;
	step->started = from;
	step->ended = from;
	step->expected_rows = -1;
	return true;
}

/*
 * Adds what a statement or commit measured.  Where there is no room for another
 * step it counts in the run alone.
 */
bool
pfx_job_add(PfxJobRef *ref, const PfxJobAddition *addition, bool wait)
{
	bool		gone;
	PfxSharedRun *shared = lock_run(ref, wait, &gone);
	uint32		index;
	int			number;

	if (shared == NULL)
		return false;
	if (shared->run.status[0] != '\0')
	{
		/* whoever began it has ended it */
		LWLockRelease(&shared->lock);
		ref->slot = -1;
		return false;
	}
	if (!get_step(shared, &addition->step, addition->from, wait, &index, &number))
	{
		LWLockRelease(&shared->lock);
		return false;
	}
	if (index != 0)
	{
		PfxJobStep *step = &pfx_job_step_at(index)->step;

		pfx_job_add_figures(&step->figures, &addition->figures);
		step->ended = Max(step->ended, addition->to);
		if (addition->queryid != 0)
			add_query(step, addition->queryid,
					  addition->figures.exec_time + addition->figures.plan_time);
	}
	else
		pfx_local_totals.dropped_samples++;
	pfx_job_add_figures(&shared->run.figures, &addition->figures);
	shared->run.last_seen = Max(shared->run.last_seen, addition->to);
	/* ROLLBACK and the like make no failure good */
	if (addition->queryid != 0 || addition->failed)
		shared->run.last_failed = addition->failed;
	LWLockRelease(&shared->lock);
	pfx_region_changed();
	return true;
}

static void
close_step(PfxSharedRun *shared, TimestampTz now)
{
	if (shared->current_step != 0)
	{
		PfxJobStep *step = &pfx_job_step_at(shared->current_step)->step;

		step->elapsed += Max(now - step->since, 0);
		step->since = 0;
		step->ended = now;
	}
	shared->current_step = 0;
}

/* The next named step begins; returns its number, 0 if the run is gone or has no room */
int
pfx_job_set_step(PfxJobRef *ref, const PfxJobStepName *name, int64 expected_rows,
				 TimestampTz now)
{
	bool		gone;
	PfxSharedRun *shared = lock_run(ref, true, &gone);
	uint32		index;
	int			number;

	if (shared == NULL)
		return 0;
	close_step(shared, now);
	(void) get_step(shared, name, now, true, &index, &number);
	if (index != 0)
	{
		PfxJobStep *step = &pfx_job_step_at(index)->step;

		step->since = now;
		step->ended = now;
		if (expected_rows >= 0)
			step->expected_rows = expected_rows;
		shared->current_step = index;
	}
	shared->run.last_seen = now;
	LWLockRelease(&shared->lock);
	pfx_region_changed();
	return index != 0 ? number : 0;
}

bool
pfx_job_finish(PfxJobRef *ref, const char *status, TimestampTz now, bool wait)
{
	bool		gone;
	PfxSharedRun *shared = lock_run(ref, wait, &gone);

	if (shared == NULL)
		return gone;
	close_step(shared, now);
	strlcpy(shared->run.status, status, sizeof(shared->run.status));
	shared->run.ended = now;
	shared->run.last_seen = now;
	LWLockRelease(&shared->lock);
	pfx_region_changed();
	return true;
}

/* ---- reading ---- */

static int
copy_run(PfxSharedRun *shared, PfxJobRun *run, PfxJobStep *steps)
{
	int			n = 0;

	*run = shared->run;
	for (uint32 index = shared->first_step; index != 0 && n < PFX_JOB_MAX_STEPS;
		 index = pfx_job_step_at(index)->next)
		steps[n++] = pfx_job_step_at(index)->step;
	return n;
}

/* locked: take locks (the postmaster at its end can take none) */
void
pfx_jobs_foreach(PfxJobCallback callback, void *arg, bool locked)
{
	PfxJobStep *steps = palloc(sizeof(PfxJobStep) * PFX_JOB_MAX_STEPS);
	PfxJobRun  *run = palloc(sizeof(PfxJobRun));

	for (uint32 i = 0; i < pfx_jobs->nruns; i++)
	{
		PfxSharedRun *shared = &pfx_jobs->runs[i];
		bool		in_use;
		int			n = 0;

		if (locked)
			LWLockAcquire(&shared->lock, LW_SHARED);
		in_use = PFX_RUN_IN_USE(shared);
		if (in_use)
			n = copy_run(shared, run, steps);
		if (locked)
			LWLockRelease(&shared->lock);
		if (in_use)
			callback(run, steps, n, arg);
	}
	pfree(steps);
	pfree(run);
}
