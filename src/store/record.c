/*-------------------------------------------------------------------------
 *
 * record.c
 *	  Records executions: under the statement's own lock when it is free, and
 *	  otherwise in a preallocated place of the backend until it is.
 *
 * Separate from the kinds because all recording shares one promise: a
 * recording backend waits for no lock (but for the one bounded case below),
 * allocates nothing and raises no error, so that it can be called when a
 * statement ends, fails, or commits.
 *
 * The bounded case: records that have waited for 10 seconds may wait up to a
 * millisecond in all, those left when the backend exits, for which no client
 * waits, up to 100 milliseconds.  What still
 * cannot go in is counted in perfext.info.dropped.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "clock.h"
#include "hot.h"
#include "store/arena.h"

#define MAX_PENDING 64
#define PENDING_MAX_AGE INT64CONST(10000000000) /* ns */
#define MAX_WAIT INT64CONST(1000000)	/* ns */
#define MAX_WAIT_AT_EXIT INT64CONST(100000000)	/* ns */

typedef struct PfxPending
{
	PfxRef		ref;
	PfxExecRecord record;
} PfxPending;

static PfxPending pending[MAX_PENDING];
static uint64 pending_since;	/* ticks of the oldest */
int			pfx_pending_count PFX_HOT = 0;

/*
 * Makes sure that the octave a time falls into has its chunk.  The statement's
 * lock is held; the partition's lock is only tried.  False: not now.  Where
 * there is no room even after evictions, the time is counted without its
 * octave: the percentiles miss it, the counts do not.
 */
static bool
hist_prepare(int p, uint32 *octaves, int octave)
{
	if (likely(octaves[octave] != 0))
		return true;
	if (!LWLockConditionalAcquire(&pfx_partition(p)->lock, LW_EXCLUSIVE))
		return false;
	for (int tries = 0; tries < 4 && octaves[octave] == 0; tries++)
	{
		octaves[octave] = pfx_chunks_alloc(p, PFX_CHUNK_DATA);
		if (octaves[octave] == 0 && !pfx_statement_evict(p))
			break;
	}
	if (octaves[octave] != 0)
		memset(pfx_chunk_counts(p, octaves[octave]), 0, PFX_CHUNK_DATA);
	else
		pfx_local_totals.dropped_samples++;
	LWLockRelease(&pfx_partition(p)->lock);
	return true;
}

static void
hist_count(int p, const uint32 *octaves, int octave, int part)
{
	if (likely(octaves[octave] != 0))
		pfx_chunk_counts(p, octaves[octave])[part]++;
}

/* Adds to statement and plan; the statement's lock is held and ref is current */
static bool
add_locked(PfxRef *ref, const PfxExecRecord *record)
{
	PfxSharedStatement *stmt = ref->stmt;
	PfxSharedPlan *plan = NULL;

	if (ref->plan != NULL && ref->plan->slot.generation == ref->plan_generation)
		plan = ref->plan;
	if (record->outcome == PFX_COMPLETED)
	{
		int			p = stmt->partition;
		int			part;
		int			octave = pfx_hist_position(record->exec_time, &part);
		uint32	   *octaves = plan != NULL ? plan->hist : stmt->hist;

		if (!hist_prepare(p, octaves, octave))
			return false;
		hist_count(p, octaves, octave, part);
		if (plan != NULL)
		{
			pfx_timing_add(&plan->stats.exec, record->exec_time);
			if (record->started > plan->stats.last_seen)
				plan->stats.last_seen = record->started;
		}
	}
	pfx_statement_add(stmt, record);
	if (!pfx_partition(stmt->partition)->dirty)
		pfx_partition(stmt->partition)->dirty = true;
	return true;
}

typedef enum Recorded
{
	RECORDED,
	NOT_CURRENT,				/* its entries are not there, or not any more */
	NOT_NOW						/* a lock is not free */
} Recorded;

/* needs_plan: not without the plan, if there is to be one */
static inline Recorded
try_record(PfxRef *ref, const PfxExecRecord *record, bool needs_plan)
{
	Recorded	recorded = NOT_CURRENT;

	if (!LWLockConditionalAcquire(&ref->stmt->lock, LW_EXCLUSIVE))
		return NOT_NOW;
	if (likely(needs_plan ? pfx_ref_points(ref) : pfx_ref_points_at_statement(ref)))
		recorded = add_locked(ref, record) ? RECORDED : NOT_NOW;
	LWLockRelease(&ref->stmt->lock);
	return recorded;
}

/* Records now if that needs no waiting */
static pg_noinline bool
record_now(PfxRef *ref, const PfxExecRecord *record)
{
	for (int attempt = 0; attempt < 2; attempt++)
	{
		Recorded	recorded;

		if (!pfx_ref_points(ref))
		{
			PfxStmtKey	key = ref->key;
			uint64		planid = ref->planid;

			/* evicted or reset meanwhile, or never found: by key, then anew */
			if (!pfx_ref_find(&key, planid, ref))
			{
				/* not for mere additions to an execution that is forgotten */
				if (ref->stmt == NULL && record->outcome == PFX_NOT_EXECUTED)
					return true;
				if (!pfx_ref_define(ref, NULL, 0))
					return false;
			}
			if (ref->stmt == NULL)
			{
				/* no room at all, and nothing that could be evicted */
				pfx_local_totals.dropped++;
				return true;
			}
		}
		recorded = try_record(ref, record, false);
		if (recorded != NOT_CURRENT)
			return recorded == RECORDED;
	}
	return false;
}

