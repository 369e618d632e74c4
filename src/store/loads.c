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
 * A backend that executes one load's statements over and over keeps them in its
 * burst, in shared memory of its own, and adds them to the entry sixteen at a
 * time: with one lock, and with the code of adding up in the processor's cache.
 * Readers add the bursts to what the entries hold.  A burst is changed by its
 * backend alone, who makes its count of changes odd meanwhile; what was added to
 * the entry is taken out of it under the entry's lock, so that whoever holds that
 * one sees each statement once.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/timestamp.h"

#include "clock.h"
#include "hot.h"
#include "store/arena.h"
#include "store/loads.h"
#include "store/region.h"

#define LOOKED_AT 16			/* entries, to find one that goes */
#define MAX_PENDING 32
#define MAX_TRIES 100			/* to read what its backend is changing, 0.1 ms each */
#define MAX_WAIT_AT_EXIT INT64CONST(100000000)	/* ns */

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
	uint32		nentries;		/* immutable, as the next two */
	uint32		nbuckets;
	uint32		nbursts;
	uint32		used;
	uint32		free_entry;
	uint32		clock_hand;
	pg_atomic_uint64 evicted;
	/* bursts, entries, buckets */
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
static PfxLoadBurst *bursts;

/* This backend's; NULL: not known yet, or there is none for so many backends */
static PfxLoadBurst *burst PFX_HOT = NULL;
static PfxLoadRef burst_ref;	/* what it is about */

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

static Size
burst_size(void)
{
	return CACHELINEALIGN(sizeof(PfxLoadBurst));
}

static PfxLoadBurst *
burst_of(int slot)
{
	return (PfxLoadBurst *) ((char *) bursts + slot * burst_size());
}

/* 2 % of the arena, but room for some loads in a small one */
static Size
entries_size(Size arena_size)
{
	return Max(arena_size / 50, 16 * sizeof(PfxSharedLoad));
}

/* One for each backend, in 1 % of the arena */
static Size
bursts_size(Size arena_size)
{
	return Min(MaxBackends, arena_size / 100 / burst_size()) * burst_size();
}

static Size
loads_size(Size arena_size)
{
	return CACHELINEALIGN(sizeof(PfxSharedLoads)) + bursts_size(arena_size) +
		entries_size(arena_size);
}

static void
loads_attach(void *at, Size size, bool fresh, int tranche)
{
	Size		nbursts = Min(MaxBackends, size / 3 / burst_size());
	Size		nentries = (size - CACHELINEALIGN(sizeof(PfxSharedLoads)) -
							nbursts * burst_size()) / (sizeof(PfxSharedLoad) + sizeof(uint32));

	loads = at;
	bursts = (PfxLoadBurst *) ((char *) at + CACHELINEALIGN(sizeof(PfxSharedLoads)));
	entries = (PfxSharedLoad *) ((char *) bursts + nbursts * burst_size());
	buckets = (uint32 *) (entries + nentries);
	if (!fresh)
		return;
	LWLockInitialize(&loads->lock, tranche);
	pg_atomic_init_u64(&loads->evicted, 0);
	loads->nentries = nentries;
	loads->nbuckets = nentries;
	loads->nbursts = nbursts;
	for (uint32 i = 0; i < nbursts; i++)
		pg_atomic_init_u32(&burst_of(i)->changes, 0);
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
			pfx_load_stats_add(&ref->load->stats, event);
			LWLockRelease(&ref->load->lock);
			pfx_region_changed();
			return true;
		}
		LWLockRelease(&ref->load->lock);
	}
	return false;
}

/* ---- what waits for a lock ---- */

