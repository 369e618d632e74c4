/*-------------------------------------------------------------------------
 *
 * jobregion.h
 *	  The region of jobs as its two files see it.
 *
 * Only jobs.c, jobregion.c and the table of regions include this.
 *
 * Two arrays: runs, and steps, which hang from their run in a chain.
 *
 * Locks: that of a run protects what it holds and its chain, and is needed to take
 * the slot or to give it up; the region's protects the free steps and who takes
 * which slot.  A run's lock comes first.  With the region's held, locks of runs in
 * use are only tried; a free one is held by readers alone, who wait for nothing.
 * What belongs to a statement only tries both.
 *
 * Accepted race: who looks for a run to join, or to evict, reads what state the
 * others are in without their locks; the worst outcome is two runs instead of one, or
 * another victim.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_STORE_JOBREGION_H
#define PFX_STORE_JOBREGION_H

#include "port/atomics.h"
#include "storage/lwlock.h"
#include "store/jobs.h"
#include "store/region.h"

typedef struct PfxSharedRun
{
	LWLock		lock;
	uint32		generation;		/* odd: in use */
	uint32		first_step;		/* slots of steps, from 1; 0: none */
	uint32		last_step;
	uint32		current_step;	/* named and under way */
	int32		nsteps;
	PfxJobRun	run;
} PfxSharedRun;

typedef struct PfxSharedStep
{
	uint32		next;
	PfxJobStep	step;
} PfxSharedStep;

typedef struct PfxSharedJobs
{
	LWLock		lock;
	pg_atomic_uint64 last_run_id;
	uint32		nruns;
	uint32		nsteps;
	uint32		free_step;		/* region's lock, as the next two */
	uint32		used_steps;
	uint32		used_runs;
	PfxSharedRun *runs;
	PfxSharedStep *steps;
} PfxSharedJobs;

extern PfxSharedJobs *pfx_jobs;
extern const PfxRegion pfx_jobs_region;

#define PFX_RUN_IN_USE(shared) (((shared)->generation & 1) != 0)

static inline PfxSharedStep *
pfx_job_step_at(uint32 index)
{
	return &pfx_jobs->steps[index - 1];
}

/* A slot for a new run, with its lock held, or NULL; the region's lock is held */
extern PfxSharedRun *pfx_jobs_take_run(bool wait, TimestampTz now);
extern void pfx_jobs_init_run(PfxSharedRun *shared, const PfxJobRun *run);

/*
 * A step at the end of a run's chain; the run's lock is held.  False: not now.  *index
 * 0: there is no room.
 */
extern bool pfx_jobs_append_step(PfxSharedRun *shared, bool wait, TimestampTz now,
								 uint32 *index);

#endif							/* PFX_STORE_JOBREGION_H */
