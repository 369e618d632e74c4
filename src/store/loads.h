/*-------------------------------------------------------------------------
 *
 * loads.h
 *	  What is kept about loads: statements that fill or change a table, told
 *	  apart by target, operation and shape; and about large reads.
 *
 * Separate from store.h: a load is found by the name of its target, not by a
 * statement's identifier, and has a region of the arena.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_LOADS_STORE_H
#define PFX_LOADS_STORE_H

#include "datatype/timestamp.h"
#include "perfext.h"
#include "port/atomics.h"

/* Names in SQL: sqlapi/loads.c */
typedef enum PfxLoadOperation
{
	PFX_LOAD_NONE,
	PFX_LOAD_COPY,
	PFX_LOAD_INSERT,
	PFX_LOAD_INSERT_SELECT,
	PFX_LOAD_MERGE,
	PFX_LOAD_UPDATE,
	PFX_LOAD_DELETE,
	PFX_LOAD_CTAS,
	PFX_LOAD_SELECT_INTO,
	PFX_LOAD_REFRESH,
	PFX_LOAD_CREATE_INDEX,
	PFX_LOAD_REINDEX,
	PFX_LOAD_ANALYZE,
	PFX_LOAD_VACUUM,
	PFX_LOAD_TRUNCATE,
	PFX_LOAD_RESULT,			/* a result that went to the client in one piece */
	PFX_LOAD_SCAN				/* a large table read in whole, several times */
} PfxLoadOperation;

#define PFX_LOAD_LAST PFX_LOAD_SCAN

typedef enum PfxLoadShape
{
	PFX_SHAPE_PLAIN,
	PFX_SHAPE_ROW,				/* INSERT of one row */
	PFX_SHAPE_VALUES,			/* INSERT with several rows of VALUES */
	PFX_SHAPE_UNNEST,			/* INSERT of rows that came as arrays or JSON */
	PFX_SHAPE_NESTED,			/* inside a function or procedure */
	PFX_SHAPE_TRIGGER,			/* inside a trigger */
	PFX_SHAPE_FILE,
	PFX_SHAPE_STDIN,
	PFX_SHAPE_PROGRAM
} PfxLoadShape;

#define PFX_SHAPE_LAST PFX_SHAPE_PROGRAM

/* Written to the saved file as it is: zero it before filling it */
typedef struct PfxLoadKey
{
	Oid			dbid;
	uint16		operation;
	uint16		shape;
	NameData	schemaname;		/* "pg_temp" for temporary tables */
	NameData	relname;
} PfxLoadKey;

/* What is known about the target */
#define PFX_TARGET_ROW_TRIGGER	(1 << 0)	/* BEFORE or INSTEAD OF, for each row */
#define PFX_TARGET_ROW_INSERT_TRIGGER (1 << 4)	/* such a one of INSERT */
#define PFX_TARGET_TRIGGER		(1 << 1)	/* any trigger of a user's */
#define PFX_TARGET_UNLOGGED		(1 << 2)	/* or temporary */
#define PFX_TARGET_PARTITIONED	(1 << 3)
/* and about the statements */
#define PFX_LOAD_RETURNING		(1 << 8)
#define PFX_LOAD_ON_CONFLICT	(1 << 9)

typedef struct PfxLoadTarget
{
	Oid			relid;			/* topmost parent of a partition */
	int16		indexes;
	int16		foreign_keys;
	int16		columns;
	int16		pad;
	uint32		flags;
} PfxLoadTarget;

/*
 * How long it took from one statement to the next, by rows per statement: the
 * bucket of the number's highest bit
 */
#define PFX_LOAD_BUCKETS 20

typedef struct PfxLoadBucket
{
	int64		count;
	double		rows;
	double		time;			/* ns, of the usual one: about the median */
} PfxLoadBucket;

/* Histograms of times: two parts an octave, from 2^9 ns */
#define PFX_LOAD_PARTS 48
#define PFX_LOAD_FIRST_OCTAVE 9

#define PFX_LOAD_QUERYIDS 8

/* Everything counted about a load; times in ns */
typedef struct PfxLoadStats
{
	/* what each single-row INSERT changes stands together */
	int64		statements;
	int64		rows;
	int64		time;			/* planning and execution */
	int64		plan_time;
	int64		wal_bytes;
	int64		client_gap_time;
	int64		streak_statements;	/* of those, in long rows of them */
	int64		commits;
	int64		committed_rows;
	int64		commit_time;
	TimestampTz last_seen;
	PfxLoadBucket buckets[PFX_LOAD_BUCKETS];
	uint32		gaps[PFX_LOAD_PARTS];
	uint32		commit_waits[PFX_LOAD_PARTS];
	/* what some do */
	int64		runs;			/* with a pause of 10 s or a new session between them */
	int64		bytes;			/* COPY: received.  Results: sent, about */
	int64		skipped_rows;
	int64		temp_bytes;
	int64		trigger_time;
	int64		fk_time;
	int64		fk_checks;
	int64		max_time;
	double		row_width;		/* bytes of a row as the planner sees it */
	PfxLoadTarget target;
	uint32		flags;			/* of the statements */
	uint64		queryids[PFX_LOAD_QUERYIDS];	/* the last ones, latest first */
	TimestampTz first_seen;
} PfxLoadStats;

