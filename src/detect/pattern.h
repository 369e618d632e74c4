/*-------------------------------------------------------------------------
 *
 * pattern.h
 *	  The pattern detector, seen from inside: streams of statements, the rows
 *	  that may be a loop's driver, and the runs of a repeated statement.
 *
 * Only the files of the detector include this; the worker that feeds it uses
 * patterns.h.
 *
 * How it judges.  A run is a family of statements (family.h) that comes again
 * and again in one stream without a long pause.  A parent is a statement whose
 * rows held the values that the run's statements asked for.  Both may be spread
 * over many backends: what belongs together is told by the stream and by the
 * values, not by the connection.
 *
 * All of it is one process's private memory, bounded; what is thrown away to
 * keep the bound is the oldest.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_PATTERN_H
#define PFX_PATTERN_H

#include "lib/ilist.h"
#include "store/events.h"
#include "store/findings.h"

/* Bounds */
#define PFX_MAX_STREAMS 8192
#define PFX_MAX_KNOWN 20000		/* statements whose family and names are remembered */
#define PFX_MAX_PARENTS 16		/* per stream */
#define PFX_MAX_ANCHORS 8		/* executions remembered per parent */
#define PFX_MAX_RUNS 32			/* per stream */
#define PFX_MAX_CANDIDATES 4	/* parents considered per run */
#define PFX_MAX_ALL_RUNS 4096	/* over all streams */
#define PFX_MAX_ANCHOR_BYTES (16 * 1024 * 1024)

/* What is known of a statement beyond its events */
typedef struct PfxKnown
{
	PfxStmtKey	key;			/* hash key */
	uint64		family;			/* 0: its text is not known */
	uint8		toplevel;		/* of the text; cursors' queries have none at top level */
	uint8		nkeys;
	uint8		nvalues;
	uint16		key_params;		/* as in PfxColumnsEvent */
	int32		encoding;
	PfxColumnName *keys;		/* nkeys of them */
	PfxColumnName *values;
	PfxColumnName *others;		/* nkeys of them: also compared with that key, may be empty */
} PfxKnown;

/* Where a value stands among an execution's rows */
typedef struct PfxPlace
{
	uint32		hash;			/* 0: empty */
	uint16		first_row;
	uint8		columns;		/* bit per column */
} PfxPlace;

/* One execution, or a part of one that ran in parts, whose rows may drive a loop */
typedef struct PfxAnchor
{
	dlist_node	node;			/* in the list of all, oldest first */
	struct PfxParent *parent;
	TimestampTz started;
	TimestampTz at;				/* when its rows came */
	TimestampTz last_hit;		/* last child that asked for one of its values */
	uint16		backend;
	uint16		ncolumns;
	uint32		rows;			/* that it returned */
	uint32		nrows;			/* whose values are known, of earlier parts too */
	uint32		own_keys[PFX_EVENT_KEYS];
	uint32		distinct[PFX_VALUES_COLUMNS];	/* different values of a column */
	uint32		nplaces;		/* size of the table; power of two; 0: no values */
	PfxPlace   *places;
	uint64		serial;			/* of the execution: its parts have the same */
} PfxAnchor;

/* A statement that returned rows in this stream, and its last executions */
typedef struct PfxParent
{
	PfxKnown   *known;			/* NULL: slot not in use */
	uint64		used;			/* serial of the event that last used it */
	bool		blind;			/* the values of its last execution were not told ... */
	TimestampTz blind_at;		/* ... which began then */
	int			nanchors;
	PfxAnchor  *anchors[PFX_MAX_ANCHORS];	/* newest first */
} PfxParent;

/* 1,024 bits: of 500 values 2.4 % wrong, estimates up to some thousand */
#define PFX_DISTINCT_WORDS 32
#define PFX_GAP_STEPS 24		/* powers of two of microseconds */

typedef struct PfxDistinct
{
	uint32		bits[PFX_DISTINCT_WORDS];
} PfxDistinct;

#define PFX_ASKED_WORDS 8		/* one bit a row: which of a parent's first 256 were asked for */

/* One execution of the parent, and the children that followed from it */
typedef struct PfxLoop
{
	uint64		anchor;			/* its serial; 0: not in use */
	uint64		used;			/* run's n at its last child */
	int64		n;
	int64		told;			/* of those, whose values are known */
	uint32		rows;			/* of the parent */
	uint32		nrows;			/* of those whose values are known */
	PfxDistinct values;
	uint32		asked[PFX_ASKED_WORDS]; /* rows whose values were */
} PfxLoop;

#define PFX_OPEN_LOOPS PFX_MAX_ANCHORS

/* Sums over the executions of a parent that drove a loop */
typedef struct PfxLoopSums
{
	int64		episodes;
	int64		executions;
	int64		distinct;
	int64		max;
	int64		rows;
	double		covered;		/* best share of the parent's rows that had a child */
	double		sum_xx;
	double		sum_xy;
	double		sum_yy;
	int64		sizes;			/* bit per power of two of rows */
} PfxLoopSums;

