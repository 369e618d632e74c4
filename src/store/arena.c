/*-------------------------------------------------------------------------
 *
 * arena.c
 *	  Lays the shared memory out, once, and hands out its slots.
 *
 * Separate from the kinds that live in it: nothing here knows what a
 * statement is.  The layout and the locks are told in arena.h.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/proc.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "guc.h"
#include "hot.h"
#include "store/arena.h"
#include "store/region.h"

PfxSharedArena *pfx_arena PFX_HOT = NULL;

/* Share of the arena that each kind's slots get, in percent; chunks the rest */
static const int kind_percent[PFX_NKINDS] = {
	[PFX_KIND_STATEMENT] = 25,
	[PFX_KIND_PLAN] = 14,
	[PFX_KIND_NODE] = 22,
	[PFX_KIND_TEXT] = 3,
};

static const Size kind_size[PFX_NKINDS] = {
	[PFX_KIND_STATEMENT] = MAXALIGN(sizeof(PfxSharedStatement)),
	[PFX_KIND_PLAN] = MAXALIGN(sizeof(PfxSharedPlan)),
	[PFX_KIND_NODE] = MAXALIGN(sizeof(PfxSharedNode)),
	[PFX_KIND_TEXT] = MAXALIGN(sizeof(PfxSharedText)),
};

static const bool kind_hashed[PFX_NKINDS] = {
	[PFX_KIND_STATEMENT] = true,
	[PFX_KIND_TEXT] = true,
};

Size
pfx_store_size(void)
{
	return (Size) perfext_shared_memory * 1024;
}

bool
pfx_store_ready(void)
{
	return pfx_arena != NULL;
}

static void *
carve(char **at, Size bytes)
{
	void	   *result = *at;

	*at += CACHELINEALIGN(bytes);
	return result;
}

/* Puts all slots and chunks of a fresh arena on their free lists */
static void
make_free_lists(void)
{
	for (int p = 0; p < pfx_arena->npartitions; p++)
	{
		PfxSharedPartition *partition = pfx_partition(p);

		LWLockInitialize(&partition->lock, pfx_arena->tranche);
		for (int kind = 0; kind < PFX_NKINDS; kind++)
		{
			uint32		n = pfx_arena->nslots[kind];

			for (uint32 i = 1; i <= n; i++)
			{
				PfxSharedSlot *slot = pfx_slot(p, kind, i);

				slot->next = i < n ? i + 1 : 0;
				if (kind == PFX_KIND_STATEMENT)
					LWLockInitialize(&((PfxSharedStatement *) slot)->lock, pfx_arena->tranche);
			}
			partition->free_slot[kind] = n > 0 ? 1 : 0;
		}
		for (uint32 i = 1; i <= pfx_arena->nchunks; i++)
			pfx_arena->chunks[(Size) p * pfx_arena->nchunks + i - 1].next =
				i < pfx_arena->nchunks ? i + 1 : 0;
		partition->free_chunk = 1;
	}
}

static void
lay_out(PfxSharedArena *arena, Size size)
{
	char	   *at = (char *) arena;
	char	   *end = at + size;
	Size		per_partition;

	memset(arena, 0, size);
	arena->size = size;
	arena->tranche = pfx_compat_lwlock_tranche("perfext");

	/* A partition should hold some hundred statements */
	arena->npartitions = size >= (Size) 256 * 1024 * 1024 ? 64 :
		size >= (Size) 32 * 1024 * 1024 ? 16 : size >= (Size) 8 * 1024 * 1024 ? 8 : 4;

	carve(&at, sizeof(PfxSharedArena));
	arena->nprocs = MaxBackends + NUM_AUXILIARY_PROCS + 1;
	arena->worker_cpu = carve(&at, sizeof(pg_atomic_uint64) * arena->nprocs);
	arena->partitions = carve(&at, sizeof(PfxSharedPartition) * arena->npartitions);
	arena->regions_size = pfx_regions_size(size);
	arena->regions = carve(&at, arena->regions_size);
	if (at + 1024 * 1024 > end)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("perfext.shared_memory is too small for %d connections", MaxBackends),
				 errhint("Set it to at least %zukB.",
						 ((Size) (at - (char *) arena) + 1024 * 1024) / 1024 + 1)));

	per_partition = (end - at) / arena->npartitions;
	for (int kind = 0; kind < PFX_NKINDS; kind++)
	{
		Size		bytes = per_partition * kind_percent[kind] / 100;
		uint32		n;

		arena->slot_size[kind] = kind_size[kind];
		n = bytes / (kind_size[kind] + (kind_hashed[kind] ? 2 * sizeof(uint32) : 0));
		arena->nslots[kind] = n;
		if (kind_hashed[kind])
		{
			arena->nbuckets[kind] = pg_nextpower2_32(n) > 1 ? pg_nextpower2_32(n) / 2 : 1;
			arena->buckets[kind] =
				carve(&at, sizeof(uint32) * arena->nbuckets[kind] * arena->npartitions);
		}
		arena->slots[kind] = carve(&at, kind_size[kind] * n * arena->npartitions);
	}
	Assert(at < end);
	arena->nchunks = (end - at) / sizeof(PfxSharedChunk) / arena->npartitions;
	arena->chunks = (PfxSharedChunk *) at;

	pg_atomic_init_u32(&arena->attached, 0);
	pg_atomic_init_u64(&arena->records, 0);
	pg_atomic_init_u64(&arena->exec_time, 0);
	pg_atomic_init_u64(&arena->overhead_time, 0);
	pg_atomic_init_u64(&arena->max_overhead_time, 0);
	pg_atomic_init_u64(&arena->dropped, 0);
	pg_atomic_init_u64(&arena->dropped_samples, 0);
	pg_atomic_init_u64(&arena->pending, 0);
	pg_atomic_init_u64(&arena->lock_waits, 0);
	pg_atomic_init_u64(&arena->render_failures, 0);
	pg_atomic_init_u64(&arena->what_if_time, 0);
	pg_atomic_init_u64(&arena->what_if_proofs, 0);
	pg_atomic_init_u64(&arena->evicted_statements, 0);
	pg_atomic_init_u64(&arena->evicted_plans, 0);
	pg_atomic_init_u64(&arena->stats_reset, (uint64) GetCurrentTimestamp());
	pg_atomic_init_u64(&arena->last_save, 0);
	pg_atomic_init_u64(&arena->save_time, 0);
	for (int i = 0; i < arena->nprocs; i++)
		pg_atomic_init_u64(&arena->worker_cpu[i], 0);
	LWLockInitialize(&arena->lock, arena->tranche);
}

