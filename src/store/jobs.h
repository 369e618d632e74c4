/*-------------------------------------------------------------------------
 *
 * jobs.h
 *	  Runs of jobs and their steps, as the store keeps them.
 *
 * Separate from store.h because only jobs need it: their SQL functions, and the
 * part of capture that tells which statement belongs to which run.
 *
 * A run is known to the backends that work for it by its slot and number; its
 * figures are sums over all of them.  Times are nanoseconds.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_STORE_JOBS_H
#define PFX_STORE_JOBS_H

#include "datatype/timestamp.h"
#include "store/store.h"

#define PFX_JOB_NAME 128		/* bytes of a job's or step's name, its end included */
#define PFX_JOB_STATUS 32
#define PFX_JOB_TRACE 64
#define PFX_JOB_TAGS 512		/* as JSON */
#define PFX_JOB_QUERYIDS 4		/* statements remembered of a step */
#define PFX_JOB_MAX_STEPS 64	/* of a run; what comes then goes to its last one */

/* How a run was recognised */
typedef enum PfxJobSource
{
	PFX_JOB_CALLED,				/* perfext.job_start() */
	PFX_JOB_TAGGED,				/* a job tag in comments */
	PFX_JOB_APPLICATION			/* application_name of a session that loads */
} PfxJobSource;

/* What a statement does, as far as loads are told apart; as names in jobs.c */
typedef enum PfxJobOperation
{
	PFX_OP_NONE,				/* of steps that were named */
	PFX_OP_OTHER,				/* a statement that loads nothing */
	PFX_OP_SESSION,				/* transactions, settings */
	PFX_OP_MORE,				/* steps beyond PFX_JOB_MAX_STEPS */
	PFX_OP_INSERT,
	PFX_OP_UPDATE,
	PFX_OP_DELETE,
	PFX_OP_MERGE,
	PFX_OP_COPY,
	PFX_OP_COPY_TO,
	PFX_OP_CTAS,
	PFX_OP_REFRESH,
	PFX_OP_CREATE_INDEX,
	PFX_OP_REINDEX,
	PFX_OP_TRUNCATE,
	PFX_OP_ANALYZE,
	PFX_OP_VACUUM
} PfxJobOperation;

/* What is counted, of a run and of each of its steps; sums but for the last */
typedef struct PfxJobFigures
{
	int64		statements;
	int64		nested;			/* statements inside of those */
	int64		failures;
	int64		rows_in;		/* written into tables */
	int64		rows_out;		/* sent to the client */
	int64		exec_time;		/* failed ones included */
	int64		plan_time;
	int64		commits;
	int64		commit_time;
	int64		client_gap_time;
	int64		fk_time;
	int64		shared_blks_hit;
	int64		shared_blks_read;
	int64		temp_blks_written;
	int64		wal_records;
	int64		wal_bytes;
	int64		peak_memory_bytes;	/* the largest */
} PfxJobFigures;

typedef struct PfxJobQuery
{
	uint64		queryid;
	int64		time;			/* planning and execution; its order among the others */
} PfxJobQuery;

/* What a step is; the same for all backends of a run */
typedef struct PfxJobStepName
{
	uint64		hash;			/* of the rest; 0: no step */
	int32		operation;		/* PfxJobOperation; PFX_OP_NONE: named by job_step() */
	Oid			relid;
	uint64		queryid;		/* of PFX_OP_OTHER */
	char		name[PFX_JOB_NAME]; /* of a table: schema, then name at NAMEDATALEN */
} PfxJobStepName;

typedef struct PfxJobStep
{
	PfxJobStepName name;
	TimestampTz started;
	TimestampTz ended;			/* last time that it did something */
	TimestampTz since;			/* named, and current since then; 0: not now */
	int64		elapsed;		/* named: µs in which it was current, before since */
	int64		expected_rows;	/* -1: not said */
	PfxJobFigures figures;
	PfxJobQuery queries[PFX_JOB_QUERYIDS];
} PfxJobStep;

