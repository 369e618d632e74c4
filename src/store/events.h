/*-------------------------------------------------------------------------
 *
 * events.h
 *	  What backends tell the pattern detector: a ring of events in shared
 *	  memory, written by all backends and read by one worker.
 *
 * N+1 patterns are seen only across statements, and with a connection pool
 * only across backends.  Judging that takes memory and time that no statement
 * should pay for; so a backend only writes down what it saw, in one cache
 * line, and the worker judges (src/detect, src/worker/detector.c).
 *
 * The ring is an array of cells.  A writer takes cells by moving the head
 * (compare and swap, no lock), fills them, and marks the first one as ready.
 * The reader stops at the first cell that is not ready, and clears those that
 * it has read.  A writer that would overtake the reader drops its event and counts
 * it: recording never waits.
 *
 * Values are only here as salted hashes; the salt lives and dies with the
 * shared memory.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#ifndef PFX_EVENTS_H
#define PFX_EVENTS_H

#include "datatype/timestamp.h"
#include "perfext.h"
#include "port/atomics.h"

#define PFX_CELL_SIZE 64

typedef enum PfxEventKind
{
	PFX_EVENT_STATEMENT,		/* PfxEvent, one cell */
	PFX_EVENT_STREAM,			/* PfxStreamEvent: whose statements these are */
	PFX_EVENT_VALUES,			/* PfxValuesEvent: what rows a statement returned */
	PFX_EVENT_COLUMNS,			/* PfxColumnsEvent: names behind keys and values */
	PFX_EVENT_MORE,				/* PfxMoreEvent: many executions that were only counted */
	PFX_EVENT_LOOP,				/* PfxLoopEvent: a loop inside a function or trigger */
	PFX_EVENT_FORGET			/* just the head: what came before is to be forgotten */
} PfxEventKind;

/* Every record begins so; ready is written last */
typedef struct PfxEventHead
{
	uint32		ready;			/* not 0: may be read */
	uint8		kind;
	uint8		ncells;
	uint16		flags;			/* PFX_EV_... */
} PfxEventHead;

/* What a statement is, as far as its plan and text tell */
#define PFX_EV_KEYED		(1 << 0)	/* reads by equality with given values: may be a child */
#define PFX_EV_UNIQUE		(1 << 1)	/* at most one row for such a key */
#define PFX_EV_AGGREGATE	(1 << 2)	/* plain aggregate: one row whatever it reads */
#define PFX_EV_INSERT		(1 << 3)	/* one row by VALUES */
#define PFX_EV_UPDATE		(1 << 4)	/* by key */
#define PFX_EV_DELETE		(1 << 5)	/* by key */
#define PFX_EV_BATCH		(1 << 6)	/* list of keys, several rows of VALUES */
#define PFX_EV_QUEUE		(1 << 7)	/* SKIP LOCKED: takes work from a queue */
#define PFX_EV_IN_BLOCK		(1 << 8)	/* in a transaction block that the client began */
#define PFX_EV_ASCENDING	(1 << 9)	/* first key above that of its last execution */
#define PFX_EV_STEP			(1 << 10)	/* as far from that as that from the one before */
#define PFX_EV_SILENCED		(1 << 11)	/* comment perfext:ok */
#define PFX_EV_PARTS		(1 << 12)	/* portal run in parts: rows came while others ran */
#define PFX_EV_TRACED		(1 << 13)	/* the stream is one request: a trace or request tag */
#define PFX_EV_CATALOG		(1 << 14)	/* reads only system catalogs, or no table at all */
#define PFX_EV_CALL			(1 << 15)	/* reads nothing itself, but calls a user's function; with
										 * PFX_EV_UPDATE it is CALL */

#define PFX_EV_WRITE (PFX_EV_INSERT | PFX_EV_UPDATE | PFX_EV_DELETE)

#define PFX_EVENT_KEYS 3

/* One execution of a client's statement; exactly one cell */
typedef struct PfxEvent
{
	PfxEventHead head;
	uint64		stream;
	uint64		queryid;
	TimestampTz started;		/* when its message came */
	uint32		exec_time;		/* units of 100 ns, executor only */
	uint32		gap;			/* µs that the client let pass before it */
	uint32		keys[PFX_EVENT_KEYS];	/* hashes of key values; 0: none */
	uint32		all;			/* hash of all its values; 0: it has none */
	uint16		plan_time;		/* units of 10 µs */
	uint16		rows;			/* 65535: that many or more */
	uint16		backend;
	uint16		transaction;	/* differs between neighbouring transactions of a backend */
} PfxEvent;

/*
 * What a stream is, sent before its first event in a backend and again when
 * pfx_events_epoch() changes.  The texts follow: application name, then tags as
 * pfx_tags_extract() leaves them, without those that differ between requests.
 */
typedef struct PfxStreamEvent
{
	PfxEventHead head;
	uint64		stream;
	Oid			userid;
	Oid			dbid;
	uint16		application_len;
	uint16		tags_len;
	int32		encoding;
	char		texts[FLEXIBLE_ARRAY_MEMBER];
} PfxStreamEvent;

/*
 * A client that executes one statement again and again, with no other in
 * between, tells each of the first executions and counts the later ones: what
 * there is to be learnt from their values is known by then.
 */
