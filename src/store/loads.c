/*-------------------------------------------------------------------------
 *
 * loads.c
 *	  The region of the arena that holds loads.
 *
 * Separate from statements.c: a load is found by its target's name, so that it
 * stays the same one when the table is made anew, and its numbers are about
 * streams of statements.
 *
 * A fixed number of entries, found by a hash of the key in chains.  The region's
 * lock protects chains, free list and keys; an entry's lock what is counted in
 * it.  Both are only tried by those who record: an entry's first, then, without
 * holding it, the region's.  Readers hold the region's shared and wait for the
 * entry's.
 *
 * When all entries are in use, the one of the next sixteen that was used longest
 * ago goes.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/timestamp.h"

#include "clock.h"
#include "hot.h"
#include "store/arena.h"
#include "store/loads.h"
#include "store/region.h"

#define LOOKED_AT 16			/* entries, to find one that goes */
#define MAX_PENDING 32
#define MAX_WAIT_AT_EXIT INT64CONST(100000000)	/* ns */
#define LEAST_STEP 0.01

typedef struct PfxSharedLoad
{
	LWLock		lock;
	uint32		generation;		/* odd: in use; grows by one at each change */
	uint32		next;			/* in its chain or the free list; 0: none */
	uint32		hash;
	int32		encoding;
	PfxLoadKey	key;
	PfxLoadStats stats;
} PfxSharedLoad;

typedef struct PfxSharedLoads
{
	LWLock		lock;
	uint32		nentries;		/* immutable, as the next one */
	uint32		nbuckets;
	uint32		used;
	uint32		free_entry;
	uint32		clock_hand;
	pg_atomic_uint64 evicted;
	/* buckets, then entries */
} PfxSharedLoads;

typedef struct PfxFileLoad
{
	PfxLoadKey	key;
	PfxLoadStats stats;
	int32		encoding;
	int32		pad;
} PfxFileLoad;

typedef struct PfxPendingLoad
{
	PfxLoadRef	ref;
	PfxLoadEvent event;
} PfxPendingLoad;

static PfxSharedLoads *loads PFX_HOT = NULL;
static uint32 *buckets;
static PfxSharedLoad *entries;

static PfxPendingLoad pending[MAX_PENDING];
static int	npending = 0;
bool		pfx_loads_pending PFX_HOT = false;

static PfxSharedLoad *
entry(uint32 index)
{
	return &entries[index - 1];
}

static uint32
key_hash(const PfxLoadKey *key)
{
	return hash_bytes((const unsigned char *) key, sizeof(*key));
}

/* ---- layout ---- */

static void
dimensions(Size size, uint32 *nentries, uint32 *nbuckets)
{
	*nentries = Max((size - CACHELINEALIGN(sizeof(PfxSharedLoads))) /
					(sizeof(PfxSharedLoad) + sizeof(uint32)), 2) - 1;
	*nbuckets = *nentries;
}

/* 2 % of the arena, but room for some loads in a small one */
static Size
loads_size(Size arena_size)
{
	return Max(arena_size / 50,
			   CACHELINEALIGN(sizeof(PfxSharedLoads)) + 16 * sizeof(PfxSharedLoad));
}

static void
loads_attach(void *at, Size size, bool fresh, int tranche)
{
	uint32		nentries;
	uint32		nbuckets;

	dimensions(size, &nentries, &nbuckets);
	loads = at;
	entries = (PfxSharedLoad *) ((char *) at + CACHELINEALIGN(sizeof(PfxSharedLoads)));
	buckets = (uint32 *) (entries + nentries);
	if (!fresh)
		return;
	LWLockInitialize(&loads->lock, tranche);
	pg_atomic_init_u64(&loads->evicted, 0);
	loads->nentries = nentries;
	loads->nbuckets = nbuckets;
	for (uint32 i = 1; i <= nentries; i++)
	{
		LWLockInitialize(&entry(i)->lock, tranche);
		entry(i)->next = i < nentries ? i + 1 : 0;
	}
	loads->free_entry = 1;
}

