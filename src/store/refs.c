/*-------------------------------------------------------------------------
 *
 * refs.c
 *	  Finds statements and plans, with a backend-local cache in front of the
 *	  shared hash, and defines new ones.
 *
 * Separate from recording: finding happens when a statement starts, where it
 * may allocate and take locks; recording happens when it ends or fails.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "guc.h"
#include "hot.h"
#include "store/arena.h"

/* Entries of the backend-local cache; a power of two */
#define CACHE_SIZE 512

/* Cost of first samples that a backend may owe, ns */
#define MAX_DEBT INT64CONST(50000000)

typedef union PfxCached
{
	PfxRef		ref;
	char		pad[64];		/* a cache line of the processor */
} PfxCached;

static PfxCached *cache PFX_HOT = NULL;

/*
 * A statement's entries: the one of its last plan, which also answers when no
 * plan is asked for, and the one of the plan before that.
 */
static inline PfxRef *
cache_entry(const PfxStmtKey *key, int which)
{
	uint64		h = key->queryid ^ key->toplevel ^ ((uint64) key->userid << 3);

	return &cache[((h ^ h >> 17) & (CACHE_SIZE - 1)) ^ which].ref;
}

static inline bool
is_cached(const PfxRef *cached, const PfxStmtKey *key, uint64 planid)
{
	return (planid == 0 || cached->planid == planid) &&
		pfx_same_statement(&cached->key, key) && pfx_ref_points(cached);
}

/* Does it still point at its statement and plan? */
bool
pfx_ref_is_current(const PfxRef *ref)
{
	return pfx_ref_points(ref);
}

static void
point_at(PfxRef *ref, PfxSharedStatement *stmt)
{
	ref->stmt = stmt;
	ref->stmt_generation = stmt->slot.generation;
	ref->plan = ref->planid != 0 ? pfx_plan_lookup(stmt, ref->planid) : NULL;
	ref->plan_generation = ref->plan != NULL ? ref->plan->slot.generation : 0;
	if (cache != NULL && pfx_ref_is_current(ref))
	{
		*cache_entry(&ref->key, 1) = *cache_entry(&ref->key, 0);
		*cache_entry(&ref->key, 0) = *ref;
	}
}

/*
 * Fills ref.  True when the statement and, unless planid is 0, the plan are
 * known; otherwise ref->stmt or ref->plan may be NULL and pfx_ref_define()
 * makes what is missing.  Never waits for a lock.
 */
bool
pfx_ref_find(const PfxStmtKey *key, uint64 planid, PfxRef *ref)
{
	int			p = pfx_partition_of(key->queryid);
	PfxSharedStatement *stmt;

	if (likely(cache != NULL))
	{
		for (int which = 0; which < 2; which++)
		{
			PfxRef	   *cached = cache_entry(key, which);

			if (is_cached(cached, key, planid))
			{
				*ref = *cached;
				if (planid == 0)
				{
					ref->planid = 0;
					ref->plan = NULL;
				}
				return true;
			}
		}
	}
	else
	{
		MemoryContext context = AllocSetContextCreate(TopMemoryContext, "perfext statements",
													  ALLOCSET_SMALL_SIZES);

		cache = MemoryContextAllocExtended(context, sizeof(PfxCached) * (CACHE_SIZE + 1),
										   MCXT_ALLOC_NO_OOM | MCXT_ALLOC_ZERO);
		cache = (PfxCached *) TYPEALIGN(sizeof(PfxCached), cache);
	}

	memset(ref, 0, sizeof(*ref));
	ref->key = *key;
	ref->planid = planid;
	if (!LWLockConditionalAcquire(&pfx_partition(p)->lock, LW_SHARED))
		return false;
	stmt = pfx_statement_lookup(p, key);
	if (stmt != NULL)
		point_at(ref, stmt);
	LWLockRelease(&pfx_partition(p)->lock);
	return pfx_ref_is_current(ref);
}

bool
pfx_ref_has_text(const PfxRef *ref)
{
	return ref->stmt != NULL && ref->stmt->text != 0;
}

/* As pfx_ref_find(), and its text is known as well */
bool
pfx_ref_find_all(const PfxStmtKey *key, uint64 planid, PfxRef *ref)
{
	return pfx_ref_find(key, planid, ref) && ref->stmt->text != 0;
}

/* What was found before, if pfx_ref_find_all() would find the same again */
bool
pfx_ref_again(const PfxRef *last, PfxRef *ref)
{
	if (!pfx_ref_points(last) || last->stmt->text == 0)
		return false;
	*ref = *last;
	return true;
}