/* What each statement of a load tells, and most of them nothing else */
typedef struct PfxLoadStep
{
	uint64		queryid;
	int64		rows;
	int64		time;			/* planning and execution */
	int64		plan_time;
	int64		wal_bytes;
	int64		client_gap_time;
	int64		streak_statements;
	/* samples, 0: none */
	int64		cycle_rows;		/* of the statement before, and ... */
	int64		cycle_time;		/* ... from its start until this one's */
	int64		gap;
	TimestampTz at;
} PfxLoadStep;

/* One statement of a load with all there may be, one commit of it, or a sum of them */
typedef struct PfxLoadEvent
{
	PfxLoadTarget target;
	uint32		flags;
	uint64		queryid;		/* 0: a commit */
	int64		statements;
	int64		rows;
	int64		time;
	int64		plan_time;
	int64		wal_bytes;
	int64		client_gap_time;
	int64		streak_statements;
	int64		commits;
	int64		committed_rows;
	int64		commit_time;
	int64		runs;
	int64		bytes;
	int64		skipped_rows;
	int64		temp_bytes;
	int64		trigger_time;
	int64		fk_time;
	int64		fk_checks;
	int64		max_time;		/* of the statements */
	double		row_width;
	/* samples, as in PfxLoadStep; lost where several events are added up */
	int64		cycle_rows;
	int64		cycle_time;
	int64		gap;
	int64		commit_wait;
	TimestampTz at;
} PfxLoadEvent;

/* A commit, or the part of it that is one load's */
typedef struct PfxLoadCommit
{
	int64		rows;
	int64		time;			/* of the load */
	int64		wait;			/* the whole commit's */
	int64		fk_time;
	int64		fk_checks;
	TimestampTz at;
} PfxLoadCommit;

/*
 * What a backend has done of one load, statement after statement, since it was
 * last added to the load: see loads.c.
 */
#define PFX_BURST_STATEMENTS 16

typedef struct PfxLoadBurst
{
	pg_atomic_uint32 changes;	/* odd: being changed */
	uint32		generation;		/* of the load's entry */
	struct PfxSharedLoad *load; /* NULL: none */
	int32		nsamples;
	int32		nwaits;
	PfxLoadEvent sum;			/* its target, flags and width are the first one's */
	struct
	{
		int64		cycle_rows;
		int64		cycle_time;
		int64		gap;
	}			samples[PFX_BURST_STATEMENTS];
	int64		waits[PFX_BURST_STATEMENTS + 1];	/* of commits */
} PfxLoadBurst;

/* Where a load was last found */
typedef struct PfxLoadRef
{
	PfxLoadKey	key;
	struct PfxSharedLoad *load;
	uint32		generation;
} PfxLoadRef;

/* ---- loads.c ---- */

/*
 * One more execution of the statement that was added last, of which there is
 * nothing else to tell; false: it was another one.
 */
extern bool pfx_load_step(const PfxLoadRef *ref, const PfxLoadStep *step);

/* Any statement; what cannot be added now waits in the backend */
extern void pfx_load_add(PfxLoadRef *ref, PfxLoadEvent *event);

/* A commit; touches no lock and no memory that is not there */
extern void pfx_load_committed(const PfxLoadRef *ref, const PfxLoadCommit *commit);

/* Something waits: to be tried again */
extern bool pfx_loads_pending;
extern void pfx_loads_flush(bool at_exit);

typedef struct PfxLoadCopy
{
	PfxLoadKey	key;
	PfxLoadStats stats;
	int			encoding;		/* of the names: that of their database */
} PfxLoadCopy;

typedef void (*PfxLoadCallback) (const PfxLoadCopy *copy, void *arg);
extern void pfx_loads_foreach(PfxLoadCallback callback, void *arg);

/* The loads that were forgotten because there was no room */
extern int64 pfx_loads_evicted(void);

/* ---- loadsum.c ---- */
extern void pfx_load_stats_add(PfxLoadStats *stats, const PfxLoadEvent *event);
extern void pfx_load_stats_add_burst(PfxLoadStats *stats, const PfxLoadBurst *burst);
extern void pfx_load_event_add(PfxLoadEvent *to, const PfxLoadEvent *event);
extern double pfx_load_percentile(const uint32 *parts, double fraction);	/* ns; -1: none */

#endif							/* PFX_LOADS_STORE_H */