static Size
loads_used(void)
{
	return loads->used * sizeof(PfxSharedLoad);
}

/* ---- entries; the region's lock is held exclusively ---- */

static uint32
lookup(const PfxLoadKey *key, uint32 hash)
{
	uint32		index = buckets[hash % loads->nbuckets];

	while (index != 0 && (entry(index)->hash != hash ||
						  memcmp(&entry(index)->key, key, sizeof(*key)) != 0))
		index = entry(index)->next;
	return index;
}

/* Its own lock is held, too */
static void
forget(PfxSharedLoad *load)
{
	uint32		index = load - entries + 1;
	uint32	   *link = &buckets[load->hash % loads->nbuckets];

	while (*link != index)
		link = &entry(*link)->next;
	*link = load->next;
	load->generation++;
	load->next = loads->free_entry;
	loads->free_entry = index;
	loads->used--;
}

/* All entries are in use: makes room, if no lock is in the way */
static void
evict(void)
{
	PfxSharedLoad *oldest = NULL;

	for (int i = 0; i < LOOKED_AT && i < loads->nentries; i++)
	{
		PfxSharedLoad *load = entry(loads->clock_hand++ % loads->nentries + 1);

		if (oldest == NULL || load->stats.last_seen < oldest->stats.last_seen)
			oldest = load;
	}
	if (oldest == NULL || !LWLockConditionalAcquire(&oldest->lock, LW_EXCLUSIVE))
		return;
	forget(oldest);
	LWLockRelease(&oldest->lock);
	pg_atomic_fetch_add_u64(&loads->evicted, 1);
}

static uint32
create(const PfxLoadKey *key, uint32 hash, int encoding)
{
	uint32		index;
	PfxSharedLoad *load;

	if (loads->free_entry == 0)
		evict();
	index = loads->free_entry;
	if (index == 0)
		return 0;
	load = entry(index);
	/* whoever still knows the entry that was here looks at the generation */
	if (!LWLockConditionalAcquire(&load->lock, LW_EXCLUSIVE))
		return 0;
	loads->free_entry = load->next;
	load->next = buckets[hash % loads->nbuckets];
	buckets[hash % loads->nbuckets] = index;
	load->generation++;
	load->hash = hash;
	load->encoding = encoding;
	load->key = *key;
	memset(&load->stats, 0, sizeof(load->stats));
	LWLockRelease(&load->lock);
	loads->used++;
	return index;
}

/* ---- adding ---- */

static void
count_time(uint32 *parts, int64 ns)
{
	int			octave;
	int			part;

	if (ns <= 0)
		return;
	octave = pg_leftmost_one_pos64(ns);
	part = 2 * (octave - PFX_LOAD_FIRST_OCTAVE);
	/* the second part of the octave begins at its 1.5th */
	if (octave > 0 && ((ns >> (octave - 1)) & 1) != 0)
		part++;
	parts[Min(Max(part, 0), PFX_LOAD_PARTS - 1)]++;
}

/*
 * The client stops now and then, a checkpoint comes, others use the machine: so
 * not the mean, but a value that moves by a small step to where the next one is,
 * and so comes to lie in the middle of them.
 */
static void
count_cycle(PfxLoadBucket *bucket, int64 rows, double time)
{
	double		step = Max(1.0 / (bucket->count + 1), LEAST_STEP);

	if (bucket->count == 0)
		bucket->time = time;
	else if (time > bucket->time)
		bucket->time = Min(bucket->time * (1 + step), time);
	else
		bucket->time = Max(bucket->time / (1 + step), time);
	bucket->count++;
	bucket->rows += rows;
}