/* A run without its steps */
typedef struct PfxJobRun
{
	int64		run_id;
	Oid			userid;
	Oid			dbid;
	int32		pid;			/* of the backend that began it */
	int32		source;			/* PfxJobSource */
	int32		encoding;		/* of all its texts */
	int32		sessions;		/* backends that took part */
	bool		last_failed;	/* the last statement did */
	uint64		job_hash;		/* of name, user, database */
	uint64		trace_hash;		/* of trace; 0: none */
	TimestampTz started;
	TimestampTz last_seen;		/* end of the last statement, or last call of a function */
	TimestampTz ended;			/* 0: not, or not noted yet */
	PfxJobFigures figures;
	char		status[PFX_JOB_STATUS]; /* empty while ended is 0 */
	char		name[PFX_JOB_NAME];
	char		trace[PFX_JOB_TRACE];
	char		tags[PFX_JOB_TAGS];
} PfxJobRun;

/* Where a run is */
typedef struct PfxJobRef
{
	int32		slot;			/* -1: nowhere */
	uint32		generation;
	int64		run_id;
} PfxJobRef;

/* What a backend adds to a run at a time */
typedef struct PfxJobAddition
{
	PfxJobStepName step;
	TimestampTz from;
	TimestampTz to;
	uint64		queryid;		/* of the statement; 0: none */
	bool		failed;
	PfxJobFigures figures;
} PfxJobAddition;

extern uint64 pfx_job_hash(const char *name, Oid userid, Oid dbid);
extern uint64 pfx_job_trace_hash(const char *trace);
extern void pfx_job_step_name(PfxJobStepName *step, PfxJobOperation operation, Oid relid,
							  uint64 queryid, const char *schemaname, const char *name);
extern void pfx_job_add_figures(PfxJobFigures *to, const PfxJobFigures *from);
extern const char *pfx_job_operation_name(PfxJobOperation operation);

/* ---- jobs.c: the runs of all backends ---- */

/*
 * wait: locks are waited for, which only perfext's own functions do.  False: not
 * now, as a lock is not free.  A ref of slot -1 afterwards: there is no room, or
 * the run is gone.
 */
extern bool pfx_job_create(PfxJobRun *run, bool wait, PfxJobRef *ref);
extern bool pfx_job_join(PfxJobRun *like, PfxJobRef *ref);
extern bool pfx_job_add(PfxJobRef *ref, const PfxJobAddition *addition, bool wait);
extern int	pfx_job_set_step(PfxJobRef *ref, const PfxJobStepName *step, int64 expected_rows,
							 TimestampTz now);
extern bool pfx_job_finish(PfxJobRef *ref, const char *status, TimestampTz now, bool wait);

/*
 * Reading: a copy of a run with its steps; the callback runs without locks.  locked:
 * they are taken (the postmaster at its end can take none).
 */
typedef void (*PfxJobCallback) (const PfxJobRun *run, const PfxJobStep *steps, int nsteps,
								void *arg);
extern void pfx_jobs_foreach(PfxJobCallback callback, void *arg, bool locked);
extern const char *pfx_job_status(const PfxJobRun *run, TimestampTz now, TimestampTz *ended);

/* ---- jobsession.c: the run that this backend works for ---- */

typedef struct PfxJobSession
{
	PfxJobRun	run;			/* as it was begun; its figures are not kept here */
	PfxJobRef	ref;			/* slot -1: not in shared memory (yet) */
	bool		unpublished;	/* still to be brought there */
	bool		tagged;			/* the last statement was the run's; of PFX_JOB_TAGGED */
	bool		last_failed;
	int			level;			/* of the run's statements; deeper ones are inside them */
	PfxJobStepName step;		/* named by job_step(); hash 0: none was */
	PfxJobStepName last;		/* step of the last statement */
	PfxJobFigures nested;		/* of statements inside the one that runs */
	PfxJobFigures late;			/* commits and gaps after the last statement */
	bool		has_late;
} PfxJobSession;

extern PfxJobSession pfx_job;
extern bool pfx_job_running;	/* does this backend work for a run? */

/* Deeper than any statement: until the next one tells where the run stands */
#define PFX_JOB_ANY_LEVEL 1000000

extern int64 pfx_job_start(PfxJobRun *run);
extern int	pfx_job_step(const char *name, int64 expected_rows);
extern int64 pfx_job_end(const char *status);
extern void pfx_job_attach(const PfxJobRun *run);
extern void pfx_job_leave(void);
extern void pfx_job_record(const PfxJobAddition *addition);
extern void pfx_job_record_later(const PfxJobAddition *addition);
extern void pfx_job_flush(void);
extern void pfx_job_exit(void);

#endif							/* PFX_STORE_JOBS_H */