/* Did its last execution have tags?  Read without a lock: see arena.h */
bool
pfx_ref_has_tags(const PfxRef *ref)
{
	return ref->stmt != NULL && ref->stmt->tags_len != 0;
}

/* Both locks are held: makes what is missing, as far as there is room */
static void
define_locked(PfxRef *ref, int p, PfxSharedStatement *stmt, const char *text, int len)
{
	if (stmt->text == 0 && text != NULL)
	{
		/* Full: the statements worth least make room, a few at the most */
		for (int tries = 0; tries < 4 && stmt->text == 0; tries++)
		{
			stmt->text = pfx_text_intern(p, text, len);
			if (stmt->text == 0 && !pfx_statement_evict(p))
				break;
		}
	}
	if (ref->planid != 0 && pfx_plan_lookup(stmt, ref->planid) == NULL)
		(void) pfx_plan_create(stmt, ref->planid);
	point_at(ref, stmt);
}

/*
 * Makes what pfx_ref_find() did not find, and gives a statement its text if it
 * has none.  text may be NULL: not known.  Never waits: false when a lock was
 * not free, and recording tries again.  True with ref->stmt or ref->plan still
 * NULL: there is no room.
 */
bool
pfx_ref_define(PfxRef *ref, const char *text, int len)
{
	int			p = pfx_partition_of(ref->key.queryid);
	PfxSharedStatement *stmt;
	bool		locked = false;

	if (!LWLockConditionalAcquire(&pfx_partition(p)->lock, LW_EXCLUSIVE))
		return false;

	stmt = pfx_statement_lookup(p, &ref->key);
	if (stmt == NULL)
		stmt = pfx_statement_create(p, &ref->key);
	if (stmt == NULL)
		locked = true;
	else if (LWLockConditionalAcquire(&stmt->lock, LW_EXCLUSIVE))
	{
		locked = true;
		define_locked(ref, p, stmt, text, len);
		LWLockRelease(&stmt->lock);
	}
	LWLockRelease(&pfx_partition(p)->lock);
	return locked;
}

/*
 * Should this execution have its nodes timed?  The first two of a plan are, as
 * long as the backend has credit left (the very first may take some); after
 * that, ever more rarely and when the credit pays for what the last sample cost.
 * *credit: what there must be more than.
 *
 * Reads without a lock: see the accepted race in arena.h.
 */
bool
pfx_ref_plan_due(const PfxRef *ref, int64 *credit)
{
	const PfxPlanStats *stats;
	int64		wait;

	if (ref->plan == NULL)
		return false;
	stats = &ref->plan->stats;
	/* a plan of which nothing is known yet may run into debt, bounded */
	if (unlikely(stats->samples < 2))
	{
		*credit = stats->samples == 0 ? -MAX_DEBT : 0;
		return true;
	}
	wait = stats->samples < 10 ? INT64CONST(1) << stats->samples : 1024;
	*credit = stats->sample_cost;
	return stats->exec.count - stats->calls_at_sample >= wait;
}

bool
pfx_ref_plan_described(const PfxRef *ref)
{
	return ref->plan != NULL && ref->plan->text != 0;
}

/*
 * Gives a plan its JSON text and its nodes.  Does nothing when somebody else
 * has done it meanwhile, or when there is no room.
 */
void
pfx_ref_describe_plan(PfxRef *ref, const char *json, const PfxNodeInfo *nodes, int nnodes,
					  uint64 fingerprint)
{
	int			p = pfx_partition_of(ref->key.queryid);
	PfxSharedStatement *stmt = ref->stmt;

	if (!pfx_ref_is_current(ref) || ref->plan == NULL ||
		!LWLockConditionalAcquire(&pfx_partition(p)->lock, LW_EXCLUSIVE))
		return;
	if (LWLockConditionalAcquire(&stmt->lock, LW_EXCLUSIVE))
	{
		/* under the partition's lock nothing is evicted but by ourselves */
		if (pfx_ref_is_current(ref) && ref->plan->text == 0)
		{
			uint32		text = 0;

			for (int tries = 0; tries < 4 && text == 0; tries++)
			{
				text = pfx_text_intern(p, json, strlen(json));
				if (text == 0 && !pfx_statement_evict(p))
					break;
			}
			if (text != 0 && !pfx_plan_set_nodes(stmt, ref->plan, nodes, nnodes))
			{
				pfx_text_release(p, text);
				text = 0;
			}
			ref->plan->text = text;
			ref->plan->fingerprint = fingerprint;
		}
		LWLockRelease(&stmt->lock);
	}
	LWLockRelease(&pfx_partition(p)->lock);
}