/* The last ones, each once, the latest first */
static void
note_queryid(PfxLoadStats *stats, uint64 queryid)
{
	int			i = 0;

	if (likely(stats->queryids[0] == queryid))
		return;
	while (i < PFX_LOAD_QUERYIDS - 1 && stats->queryids[i] != queryid)
		i++;
	memmove(&stats->queryids[1], &stats->queryids[0], i * sizeof(uint64));
	stats->queryids[0] = queryid;
}

static void
add_locked(PfxLoadStats *stats, const PfxLoadEvent *event)
{
	if (event->commits > 0)
	{
		stats->commits += event->commits;
		stats->committed_rows += event->committed_rows;
		stats->commit_time += event->commit_time;
		count_time(stats->commit_waits, event->commit_wait);
	}
	if (event->fk_checks != 0)
	{
		stats->fk_time += event->fk_time;
		stats->fk_checks += event->fk_checks;
	}
	stats->last_seen = event->at;
	if (event->statements == 0)
		return;

	stats->statements += event->statements;
	stats->rows += event->rows;
	stats->time += event->time;
	stats->plan_time += event->plan_time;
	stats->wal_bytes += event->wal_bytes;
	stats->client_gap_time += event->client_gap_time;
	stats->streak_statements += event->streak_statements;
	if (event->cycle_rows > 0)
		count_cycle(&stats->buckets[Min(pg_leftmost_one_pos64(event->cycle_rows),
										PFX_LOAD_BUCKETS - 1)],
					event->cycle_rows, event->cycle_time);
	if (event->gap > 0)
		count_time(stats->gaps, event->gap);
	/* a backend may go on with what has been forgotten meanwhile */
	if (event->runs != 0 || stats->runs == 0)
		stats->runs += Max(event->runs, 1);
	if (event->bytes != 0)
		stats->bytes += event->bytes;
	if (event->skipped_rows != 0)
		stats->skipped_rows += event->skipped_rows;
	if (event->temp_bytes != 0)
		stats->temp_bytes += event->temp_bytes;
	if (event->trigger_time != 0)
		stats->trigger_time += event->trigger_time;
	if (event->time > stats->max_time)
		stats->max_time = event->time;
	if (stats->row_width != event->row_width)
		stats->row_width = event->row_width;
	if (memcmp(&stats->target, &event->target, sizeof(stats->target)) != 0)
		stats->target = event->target;
	if ((stats->flags | event->flags) != stats->flags)
		stats->flags |= event->flags;
	note_queryid(stats, event->queryid);
	if (stats->first_seen == 0)
		stats->first_seen = event->at;
}

/* Finds or makes the entry; false: not now */
static bool
find(PfxLoadRef *ref)
{
	uint32		hash = key_hash(&ref->key);
	uint32		index;

	if (!LWLockConditionalAcquire(&loads->lock, LW_EXCLUSIVE))
		return false;
	index = lookup(&ref->key, hash);
	if (index == 0)
		index = create(&ref->key, hash, GetDatabaseEncoding());
	if (index != 0)
	{
		ref->load = entry(index);
		ref->generation = entry(index)->generation;
	}
	LWLockRelease(&loads->lock);
	return index != 0;
}

static bool
add_now(PfxLoadRef *ref, const PfxLoadEvent *event)
{
	for (int attempt = 0; attempt < 3; attempt++)
	{
		if (ref->load == NULL || ref->load->generation != ref->generation)
		{
			/* a commit of what has been forgotten since */
			if (ref->load != NULL && event->statements == 0)
				return true;
			if (!find(ref))
				return false;
		}
		if (!LWLockConditionalAcquire(&ref->load->lock, LW_EXCLUSIVE))
			return false;
		if (likely(ref->load->generation == ref->generation))
		{
			add_locked(&ref->load->stats, event);
			LWLockRelease(&ref->load->lock);
			pfx_region_changed();
			return true;
		}
		LWLockRelease(&ref->load->lock);
	}
	return false;
}

