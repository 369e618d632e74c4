/*-------------------------------------------------------------------------
 *
 * progress.h
 *	  What a backend publishes about a statement that runs for long, and what
 *	  is remembered of such statements: how long their phases took, and how good
 *	  the predictions were.
 *
 * Separate from store.h: the readers are other sessions while the statement
 * runs, and the writer may be a signal handler.
 *
 * Times are nanoseconds.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_STORE_PROGRESS_H
#define PFX_STORE_PROGRESS_H

#include "datatype/timestamp.h"
#include "perfext.h"

/* What a statement is, as far as predictions of one kind can be compared */
typedef enum PfxProgressKind
{
	PFX_PROGRESS_SELECT,
	PFX_PROGRESS_INSERT,
	PFX_PROGRESS_UPDATE,
	PFX_PROGRESS_DELETE,
	PFX_PROGRESS_MERGE,
	PFX_PROGRESS_CTAS,
	PFX_PROGRESS_REFRESH,
	PFX_PROGRESS_COPY,
	PFX_PROGRESS_CREATE_INDEX,
	PFX_PROGRESS_VACUUM,
	PFX_PROGRESS_ANALYZE,
	PFX_PROGRESS_CLUSTER,
	PFX_PROGRESS_OTHER
} PfxProgressKind;

#define PFX_PROGRESS_NKINDS (PFX_PROGRESS_OTHER + 1)

/* Commands whose phases take similar shares of the time, whatever they work on */
#define PFX_PROGRESS_LIKE_KIND(kind) \
	((kind) >= PFX_PROGRESS_CREATE_INDEX && (kind) <= PFX_PROGRESS_CLUSTER)

/* What happens in a phase: its name, and how its fraction comes about */
typedef enum PfxPhaseKind
{
	PFX_PHASE_RUN,				/* rows go to the client, table or file */
	PFX_PHASE_HASH,				/* the build side of a hash join is read */
	PFX_PHASE_SORT_INPUT,		/* rows are read that will be sorted */
	PFX_PHASE_SORT,				/* they are sorted; nothing counts meanwhile */
	PFX_PHASE_AGGREGATE,		/* rows are read into a hash aggregate */
	PFX_PHASE_INIT,				/* an InitPlan runs */
	PFX_PHASE_TRIGGERS,			/* AFTER triggers, foreign-key checks among them */
	PFX_PHASE_SERVER			/* a phase that the server itself reports, by number */
} PfxPhaseKind;

#define PFX_PHASE_NKINDS (PFX_PHASE_SERVER + 1)

/* Of VACUUM, besides those that the server numbers: it analyzes */
#define PFX_SERVER_PHASE_ANALYZE 100

#define PFX_MAX_PHASES 16

typedef struct PfxPhase
{
	PfxPhaseKind kind;
	bool		done;
	bool		open_ended;		/* only earlier runs tell how long it takes */
	double		weight;			/* planner's cost of its own, or parts of a whole */
	double		fraction;		/* -1: not known */
	double		units;			/* what its driver counted (rows or blocks) in the end */
	double		expected_units; /* what it should count; 0: not known */
	int64		duration;
} PfxPhase;

/* The time within a phase by its fraction, at the inner bounds of these parts */
#define PFX_PROFILE_PARTS 5

/* What earlier runs of the same statement and plan took */
typedef struct PfxProgressHistory
{
	PfxStmtKey	key;
	uint64		planid;
	int32		nphases;
	int32		runs;			/* 0: there were none */
	bool		of_kind;		/* of statements of the same kind: only shares count */
	double		total;			/* ns; this and what follows: exponential means */
	double		duration[PFX_MAX_PHASES];
	double		units[PFX_MAX_PHASES];
	double		profile[PFX_PROFILE_PARTS - 1]; /* of the longest phase */
	TimestampTz last_run;
} PfxProgressHistory;

/* Weight of the last run in those means */
#define PFX_PROGRESS_LAST 0.4

typedef struct PfxProgress
{
	PfxStmtKey	key;
	uint64		planid;			/* 0: none */
	int32		pid;
	PfxProgressKind kind;
	int32		command;		/* CmdType, or NodeTag of a utility statement */
	bool		utility;
	bool		nested;			/* run by another statement */
	int32		server_phase;	/* of PFX_PHASE_SERVER, in its command's numbers */
	int32		server_step;	/* what of an index is being made: 0 scan, 1 sort, 2 load */
	int32		node_tag;		/* of the current node's PlanState; 0: not known */
	Oid			relid;
	TimestampTz started;
	TimestampTz published;
	int64		elapsed;		/* when published */
	int64		rows_done;		/* -1: not known; so are the next two */
	int64		blocks_done;
	int64		blocks_total;
	int32		nphases;
	int32		current;		/* phase */
	int32		profiled;		/* phase that history.profile is about */
	double		recent_rate;	/* of the current phase's fraction, per ns; 0: not known */
	PfxPhase	phases[PFX_MAX_PHASES];
	PfxProgressHistory history;
} PfxProgress;

/*
 * Predictions that came to their end.  Errors are logarithms to base 2 of the
 * time that it really took still over the predicted one, in bins.
 */
#define PFX_ERROR_BINS 49
#define PFX_ERROR_BINS_PER_OCTAVE 8

typedef struct PfxPredictions
{
	uint32		count;
	uint32		inside;			/* the true end was inside of the interval */
	uint32		bins[PFX_ERROR_BINS];
} PfxPredictions;

/* When a prediction was made: 25, 50 or 75 percent of the statement's time */
#define PFX_PROGRESS_STAGES 3

/* A finished statement, for the history */
typedef struct PfxFinishedStage
{
	bool		known;
	bool		inside;
	double		error;			/* log2, see above */
} PfxFinishedStage;

/* Rows that one backend can show: the client's statement, and one inside of it */
#define PFX_PROGRESS_LEVELS 2

/* Backend's side; the first two may be called from a signal handler */
extern void pfx_progress_publish(int level, const PfxProgress *progress);
extern void pfx_progress_hide(int level);
extern bool pfx_progress_history(const PfxStmtKey *key, uint64 planid, int nphases,
								 PfxProgressHistory *history);
extern void pfx_progress_kind_key(PfxProgressKind kind, PfxStmtKey *key);
extern double pfx_progress_event_ns(void);
extern double pfx_progress_cost_ns(PfxPhaseKind kind);
extern const PfxPredictions *pfx_progress_predictions(PfxProgressKind kind, bool repeated,
													  int stage);
extern bool pfx_progress_finished(const PfxProgress *progress, const double *profile,
								  const PfxFinishedStage *stages, double event_ns);

/* Reader's side */
typedef void (*PfxProgressCallback) (const PfxProgress *progress, void *arg);
extern void pfx_progress_foreach(PfxProgressCallback callback, void *arg);
extern char *pfx_progress_text(const PfxStmtKey *key, int *encoding);

#endif							/* PFX_STORE_PROGRESS_H */