/* How far a parent explains a run */
typedef struct PfxCandidate
{
	PfxStmtKey	key;			/* of the parent; queryid 0: not in use */
	uint64		family;
	int64		considered;		/* children since it was first seen */
	int64		explained;		/* of those, with a value among its rows */
	int64		blind;			/* not considered: that parent's values were not told */
	bool		asked;			/* for those */
	int64		strayed;		/* values that only another backend's rows still wait for */
	PfxLoopSums done;			/* loops that are over */
	PfxLoop		loops[PFX_OPEN_LOOPS];
	int32		hits[PFX_EVENT_KEYS][PFX_VALUES_COLUMNS];
	int32		ordered[PFX_EVENT_KEYS][PFX_VALUES_COLUMNS];	/* row not before the last one */
	uint16		last_row[PFX_EVENT_KEYS][PFX_VALUES_COLUMNS];
} PfxCandidate;

/* What of a run was added to a finding */
typedef struct PfxPublished
{
	uint64		finding;		/* 0: nothing yet */
	int64		executions;
	int64		episodes;
	int64		distinct;
	int64		db_time;
	int64		gap_time;
	int64		sure_time;
	int64		most_time;
	int64		saved_time;
	int64		in_block;
	int64		parent_rows;
	double		sum_xx;
	double		sum_xy;
	double		sum_yy;
} PfxPublished;

/* A family that comes again and again in one stream */
typedef struct PfxRun
{
	uint64		family;
	PfxKnown   *known;			/* of its last execution */
	uint64		serial;
	uint16		flags;			/* that all executions have */
	uint16		any_flags;		/* that some have */
	bool		judged;			/* it seems to be over, and was judged as a whole */
	bool		late;			/* over, but for what a backend that waits may have counted */
	int64		n;
	int64		told;			/* of those, not only counted */
	int64		exec_time;		/* ns */
	int64		plan_time;
	int64		gap_time;
	int64		other_time;		/* in the server, but neither planning nor execution */
	int64		others;			/* executions of which that is known */
	int64		wall_time;		/* from its first to its last, pauses cut */
	int64		ascending;
	int64		steps;			/* first key as far from the last as that from its last */
	int64		in_block;
	int64		batched;		/* executions of the family with a list of several keys */
	bool		loops;			/* judged to be a loop, or a part of one */
	int64		transactions;	/* times that the transaction was another one */
	int64		alone;			/* executions that were their transaction's only statement */
	int64		switches;		/* times that the backend was another one */
	int64		changed;		/* executions with other values than the one before */
	uint32		last_all;		/* hash of those */
	uint32		shortest;		/* execution, units of 100 ns */
	int64		led;			/* executions that have a statement of their own before them */
	uint64		led_by;			/* the last such one: of the stream's events */
	uint16		led_left;		/* more executions that it may have led to */
	uint64		first_seq;		/* of the stream's events */
	uint64		last_seq;
	TimestampTz first_started;
	TimestampTz last_started;
	TimestampTz last_end;
	uint16		backend;		/* of the last execution */
	uint16		transaction;
	uint32		gaps[PFX_GAP_STEPS];	/* that the client let pass before an execution */
	uint32		waits[PFX_GAP_STEPS];	/* from one execution of the run to the next */
	PfxDistinct values;
	PfxDistinct keys[PFX_EVENT_KEYS];
	PfxCandidate candidates[PFX_MAX_CANDIDATES];
	PfxStmtKey	before;			/* statement with several rows shortly before it */
	uint64		before_family;
	uint32		before_rows;
	uint16		before_backend;
	bool		before_known;	/* its values are known */
	PfxPublished published;
	PfxPublished moved;			/* and is to be taken from another one again */
} PfxRun;

/* What a backend did last in this stream */
typedef struct PfxLast
{
	uint64		run;			/* serial of the run that its last statement belongs to; 0: none */
	uint16		backend;
	uint16		transaction;
	int64		in_transaction; /* statements in that so far */
	TimestampTz started;
	int64		time;			/* planning and execution, ns */
	uint64		lead;			/* its last statement that leads others: of the stream's events */
	uint16		lead_rows;		/* to so many */
	uint32		lead_all;		/* hash of the values of the last one that may have led */
} PfxLast;

#define PFX_MAX_LAST 8

typedef struct PfxStream
{
	uint64		id;				/* hash key */
	dlist_node	node;			/* least recently used first */
	Oid			userid;
	Oid			dbid;
	int32		encoding;
	uint64		place;			/* hash of its tags; 0: it has none */
	char	   *application;
	char	   *tags;
	int			tags_len;
	uint64		seq;			/* events so far */
	TimestampTz last;
	int			nruns;
	PfxRun	   *runs[PFX_MAX_RUNS];
	PfxParent  *parents;		/* PFX_MAX_PARENTS; NULL before there is any */
	PfxLast		lasts[PFX_MAX_LAST];
	/* the last statement that returned several rows */
	PfxStmtKey	multi;
	uint32		multi_rows;
	uint16		multi_backend;
	uint64		multi_family;
	uint64		multi_seq;
	bool		multi_known;
} PfxStream;