/* A commit that waits is added with the next statement of its load */
static void
take_commit(PfxLoadEvent *event, const PfxLoadEvent *commit, int sign)
{
	event->commits += sign * commit->commits;
	event->committed_rows += sign * commit->committed_rows;
	event->commit_time += sign * commit->commit_time;
	event->commit_wait = sign > 0 ? commit->commit_wait : 0;
	event->fk_time += sign * commit->fk_time;
	event->fk_checks += sign * commit->fk_checks;
}

/* False: a lock is not free, now */
bool
pfx_load_add(PfxLoadRef *ref, PfxLoadEvent *event)
{
	bool		takes = npending == 1 && pending[0].event.statements == 0 &&
		event->statements > 0 && event->commits == 0 && pending[0].ref.load == ref->load &&
		pending[0].ref.generation == ref->generation;

	if (takes)
		take_commit(event, &pending[0].event, 1);
	if (!add_now(ref, event))
	{
		if (takes)
			take_commit(event, &pending[0].event, -1);
		return false;
	}
	if (takes)
	{
		npending = 0;
		pfx_loads_pending = false;
	}
	return true;
}

static void
sum_up(PfxLoadEvent *to, const PfxLoadEvent *event)
{
	/* of a commit, the target may be nobody's any more */
	if (event->statements > 0)
	{
		to->target = event->target;
		to->queryid = event->queryid;
		to->row_width = event->row_width;
	}
	to->flags |= event->flags;
	to->statements += event->statements;
	to->rows += event->rows;
	to->time += event->time;
	to->plan_time += event->plan_time;
	to->wal_bytes += event->wal_bytes;
	to->client_gap_time += event->client_gap_time;
	to->streak_statements += event->streak_statements;
	to->commits += event->commits;
	to->committed_rows += event->committed_rows;
	to->commit_time += event->commit_time;
	to->runs += event->runs;
	to->bytes += event->bytes;
	to->skipped_rows += event->skipped_rows;
	to->temp_bytes += event->temp_bytes;
	to->trigger_time += event->trigger_time;
	to->fk_time += event->fk_time;
	to->fk_checks += event->fk_checks;
	to->cycle_rows = 0;
	to->gap = 0;
	to->commit_wait = 0;
	to->at = event->at;
}

/* Touches only static memory: may be called in a transaction callback */
void
pfx_load_add_later(const PfxLoadRef *ref, const PfxLoadEvent *event)
{
	pfx_loads_pending = true;
	for (int i = 0; i < npending; i++)
		if (memcmp(&pending[i].ref.key, &ref->key, sizeof(ref->key)) == 0)
		{
			sum_up(&pending[i].event, event);
			return;
		}
	if (npending == MAX_PENDING)
	{
		pfx_local_totals.dropped++;
		return;
	}
	pending[npending].ref = *ref;
	pending[npending].event = *event;
	npending++;
}

