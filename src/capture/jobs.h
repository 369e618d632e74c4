/*-------------------------------------------------------------------------
 *
 * jobs.h
 *	  Which statements of a backend belong to the run of a job.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_JOBS_H
#define PFX_JOBS_H

#include "capture/jobtarget.h"
#include "store/jobs.h"

/* Rows from which on a statement makes its session a job, written and sent */
#define PFX_JOB_BULK_WRITE 10000
#define PFX_JOB_BULK_READ 100000

/*
 * Has a statement that ended to do with jobs?  All that statements of other
 * sessions pay.
 */
static inline bool
pfx_jobs_concerned(int tags_len, int64 rows)
{
	return unlikely(pfx_job_running || tags_len > 0 || rows >= PFX_JOB_BULK_WRITE);
}

/* Only while pfx_job_running: any statement begins, a client's after a gap (µs) */
extern void pfx_jobs_begin(void);
extern void pfx_jobs_gap(int64 gap);

/* A statement ended; level: how many others it is inside of */
extern void pfx_jobs_statement(const PfxRef *ref, const PfxExecRecord *record, int level,
							   QueryDesc *queryDesc, const char *tags, int tags_len);

/* A utility statement begins, and ends; the first tells whether it is of a run by its tags */
extern bool pfx_jobs_utility_tags(const PfxRef *ref, TimestampTz started, const char *tags,
								  int tags_len);
extern void pfx_jobs_utility(const PfxRef *ref, const PfxExecRecord *record, int level,
							 const PfxJobTarget *target, bool tagged);

/* Only while pfx_job_running, and in error paths: a client's statement failed */
extern void pfx_jobs_failed(const PfxRef *ref, const PfxExecRecord *record);

/* Only while pfx_job_running, in the transaction callback: a commit took so many ns */
extern void pfx_jobs_committed(int64 ns);

#endif							/* PFX_JOBS_H */
