/*-------------------------------------------------------------------------
 *
 * jobregion.c
 *	  Where the runs of jobs and their steps lie: laying out, what goes when there
 *	  is no room, saving and loading.
 *
 * Separate from jobs.c, which knows what happens to a run.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "store/jobregion.h"

/* Steps that there is room for, for each run */
#define STEPS_PER_RUN 6

/* Victims that are tried before eviction gives up */
#define MAX_TRIES 4

PfxSharedJobs *pfx_jobs = NULL;

/* ---- room ---- */

static bool
is_over(const PfxJobRun *run, TimestampTz now)
{
	TimestampTz ended;

	(void) pfx_job_status(run, now, &ended);
	return ended != 0;
}

/* Gives the slot up; both its lock and the region's are held */
static void
free_run(PfxSharedRun *shared)
{
	uint32		index = shared->first_step;

	while (index != 0)
	{
		uint32		next = pfx_job_step_at(index)->next;

		pfx_job_step_at(index)->next = pfx_jobs->free_step;
		pfx_jobs->free_step = index;
		pfx_jobs->used_steps--;
		index = next;
	}
	shared->first_step = shared->last_step = shared->current_step = 0;
	shared->nsteps = 0;
	shared->generation++;
	pfx_jobs->used_runs--;
}

/*
 * Makes room: of the user who keeps most runs, of the job of which there are most,
 * the oldest run that is over.  So a job keeps some history whatever others do.
 * The region's lock is held.  Returns the slot with its lock held, or NULL.
 */
static PfxSharedRun *
evict(TimestampTz now)
{
	uint16		by_user[64] = {0};
	uint16		by_job[512] = {0};
	int			busy[MAX_TRIES];

#define USER_OF(run) ((run)->userid % lengthof(by_user))
#define JOB_OF(run) ((run)->job_hash % lengthof(by_job))

	for (uint32 i = 0; i < pfx_jobs->nruns; i++)
		if (PFX_RUN_IN_USE(&pfx_jobs->runs[i]))
		{
			by_user[USER_OF(&pfx_jobs->runs[i].run)]++;
			by_job[JOB_OF(&pfx_jobs->runs[i].run)]++;
		}
	for (int tries = 0; tries < MAX_TRIES; tries++)
	{
		PfxSharedRun *victim = NULL;
		uint32		worth = 0;

		for (uint32 i = 0; i < pfx_jobs->nruns; i++)
		{
			PfxJobRun  *run = &pfx_jobs->runs[i].run;
			uint32		this_worth;
			bool		tried = false;

			if (!PFX_RUN_IN_USE(&pfx_jobs->runs[i]) || !is_over(run, now))
				continue;
			for (int k = 0; k < tries; k++)
				tried |= busy[k] == i;
			this_worth = (uint32) by_user[USER_OF(run)] << 16 | by_job[JOB_OF(run)];
			if (!tried && (victim == NULL || this_worth > worth ||
						   (this_worth == worth && run->run_id < victim->run.run_id)))
			{
				victim = &pfx_jobs->runs[i];
				worth = this_worth;
			}
		}
		if (victim == NULL)
			return NULL;
		if (LWLockConditionalAcquire(&victim->lock, LW_EXCLUSIVE))
		{
			free_run(victim);
			return victim;
		}
		busy[tries] = victim - pfx_jobs->runs;
	}
	return NULL;
}

PfxSharedRun *
pfx_jobs_take_run(bool wait, TimestampTz now)
{
	if (pfx_jobs->used_runs < pfx_jobs->nruns)
		for (uint32 i = 0; i < pfx_jobs->nruns; i++)
		{
			PfxSharedRun *shared = &pfx_jobs->runs[i];

			if (PFX_RUN_IN_USE(shared))
				continue;
			if (wait)
				LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
			else if (!LWLockConditionalAcquire(&shared->lock, LW_EXCLUSIVE))
				continue;
			return shared;
		}
	return evict(now);
}

void
pfx_jobs_init_run(PfxSharedRun *shared, const PfxJobRun *run)
{
	shared->run = *run;
	shared->first_step = shared->last_step = shared->current_step = 0;
	shared->nsteps = 0;
	shared->generation++;
	pfx_jobs->used_runs++;
}

bool
pfx_jobs_append_step(PfxSharedRun *shared, bool wait, TimestampTz now, uint32 *index)
{
	if (wait)
		LWLockAcquire(&pfx_jobs->lock, LW_EXCLUSIVE);
	else if (!LWLockConditionalAcquire(&pfx_jobs->lock, LW_EXCLUSIVE))
		return false;
	for (int tries = 0; tries < MAX_TRIES && pfx_jobs->free_step == 0; tries++)
	{
		PfxSharedRun *victim = evict(now);

		if (victim == NULL)
			break;
		LWLockRelease(&victim->lock);
	}
	*index = pfx_jobs->free_step;
	if (*index != 0)
	{
		pfx_jobs->free_step = pfx_job_step_at(*index)->next;
		pfx_jobs->used_steps++;
	}
	LWLockRelease(&pfx_jobs->lock);
	if (*index == 0)
		return true;
	memset(pfx_job_step_at(*index), 0, sizeof(PfxSharedStep));
	if (shared->last_step != 0)
		pfx_job_step_at(shared->last_step)->next = *index;
	else
		shared->first_step = *index;
	shared->last_step = *index;
	shared->nsteps++;
	return true;
}