void
pfx_loads_flush(bool may_wait)
{
	int			kept = 0;
	uint64		start = may_wait ? pfx_ticks() : 0;

	for (int i = 0; i < npending; i++)
	{
		bool		done = add_now(&pending[i].ref, &pending[i].event);

		while (!done && may_wait && pfx_ticks_to_ns(pfx_ticks() - start) < MAX_WAIT_AT_EXIT)
		{
			pfx_local_totals.lock_waits++;
			pg_usleep(50);
			done = add_now(&pending[i].ref, &pending[i].event);
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
	npending = kept;
	pfx_loads_pending = kept > 0;
}

/* ---- reading ---- */

void
pfx_loads_foreach(PfxLoadCallback callback, void *arg)
{
	PfxLoadCopy *copy = palloc(sizeof(PfxLoadCopy));

	if (pfx_loads_pending)
		pfx_loads_flush(false);
	for (uint32 i = 1; i <= loads->nentries; i++)
	{
		PfxSharedLoad *load = entry(i);
		bool		found;

		LWLockAcquire(&load->lock, LW_SHARED);
		found = (load->generation & 1) != 0;
		if (found)
		{
			copy->key = load->key;
			copy->stats = load->stats;
			copy->encoding = load->encoding;
		}
		LWLockRelease(&load->lock);
		/* made, but not filled yet */
		if (found && copy->stats.statements > 0)
			callback(copy, arg);
	}
	pfree(copy);
}

double
pfx_load_percentile(const uint32 *parts, double fraction)
{
	double		sum = 0;
	double		wanted;

	for (int i = 0; i < PFX_LOAD_PARTS; i++)
		sum += parts[i];
	if (sum == 0)
		return -1;
	wanted = fraction * sum;
	for (int i = 0; i < PFX_LOAD_PARTS; i++)
	{
		double		low = ldexp(1 + 0.5 * (i % 2), PFX_LOAD_FIRST_OCTAVE + i / 2);

		if (wanted <= parts[i])
			return low + 0.5 * ldexp(1, PFX_LOAD_FIRST_OCTAVE + i / 2) * wanted / parts[i];
		wanted -= parts[i];
	}
	return ldexp(1, PFX_LOAD_FIRST_OCTAVE + PFX_LOAD_PARTS / 2);
}

int64
pfx_loads_evicted(void)
{
	return (int64) pg_atomic_read_u64(&loads->evicted);
}

/* ---- saving, loading, forgetting ---- */

static Size
loads_save(char **data, bool locked)
{
	PfxFileLoad *file;
	Size		n = 0;

	*data = palloc(Max(loads->nentries, 1) * sizeof(PfxFileLoad));
	file = (PfxFileLoad *) *data;
	for (uint32 i = 1; i <= loads->nentries; i++)
	{
		PfxSharedLoad *load = entry(i);

		if (locked)
			LWLockAcquire(&load->lock, LW_SHARED);
		if ((load->generation & 1) != 0 && load->stats.statements > 0)
		{
			file[n].key = load->key;
			file[n].stats = load->stats;
			file[n].encoding = load->encoding;
			file[n].pad = 0;
			n++;
		}
		if (locked)
			LWLockRelease(&load->lock);
	}
	return n * sizeof(PfxFileLoad);
}

/* Only the postmaster is there, which can take no lock: it needs none */
static void
loads_load(const char *data, Size len)
{
	if (len % sizeof(PfxFileLoad) != 0)
		return;
	for (Size at = 0; at < len && loads->free_entry != 0; at += sizeof(PfxFileLoad))
	{
		PfxFileLoad file;
		uint32		index = loads->free_entry;
		PfxSharedLoad *load = entry(index);

		memcpy(&file, data + at, sizeof(file));
		loads->free_entry = load->next;
		load->hash = key_hash(&file.key);
		load->next = buckets[load->hash % loads->nbuckets];
		buckets[load->hash % loads->nbuckets] = index;
		load->generation++;
		load->encoding = file.encoding;
		load->key = file.key;
		load->stats = file.stats;
		loads->used++;
	}
}

/* A load is no user's and no statement's: only resets that mean all, or a database */
static void
loads_reset(Oid userid, Oid dbid, uint64 queryid)
{
	if (OidIsValid(userid) || queryid != 0)
		return;
	LWLockAcquire(&loads->lock, LW_EXCLUSIVE);
	for (uint32 i = 1; i <= loads->nentries; i++)
	{
		PfxSharedLoad *load = entry(i);

		LWLockAcquire(&load->lock, LW_EXCLUSIVE);
		if ((load->generation & 1) != 0 && (!OidIsValid(dbid) || load->key.dbid == dbid))
			forget(load);
		LWLockRelease(&load->lock);
	}
	LWLockRelease(&loads->lock);
	pfx_region_changed();
}

const PfxRegion pfx_loads_region = {
	.name = "loads",
	.version = 1,
	.size = loads_size,
	.attach = loads_attach,
	.used = loads_used,
	.save = loads_save,
	.load = loads_load,
	.reset = loads_reset,
};