void
pfx_record(PfxRef *ref, const PfxExecRecord *record)
{
	pfx_local_totals.records++;
	if (likely(ref->stmt != NULL && try_record(ref, record, true) == RECORDED))
		return;
	if (!record_now(ref, record))
		pfx_record_later(ref, record);
}

/*
 * Keeps a record until the next flush.  Touches only static memory: may be
 * called from PG_CATCH and from transaction callbacks.
 */
void
pfx_record_later(const PfxRef *ref, const PfxExecRecord *record)
{
	/* one error may end many executions of the same statement: they add up */
	if (pfx_pending_count > 0 &&
		(record->outcome == PFX_FAILED || record->outcome == PFX_ABANDONED))
	{
		PfxPending *last = &pending[pfx_pending_count - 1];

		if (last->record.outcome == record->outcome &&
			pfx_same_statement(&last->ref.key, &ref->key))
		{
			last->record.more += 1 + record->more;
			last->record.exec_time += record->exec_time;
			last->record.plan_time += record->plan_time;
			last->record.nplans += record->nplans;
			return;
		}
	}
	if (pfx_pending_count >= MAX_PENDING)
	{
		pfx_local_totals.dropped++;
		return;
	}
	if (pfx_pending_count == 0)
		pending_since = pfx_ticks();
	pending[pfx_pending_count].ref = *ref;
	pending[pfx_pending_count].record = *record;
	pfx_pending_count++;
	pfx_local_totals.pending++;
}

/*
 * Records what is pending.  may_wait is for the backend's exit: then, and when
 * the oldest has waited for too long, it waits for locks, for a bounded time.
 */
void
pfx_pending_flush(bool may_wait)
{
	int			kept = 0;
	uint64		start = pfx_ticks();
	int64		max_wait = may_wait ? MAX_WAIT_AT_EXIT : MAX_WAIT;
	bool		wait = may_wait || pfx_ticks_to_ns(start - pending_since) > PENDING_MAX_AGE;

	for (int i = 0; i < pfx_pending_count; i++)
	{
		bool		done = record_now(&pending[i].ref, &pending[i].record);

		while (!done && wait && pfx_ticks_to_ns(pfx_ticks() - start) < max_wait)
		{
			pfx_local_totals.lock_waits++;
			pg_usleep(50);
			done = record_now(&pending[i].ref, &pending[i].record);
		}
		if (done)
			continue;
		if (may_wait)
			pfx_local_totals.dropped++;
		else
		{
			if (kept != i)
				pending[kept] = pending[i];
			kept++;
		}
	}
	pfx_pending_count = kept;
}

/* Adds what a sampled execution measured; dropped and counted if not free */
void
pfx_record_sample(PfxRef *ref, const PfxNodeSample *nodes, int nnodes, uint64 fingerprint,
				  int64 exec_time, int64 result_time, int64 trigger_time, int64 cost, bool partial)
{
	bool		done = false;

	if (ref->stmt != NULL && ref->plan != NULL &&
		LWLockConditionalAcquire(&ref->stmt->lock, LW_EXCLUSIVE))
	{
		if (ref->stmt->slot.generation == ref->stmt_generation &&
			ref->plan->slot.generation == ref->plan_generation &&
			ref->plan->nnodes == nnodes && ref->plan->fingerprint == fingerprint)
		{
			pfx_plan_add_sample(ref->stmt->partition, ref->plan, nodes, nnodes, exec_time,
								result_time, trigger_time, cost, partial);
			done = true;
		}
		LWLockRelease(&ref->stmt->lock);
	}
	if (!done)
		pfx_local_totals.dropped_samples++;
}

/*
 * Keeps the tag comment of the last execution, len 0 for none.  Written only
 * when it differs from the one before; skipped when a lock is not free, as the
 * next execution brings its own.
 */
void
pfx_record_tags(PfxRef *ref, const char *tags, int len)
{
	PfxSharedStatement *stmt = ref->stmt;
	uint32		hash = len > 0 ? hash_bytes((const unsigned char *) tags, len) : 0;
	int			p;

	if (stmt == NULL || (stmt->tags_hash == hash && stmt->tags_len == len))
		return;
	p = pfx_partition_of(ref->key.queryid);
	if (!LWLockConditionalAcquire(&pfx_partition(p)->lock, LW_EXCLUSIVE))
		return;
	if (LWLockConditionalAcquire(&stmt->lock, LW_EXCLUSIVE))
	{
		if (stmt->slot.generation == ref->stmt_generation)
		{
			/* the chain is reused while the new comment fits into it */
			Size		room = (stmt->tags_len + PFX_CHUNK_DATA - 1) / PFX_CHUNK_DATA *
				PFX_CHUNK_DATA;

			if (len == 0 || len > room || (Size) len + PFX_CHUNK_DATA < room)
			{
				pfx_chunks_free(p, stmt->tags);
				stmt->tags = 0;
				stmt->tags_len = 0;
			}
			if (len > 0 && stmt->tags == 0)
				stmt->tags = pfx_chunks_alloc(p, len);
			if (stmt->tags != 0)
				pfx_chunks_write(p, stmt->tags, tags, len);
			stmt->tags_len = stmt->tags != 0 ? len : 0;
			stmt->tags_hash = stmt->tags != 0 ? hash : 0;
		}
		LWLockRelease(&stmt->lock);
	}
	LWLockRelease(&pfx_partition(p)->lock);
}