/* ---- the region ---- */

static Size
jobs_size(Size arena_size)
{
	return arena_size / 25;
}

static void
jobs_attach(void *at, Size size, bool fresh, int tranche)
{
	pfx_jobs = at;
	if (fresh)
	{
		Size		room = size - CACHELINEALIGN(sizeof(PfxSharedJobs)) - 2 * PG_CACHE_LINE_SIZE;

		LWLockInitialize(&pfx_jobs->lock, tranche);
		pg_atomic_init_u64(&pfx_jobs->last_run_id, 0);
		pfx_jobs->nruns = room / (sizeof(PfxSharedRun) + STEPS_PER_RUN * sizeof(PfxSharedStep));
		pfx_jobs->runs = (PfxSharedRun *) ((char *) at + CACHELINEALIGN(sizeof(PfxSharedJobs)));
		pfx_jobs->steps = (PfxSharedStep *) CACHELINEALIGN(pfx_jobs->runs + pfx_jobs->nruns);
		pfx_jobs->nsteps = pfx_jobs->nruns * STEPS_PER_RUN;
		for (uint32 i = 0; i < pfx_jobs->nruns; i++)
			LWLockInitialize(&pfx_jobs->runs[i].lock, tranche);
		for (uint32 i = 1; i <= pfx_jobs->nsteps; i++)
			pfx_job_step_at(i)->next = i < pfx_jobs->nsteps ? i + 1 : 0;
		pfx_jobs->free_step = pfx_jobs->nsteps > 0 ? 1 : 0;
	}
}

static Size
jobs_used(void)
{
	Size		used;

	LWLockAcquire(&pfx_jobs->lock, LW_SHARED);
	used = sizeof(PfxSharedJobs) + pfx_jobs->used_runs * sizeof(PfxSharedRun) +
		pfx_jobs->used_steps * sizeof(PfxSharedStep);
	LWLockRelease(&pfx_jobs->lock);
	return used;
}

/* Runs that are over; those under way go on */
static void
jobs_reset(Oid userid, Oid dbid, uint64 queryid)
{
	TimestampTz now = GetCurrentTimestamp();

	/* a run is no matter of one statement */
	if (queryid != 0)
		return;
	for (uint32 i = 0; i < pfx_jobs->nruns; i++)
	{
		PfxSharedRun *shared = &pfx_jobs->runs[i];

		LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
		if (PFX_RUN_IN_USE(shared) && is_over(&shared->run, now) &&
			(!OidIsValid(userid) || shared->run.userid == userid) &&
			(!OidIsValid(dbid) || shared->run.dbid == dbid))
		{
			LWLockAcquire(&pfx_jobs->lock, LW_EXCLUSIVE);
			free_run(shared);
			LWLockRelease(&pfx_jobs->lock);
		}
		LWLockRelease(&shared->lock);
	}
	pfx_region_changed();
}

/* What is saved: a head, then each run with its steps behind it */
typedef struct PfxFileJobs
{
	uint64		last_run_id;
	TimestampTz saved_at;
	uint32		run_size;
	uint32		step_size;
} PfxFileJobs;

typedef struct PfxFileRun
{
	int64		nsteps;
	PfxJobRun	run;
} PfxFileRun;

typedef struct PfxSaving
{
	char	   *data;
	Size		len;
	Size		room;
	bool		at_end;			/* no backend is left */
	TimestampTz now;
} PfxSaving;

static void
put(PfxSaving *saving, const void *data, Size len)
{
	if (saving->len + len > saving->room)
	{
		saving->room = Max(2 * saving->room, saving->len + len);
		saving->data = saving->data == NULL ? palloc(saving->room) :
			repalloc_huge(saving->data, saving->room);
	}
	memcpy(saving->data + saving->len, data, len);
	saving->len += len;
}

static void
save_run(const PfxJobRun *run, const PfxJobStep *steps, int nsteps, void *arg)
{
	PfxSaving  *saving = (PfxSaving *) arg;
	PfxFileRun	file;

	memset(&file, 0, sizeof(file));
	file.nsteps = nsteps;
	file.run = *run;
	/* nobody works for it any more, and no crash has ended it */
	if (saving->at_end && run->status[0] == '\0')
	{
		file.run.ended = run->last_seen;
		strlcpy(file.run.status, run->last_failed ? "failed" :
				run->source == PFX_JOB_CALLED ? "disconnected" : "ok", PFX_JOB_STATUS);
	}
	put(saving, &file, sizeof(file));
	put(saving, steps, sizeof(PfxJobStep) * nsteps);
}