/* Touches only static memory: may be called in a transaction callback */
static void
add_later(const PfxLoadRef *ref, const PfxLoadEvent *event)
{
	pfx_loads_pending = true;
	for (int i = 0; i < npending; i++)
		if (memcmp(&pending[i].ref.key, &ref->key, sizeof(ref->key)) == 0)
		{
			pfx_load_event_add(&pending[i].event, event);
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

static void
flush_pending(bool at_exit)
{
	int			kept = 0;
	uint64		start = at_exit ? pfx_ticks() : 0;

	for (int i = 0; i < npending; i++)
	{
		bool		done = add_now(&pending[i].ref, &pending[i].event);

		while (!done && at_exit && pfx_ticks_to_ns(pfx_ticks() - start) < MAX_WAIT_AT_EXIT)
		{
			pfx_local_totals.lock_waits++;
			pg_usleep(50);
			done = add_now(&pending[i].ref, &pending[i].event);
		}
		if (done)
			continue;
		if (at_exit)
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

/* ---- bursts ---- */

static void
begin_change(void)
{
	pg_atomic_write_u32(&burst->changes, pg_atomic_read_u32(&burst->changes) + 1);
	pg_write_barrier();
}

static void
end_change(void)
{
	pg_write_barrier();
	pg_atomic_write_u32(&burst->changes, pg_atomic_read_u32(&burst->changes) + 1);
}

/* What it is about stays, for the statements that follow */
static void
empty_burst(void)
{
	PfxLoadEvent empty = {
		.target = burst->sum.target,.flags = burst->sum.flags,.queryid = burst->sum.queryid,
		.row_width = burst->sum.row_width
	};

	burst->sum = empty;
	burst->nsamples = 0;
	burst->nwaits = 0;
}

/* For what follows this statement of this load, its commit first of all */
static void
begin_burst(const PfxLoadRef *ref, const PfxLoadEvent *event)
{
	burst_ref = *ref;
	begin_change();
	burst->load = ref->load;
	burst->generation = ref->generation;
	burst->sum = *event;
	empty_burst();
	end_change();
}

static void
end_burst(void)
{
	begin_change();
	burst->load = NULL;
	empty_burst();
	end_change();
}

/*
 * Adds the burst to its entry; what was forgotten meanwhile stays so.  False: the
 * lock is not free, now.
 */
static pg_noinline bool
flush_burst(void)
{
	PfxSharedLoad *load = burst->load;

	if (load == NULL || (burst->sum.statements == 0 && burst->sum.commits == 0))
		return true;
	if (load->generation != burst->generation)
	{
		end_burst();
		return true;
	}
	if (!LWLockConditionalAcquire(&load->lock, LW_EXCLUSIVE))
		return false;
	if (load->generation == burst->generation)
		pfx_load_stats_add_burst(&load->stats, burst);
	begin_change();
	empty_burst();
	end_change();
	LWLockRelease(&load->lock);
	pfx_region_changed();
	return true;
}

/* It must go: where it cannot be added now it waits, without its samples */
static void
leave_burst(void)
{
	if (!flush_burst())
		add_later(&burst_ref, &burst->sum);
	end_burst();
}

static bool
is_for(const PfxLoadRef *ref)
{
	return burst != NULL && burst->load != NULL && burst->load == ref->load &&
		burst->generation == ref->generation && ref->load->generation == ref->generation;
}

bool
pfx_load_step(const PfxLoadRef *ref, const PfxLoadStep *step)
{
	PfxLoadEvent *sum;

	if (!is_for(ref) || burst->sum.queryid != step->queryid)
		return false;
	/* forgotten just now, or nobody can add to it: as any other statement */
	if (unlikely(burst->sum.statements == PFX_BURST_STATEMENTS) &&
		(!flush_burst() || !is_for(ref)))
		return false;
	sum = &burst->sum;
	begin_change();
	sum->statements++;
	sum->rows += step->rows;
	sum->time += step->time;
	sum->plan_time += step->plan_time;
	sum->wal_bytes += step->wal_bytes;
	sum->client_gap_time += step->client_gap_time;
	sum->streak_statements += step->streak_statements;
	if (step->time > sum->max_time)
		sum->max_time = step->time;
	sum->at = step->at;
	if (step->cycle_rows != 0 || step->gap != 0)
	{
		burst->samples[burst->nsamples].cycle_rows = step->cycle_rows;
		burst->samples[burst->nsamples].cycle_time = step->cycle_time;
		burst->samples[burst->nsamples].gap = step->gap;
		burst->nsamples++;
	}
	end_change();
	return true;
}

void
pfx_load_add(PfxLoadRef *ref, PfxLoadEvent *event)
{
	event->max_time = event->time;
	if (burst != NULL)
		leave_burst();
	else if (PFX_MY_SLOT >= 0 && PFX_MY_SLOT < loads->nbursts)
		burst = burst_of(PFX_MY_SLOT);
	if (pfx_loads_pending)
		flush_pending(false);
	if (!add_now(ref, event))
		add_later(ref, event);
	if (burst != NULL)
		begin_burst(ref, event);
}

void
pfx_load_committed(const PfxLoadRef *ref, const PfxLoadCommit *commit)
{
	PfxLoadEvent event;

	if (likely(is_for(ref)))
	{
		begin_change();
		burst->sum.commits++;
		burst->sum.committed_rows += commit->rows;
		burst->sum.commit_time += commit->time;
		burst->sum.fk_time += commit->fk_time;
		burst->sum.fk_checks += commit->fk_checks;
		burst->sum.at = commit->at;
		if (burst->nwaits < lengthof(burst->waits))
			burst->waits[burst->nwaits++] = commit->wait;
		end_change();
		return;
	}
	memset(&event, 0, sizeof(event));
	event.commits = 1;
	event.committed_rows = commit->rows;
	event.commit_time = commit->time;
	event.commit_wait = commit->wait;
	event.fk_time = commit->fk_time;
	event.fk_checks = commit->fk_checks;
	event.at = commit->at;
	add_later(ref, &event);
}

void
pfx_loads_flush(bool at_exit)
{
	if (at_exit && burst != NULL)
		leave_burst();
	flush_pending(at_exit);
}

/* ---- reading ---- */

/* Its backend may be interrupted while it changes it, but then not for long */
static bool
copy_burst(PfxLoadBurst *from, PfxLoadBurst *to)
{
	for (int tries = 0; tries < MAX_TRIES; tries++)
	{
		uint32		changes = pg_atomic_read_u32(&from->changes);

		if ((changes & 1) == 0)
		{
			pg_read_barrier();
			memcpy(to, from, sizeof(*to));
			pg_read_barrier();
			if (pg_atomic_read_u32(&from->changes) == changes)
				return true;
		}
		if (tries > 10)
			pg_usleep(100);
	}
	return false;
}

/* All that is known of a load, whose lock is held */
static void
read_load(PfxSharedLoad *load, PfxLoadStats *stats)
{
	PfxLoadBurst copy;

	*stats = load->stats;
	for (int i = 0; i < loads->nbursts; i++)
	{
		PfxLoadBurst *of = burst_of(i);

		if (of->load == load && copy_burst(of, &copy) && copy.load == load &&
			copy.generation == load->generation &&
			(copy.sum.statements > 0 || copy.sum.commits > 0))
			pfx_load_stats_add_burst(stats, &copy);
	}
}

void
pfx_loads_foreach(PfxLoadCallback callback, void *arg)
{
	PfxLoadCopy *copy = palloc(sizeof(PfxLoadCopy));

	if (pfx_loads_pending)
		flush_pending(false);
	for (uint32 i = 1; i <= loads->nentries; i++)
	{
		PfxSharedLoad *load = entry(i);
		bool		found;

		LWLockAcquire(&load->lock, LW_SHARED);
		found = (load->generation & 1) != 0;
		if (found)
		{
			copy->key = load->key;
			read_load(load, &copy->stats);
			copy->encoding = load->encoding;
		}
		LWLockRelease(&load->lock);
		/* made, but not filled yet */
		if (found && copy->stats.statements > 0)
			callback(copy, arg);
	}
	pfree(copy);
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
			read_load(load, &file[n].stats);
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