/* ---- streams.c ---- */
extern MemoryContext pfx_patterns_context;
extern void pfx_streams_init(MemoryContext context);
extern PfxStream *pfx_stream_find(uint64 id);
extern PfxKnown *pfx_told_of(uint64 id, uint64 queryid, PfxStream **stream);
extern void pfx_stream_told(const PfxStreamEvent *event);
extern void pfx_known_told(const PfxColumnsEvent *event);
extern PfxKnown *pfx_known_find(const PfxStmtKey *key);	/* makes it; may forget all */
extern const PfxKnown *pfx_known_get(const PfxStmtKey *key);	/* NULL: not known */
extern void pfx_values_told(const PfxValuesEvent *event);
extern void pfx_rows_told(PfxStream *stream, PfxKnown *known, const PfxEvent *event);
extern void pfx_stream_forget_rows(PfxStream *stream);
extern PfxPlace *pfx_anchor_find(const PfxAnchor *anchor, uint32 hash);
extern dlist_head pfx_streams;
extern int	pfx_nstreams;

/* ---- runs.c ---- */
extern void pfx_run_add(PfxStream *stream, PfxKnown *known, const PfxEvent *event);
/* It belongs to no run: but those behind it may be about its row */
extern void pfx_runs_led(PfxStream *stream, const PfxEvent *event);
extern void pfx_run_batched(PfxStream *stream, const PfxKnown *known);
/* A pause longer than this, in µs, ends all that belongs together */
#define PFX_LONGEST_PAUSE INT64CONST(2000000)

extern void pfx_run_more(PfxStream *stream, PfxKnown *known, const PfxMoreEvent *event);
extern void pfx_runs_followed(PfxStream *stream, const PfxEvent *event);
extern bool pfx_run_is_over(const PfxRun *run, TimestampTz now);
extern void pfx_runs_drop(PfxStream *stream, TimestampTz now);	/* those that are over */
/* Is it itself repeated, for each row of yet another? */
extern bool pfx_is_repeated(const PfxStream *stream, uint64 family);
extern int64 pfx_run_gap_at(const PfxRun *run, double fraction);	/* ns */
extern int64 pfx_distinct_count(const PfxDistinct *distinct);	/* different ones */
extern int64 pfx_distinct_of(const PfxDistinct *distinct, int64 told, int64 n);
extern PfxLoopSums pfx_candidate_sums(const PfxCandidate *candidate);
extern int	pfx_nruns;

/* ---- verdict.c ---- */

typedef enum PfxStrength
{
	NOTHING,					/* not to be reported, not to be joined to others either */
	UNEXPLAINED,				/* part of a loop that others show, or nothing */
	ALONE,						/* a loop without a parent that we know */
	BY_ROWS,					/* as often as the rows of the statement before it */
	BY_VALUES					/* asks for values that the parent returned */
} PfxStrength;

typedef struct PfxVerdict
{
	PfxRun	   *run;
	PfxStrength strength;
	PfxFindingKind kind;
	PfxConfidence confidence;
	PfxStmtKey	parent;			/* queryid 0: none */
	uint64		parent_family;
	PfxLoopSums sums;
	int			key;			/* -1: no link */
	int			column;
	bool		few;			/* follows rows, but too few each time to be a loop */
	int			group;			/* index of the verdict that leads its group */
	uint64		continues;		/* finding that it is a part of; 0: none */
} PfxVerdict;

extern void pfx_judge_run(const PfxStream *stream, PfxVerdict *verdict);
extern bool pfx_run_is_paced(const PfxRun *run);	/* pauses before each */
extern bool pfx_run_in_order(const PfxRun *run);	/* keys one after the other */

/* ---- judge.c ---- */
extern void pfx_judge_stream(PfxStream *stream);
extern void pfx_finding_describe(PfxFinding *finding, const PfxStream *stream);

/* Share of different values among executions that are the same again and again */
#define PFX_SAME_ENOUGH 0.2

/* ---- names.c ---- */

/* Does a column's name say that it refers to this table's column? */
extern bool pfx_refers_to(const PfxColumnName *from, const PfxColumnName *to);

extern bool pfx_is_same_column(const PfxColumnName *a, const PfxColumnName *b);

/* Of the columns that a known key is compared with the one whose name fits best */
extern const PfxColumnName *pfx_name_of_key(const PfxKnown *child, int key,
											const PfxColumnName *parent);

/* 0..1: do the names of a key and of a parent's column belong together? */
extern double pfx_link_score(const PfxKnown *child, int key, const PfxKnown *parent, int column);

/* ---- nested.c ---- */
extern void pfx_judge_loop(const PfxLoopEvent *event);

#endif							/* PFX_PATTERN_H */