typedef struct PfxMoreEvent
{
	PfxEventHead head;
	uint64		stream;
	uint64		queryid;
	TimestampTz started;		/* of the last one */
	int64		exec_time;		/* ns, of all, as the following */
	int64		plan_time;
	int64		gap;
	uint32		n;
	uint16		backend;
	uint16		in_block;		/* not 0: in a transaction block */
} PfxMoreEvent;

#define PFX_VALUES_COLUMNS 8
#define PFX_VALUES_MAX 2048		/* rows times columns */

/*
 * Hashes of the first values that an execution returned, row by row.  Sent when
 * its first run ends or when enough rows came, before its PFX_EVENT_STATEMENT.
 */
typedef struct PfxValuesEvent
{
	PfxEventHead head;
	uint64		stream;
	uint64		queryid;
	TimestampTz started;		/* of the statement */
	TimestampTz at;				/* now */
	uint32		nrows;			/* rows in hashes */
	uint16		ncolumns;
	uint16		backend;
	uint32		hashes[FLEXIBLE_ARRAY_MEMBER];	/* 0: NULL or not looked at */
} PfxValuesEvent;

/*
 * Names of what the keys of a statement are compared with, and of the columns
 * that its values come from, one text each: schema, table, column, ended by a
 * zero each; empty where it is no plain column.  Then for each key a second
 * column that is compared with the same value.  Sent once per statement and
 * epoch (PfxSharedStatement.described).
 */
typedef struct PfxColumnsEvent
{
	PfxEventHead head;
	uint64		queryid;
	Oid			userid;
	Oid			dbid;
	uint64		toplevel;
	uint16		nkeys;
	uint16		nvalues;
	uint16		len;			/* of texts */
	uint16		key_params;		/* 4 bits each: the parameter in the text, 0 not known; and
								 * PFX_KEY_COMPUTED */
	int32		encoding;
	char		texts[FLEXIBLE_ARRAY_MEMBER];
} PfxColumnsEvent;

/* A function of the column is compared, or of the value: a parent's rows hold others */
#define PFX_KEY_COMPUTED(i) (1 << (4 * PFX_EVENT_KEYS + (i)))

/* A statement that ran again and again inside one execution of another */
typedef struct PfxLoopEvent
{
	PfxEventHead head;			/* flags: of the child */
	PfxStmtKey	outer;			/* what the client or the caller ran */
	PfxStmtKey	child;
	PfxStmtKey	driver;			/* query of the loop around it; queryid 0: none found */
	uint64		stream;			/* of the client's statement */
	TimestampTz started;		/* of the client's statement */
	int64		exec_time;		/* ns, all executions of the child */
	int64		plan_time;
	int64		outer_time;		/* ns, the outer execution */
	int64		n;				/* executions of the child */
	int64		driver_rows;
	int64		rows;			/* of the children */
	uint32		distinct;		/* different values, estimated */
	uint16		context_len;
	uint16		backend;
	char		context[FLEXIBLE_ARRAY_MEMBER]; /* e.g. "f(integer) line 5", may be empty */
} PfxLoopEvent;

#define PFX_EVENT_MAX_SIZE (255 * PFX_CELL_SIZE)

StaticAssertDecl(sizeof(PfxEvent) == PFX_CELL_SIZE, "an event is one cell");
StaticAssertDecl(sizeof(PfxMoreEvent) == PFX_CELL_SIZE, "so is this");
StaticAssertDecl(offsetof(PfxValuesEvent, hashes) + PFX_VALUES_MAX * sizeof(uint32) <=
				 PFX_EVENT_MAX_SIZE, "all values fit into one record");

/* ---- for backends ---- */

/* Begins to fetch the memory of the next record */
extern void pfx_event_expect(void);

/* Room for a record of so many bytes, to be filled but for its head; NULL: none */
extern void *pfx_event_begin(Size size);

/* The record may be read now */
extern void pfx_event_end(void *record, PfxEventKind kind, uint16 flags);

/* Is anybody there who reads?  Changes when the reader has forgotten streams and columns. */
extern pg_atomic_uint32 *pfx_ring_epoch;

static inline uint32
pfx_events_epoch(void)			/* 0: nobody */
{
	return pg_atomic_read_u32(pfx_ring_epoch);
}

/* Hash of a value; never 0 */
extern uint32 pfx_value_hash(uint64 value);
extern uint32 pfx_value_hash_bytes(const char *data, Size len);

/* Asks the reader to publish all that was written until now, and waits, at most so long */
extern bool pfx_events_sync(int timeout_ms);

/* The same, and what was read until then counts for nothing that is found later */
extern void pfx_events_forget(int timeout_ms);

/* Executions of one statement in a row that are told one by one; the others are counted */
#define PFX_TOLD_IN_A_ROW 512

/* How long readers of findings wait for that, ms */
#define PFX_EVENTS_TIMEOUT 2000

/* ---- for the one reader ---- */
extern void pfx_events_attach_reader(void);
extern void pfx_events_detach_reader(void);
extern const PfxEventHead *pfx_event_next(void);	/* NULL: no more now */
extern void pfx_event_done(void);	/* its cells may be used again */
extern void pfx_events_new_epoch(void);
extern uint64 pfx_events_asked(void);	/* highest request of pfx_events_sync() */
extern uint64 pfx_events_answered(void);
extern void pfx_events_answer(uint64 request);

typedef struct PfxEventsInfo
{
	int64		written;
	int64		dropped;
	bool		reader;
} PfxEventsInfo;

extern void pfx_events_info(PfxEventsInfo *info);

#endif							/* PFX_EVENTS_H */