static Size
jobs_save(char **data, bool locked)
{
	PfxSaving	saving;
	PfxFileJobs head;

	memset(&saving, 0, sizeof(saving));
	memset(&head, 0, sizeof(head));
	saving.at_end = !locked;
	head.last_run_id = pg_atomic_read_u64(&pfx_jobs->last_run_id);
	head.saved_at = GetCurrentTimestamp();
	head.run_size = sizeof(PfxFileRun);
	head.step_size = sizeof(PfxJobStep);
	put(&saving, &head, sizeof(head));
	pfx_jobs_foreach(save_run, &saving, locked);
	*data = saving.data;
	return saving.len;
}

/* What ran at the last save, and was not ended since, was ended by a crash */
static void
note_crash(PfxJobRun *run, TimestampTz saved_at)
{
	TimestampTz ended;
	const char *status = pfx_job_status(run, saved_at, &ended);

	if (ended == 0)
		status = "crashed";
	memmove(run->status, status, strlen(status) + 1);
	run->ended = run->last_seen;
}

/* Only in the postmaster: no locks */
static void
load_run(const PfxFileRun *file, const char *steps, TimestampTz saved_at)
{
	PfxSharedRun *shared = NULL;

	for (uint32 i = 0; i < pfx_jobs->nruns && shared == NULL; i++)
		if (!PFX_RUN_IN_USE(&pfx_jobs->runs[i]))
			shared = &pfx_jobs->runs[i];
	if (shared == NULL)
		return;
	pfx_jobs_init_run(shared, &file->run);
	note_crash(&shared->run, saved_at);
	for (int i = 0; i < file->nsteps && pfx_jobs->free_step != 0; i++)
	{
		uint32		index = pfx_jobs->free_step;
		PfxSharedStep *step = pfx_job_step_at(index);

		pfx_jobs->free_step = step->next;
		pfx_jobs->used_steps++;
		step->next = 0;
		memcpy(&step->step, steps + sizeof(PfxJobStep) * i, sizeof(PfxJobStep));
		if (step->step.since != 0)
		{
			step->step.elapsed += Max(shared->run.ended - step->step.since, 0);
			step->step.since = 0;
		}
		if (shared->last_step != 0)
			pfx_job_step_at(shared->last_step)->next = index;
		else
			shared->first_step = index;
		shared->last_step = index;
		shared->nsteps++;
	}
}

/* The next run in what was saved, or NULL at its end or where it is damaged */
static const char *
next_run(const char *at, const char *end, PfxFileRun *file)
{
	if (at == NULL || (Size) (end - at) < sizeof(*file))
		return NULL;
	memcpy(file, at, sizeof(*file));
	if (file->nsteps < 0 || file->nsteps > PFX_JOB_MAX_STEPS ||
		(Size) (end - at) < sizeof(*file) + sizeof(PfxJobStep) * file->nsteps)
		return NULL;
	return at + sizeof(*file);
}

static int
newest_first(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? 1 : x > y ? -1 : 0;
}

/* The least run_id that is loaded: a smaller region than before keeps the newest */
static int64
oldest_to_load(const char *data, const char *end)
{
	int64	   *ids = NULL;
	int64		oldest = 0;
	int			n = 0;
	PfxFileRun	file;

	for (const char *at = data; (at = next_run(at, end, &file)) != NULL;
		 at += sizeof(PfxJobStep) * file.nsteps)
	{
		if (ids == NULL)
			ids = palloc(sizeof(int64) * ((end - data) / sizeof(file)));
		ids[n++] = file.run.run_id;
	}
	if (n > pfx_jobs->nruns && pfx_jobs->nruns > 0)
	{
		qsort(ids, n, sizeof(int64), newest_first);
		oldest = ids[pfx_jobs->nruns - 1];
	}
	return oldest;
}

static void
jobs_load(const char *data, Size len)
{
	const char *end = data + len;
	PfxFileJobs head;
	PfxFileRun	file;
	int64		oldest;

	if (len < sizeof(head))
		return;
	memcpy(&head, data, sizeof(head));
	if (head.run_size != sizeof(PfxFileRun) || head.step_size != sizeof(PfxJobStep))
		return;
	pg_atomic_write_u64(&pfx_jobs->last_run_id, head.last_run_id);
	data += sizeof(head);
	oldest = oldest_to_load(data, end);
	for (const char *at = data; (at = next_run(at, end, &file)) != NULL;
		 at += sizeof(PfxJobStep) * file.nsteps)
		if (file.run.run_id >= oldest)
			load_run(&file, at, head.saved_at);
}

const PfxRegion pfx_jobs_region = {
	.name = "jobs",
	.version = 1,
	.size = jobs_size,
	.attach = jobs_attach,
	.used = jobs_used,
	.save = jobs_save,
	.load = jobs_load,
	.reset = jobs_reset,
};