/*
 * Makes or attaches to the arena.  The caller holds AddinShmemInitLock.
 */
void
pfx_store_startup(void)
{
	bool		found;
	PfxSharedArena *arena;

	pfx_arena = NULL;
	arena = ShmemInitStruct("perfext", pfx_store_size(), &found);
	if (!found)
	{
		lay_out(arena, pfx_store_size());
		pfx_arena = arena;
		make_free_lists();
	}
	else
		pfx_arena = arena;
	pfx_regions_attach(arena->regions, arena->size, !found, arena->tranche);
	pfx_compat_lwlock_register(arena->tranche, "perfext");
}

/* A process that takes the arena's locks comes, and goes in order */
void
pfx_store_attach(void)
{
	pg_atomic_fetch_add_u32(&pfx_arena->attached, 1);
}

void
pfx_store_detach(void)
{
	pg_atomic_fetch_sub_u32(&pfx_arena->attached, 1);
}

/*
 * Did some process end without detaching?  An immediate stop ends them at any
 * instruction, perhaps in the middle of a change.
 */
bool
pfx_store_abandoned(void)
{
	return pg_atomic_read_u32(&pfx_arena->attached) != 0;
}

/*
 * Takes a slot from the free list; 0 when there is none.  The rest of the slot
 * is as its last user left it: the caller fills all of it.
 */
uint32
pfx_slot_alloc(int p, PfxKind kind)
{
	PfxSharedPartition *partition = pfx_partition(p);
	uint32		index = partition->free_slot[kind];
	PfxSharedSlot *slot;

	Assert(LWLockHeldByMeInMode(&partition->lock, LW_EXCLUSIVE) || !IsUnderPostmaster);

	if (index == 0)
		return 0;
	slot = pfx_slot(p, kind, index);
	Assert(!PFX_SLOT_IN_USE(slot));
	partition->free_slot[kind] = slot->next;
	partition->used_slots[kind]++;
	slot->next = 0;
	slot->generation++;
	return index;
}

void
pfx_slot_free(int p, PfxKind kind, uint32 index)
{
	PfxSharedPartition *partition = pfx_partition(p);
	PfxSharedSlot *slot = pfx_slot(p, kind, index);

	Assert(LWLockHeldByMeInMode(&partition->lock, LW_EXCLUSIVE) || !IsUnderPostmaster);
	Assert(PFX_SLOT_IN_USE(slot));

	slot->generation++;
	slot->next = partition->free_slot[kind];
	partition->free_slot[kind] = index;
	partition->used_slots[kind]--;
}

/* The head of the hash chain that a hash value belongs to */
uint32 *
pfx_bucket(int p, PfxKind kind, uint64 hash)
{
	uint32		n = pfx_arena->nbuckets[kind];

	return &pfx_arena->buckets[kind][(Size) p * n + ((hash >> 32 ^ hash) & (n - 1))];
}

void
pfx_bucket_remove(int p, PfxKind kind, uint64 hash, uint32 index)
{
	uint32	   *link = pfx_bucket(p, kind, hash);

	while (*link != 0 && *link != index)
		link = &((PfxSharedSlot *) pfx_slot(p, kind, *link))->next;
	Assert(*link == index);
	if (*link == index)
		*link = ((PfxSharedSlot *) pfx_slot(p, kind, index))->next;
}
