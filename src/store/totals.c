/*-------------------------------------------------------------------------
 *
 * totals.c
 *	  What perfext says of itself: its own cost, what it dropped or evicted,
 *	  its last error.
 *
 * Separate because these belong to no kind.  A backend adds up locally and
 * passes the sums on a few times a second, so that no cache line is fought
 * over.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "hot.h"
#include "store/arena.h"
#include "store/region.h"

PfxTotals	pfx_local_totals PFX_HOT;

static void
pass_on(pg_atomic_uint64 *to, int64 *from)
{
	if (*from != 0)
		pg_atomic_fetch_add_u64(to, (uint64) *from);
	*from = 0;
}

void
pfx_totals_flush(void)
{
	pass_on(&pfx_arena->records, &pfx_local_totals.records);
	pass_on(&pfx_arena->exec_time, &pfx_local_totals.exec_time);
	pass_on(&pfx_arena->overhead_time, &pfx_local_totals.overhead_time);
	pass_on(&pfx_arena->dropped, &pfx_local_totals.dropped);
	pass_on(&pfx_arena->dropped_samples, &pfx_local_totals.dropped_samples);
	pass_on(&pfx_arena->pending, &pfx_local_totals.pending);
	pass_on(&pfx_arena->lock_waits, &pfx_local_totals.lock_waits);
	pass_on(&pfx_arena->render_failures, &pfx_local_totals.render_failures);
	pass_on(&pfx_arena->what_if_time, &pfx_local_totals.what_if_time);
	pass_on(&pfx_arena->what_if_proofs, &pfx_local_totals.what_if_proofs);
}

/* Everything was forgotten: the counters start again */
void
pfx_totals_reset(TimestampTz now)
{
	pg_atomic_uint64 *counters[] = {
		&pfx_arena->records, &pfx_arena->exec_time, &pfx_arena->overhead_time,
		&pfx_arena->max_overhead_time, &pfx_arena->dropped, &pfx_arena->dropped_samples,
		&pfx_arena->pending, &pfx_arena->lock_waits, &pfx_arena->render_failures,
		&pfx_arena->what_if_time, &pfx_arena->what_if_proofs,
		&pfx_arena->evicted_statements, &pfx_arena->evicted_plans
	};

	memset(&pfx_local_totals, 0, sizeof(pfx_local_totals));
	for (int i = 0; i < lengthof(counters); i++)
		pg_atomic_write_u64(counters[i], 0);
	pg_atomic_write_u64(&pfx_arena->stats_reset, (uint64) now);
}

/* Time spent inside perfext in one statement, other than per node call */
void
pfx_totals_note_overhead(int64 ns)
{
	uint64		max = pg_atomic_read_u64(&pfx_arena->max_overhead_time);

	pfx_local_totals.overhead_time += ns;
	while ((uint64) ns > max &&
		   !pg_atomic_compare_exchange_u64(&pfx_arena->max_overhead_time, &max, (uint64) ns))
		;
}

void
pfx_note_error(const char *message)
{
	if (pfx_arena == NULL || !LWLockConditionalAcquire(&pfx_arena->lock, LW_EXCLUSIVE))
		return;
	/* it may be read in a database of another encoding */
	strlcpy(pfx_arena->last_error, message, sizeof(pfx_arena->last_error));
	for (char *c = pfx_arena->last_error; *c != '\0'; c++)
		if (IS_HIGHBIT_SET(*c))
			*c = '?';
	pfx_arena->last_error_at = GetCurrentTimestamp();
	LWLockRelease(&pfx_arena->lock);
}

void
pfx_worker_cpu_add(int slot, int64 ns)
{
	if (slot >= 0 && slot < pfx_arena->nprocs)
		pg_atomic_fetch_add_u64(&pfx_arena->worker_cpu[slot], (uint64) ns);
}

/* Sum so far of what workers added for this backend: take differences */
int64
pfx_worker_cpu_get(int slot)
{
	if (slot < 0 || slot >= pfx_arena->nprocs)
		return 0;
	return (int64) pg_atomic_read_u64(&pfx_arena->worker_cpu[slot]);
}

void
pfx_store_info(PfxStoreInfo *info)
{
	PfxSharedArena *arena = pfx_arena;
	Size		used = 0;
	Size		total = 0;

	pfx_totals_flush();
	memset(info, 0, sizeof(*info));
	for (int p = 0; p < arena->npartitions; p++)
	{
		PfxSharedPartition *partition = pfx_partition(p);

		LWLockAcquire(&partition->lock, LW_SHARED);
		info->statements += partition->used_slots[PFX_KIND_STATEMENT];
		info->plans += partition->used_slots[PFX_KIND_PLAN];
		info->nodes += partition->used_slots[PFX_KIND_NODE];
		for (int kind = 0; kind < PFX_NKINDS; kind++)
		{
			used += partition->used_slots[kind] * arena->slot_size[kind];
			total += arena->nslots[kind] * arena->slot_size[kind];
		}
		used += partition->used_chunks * sizeof(PfxSharedChunk);
		total += arena->nchunks * sizeof(PfxSharedChunk);
		LWLockRelease(&partition->lock);
	}
	used += pfx_regions_used();
	total += arena->regions_size;
	info->memory_bytes = arena->size;
	info->memory_used_bytes = (arena->size - total) + used;
	info->max_statements = (int64) arena->nslots[PFX_KIND_STATEMENT] * arena->npartitions;
	info->max_plans = (int64) arena->nslots[PFX_KIND_PLAN] * arena->npartitions;
	info->max_nodes = (int64) arena->nslots[PFX_KIND_NODE] * arena->npartitions;
	info->evicted_statements = pg_atomic_read_u64(&arena->evicted_statements);
	info->evicted_plans = pg_atomic_read_u64(&arena->evicted_plans);
	info->max_overhead_time = pg_atomic_read_u64(&arena->max_overhead_time);
	info->totals.records = pg_atomic_read_u64(&arena->records);
	info->totals.exec_time = pg_atomic_read_u64(&arena->exec_time);
	info->totals.overhead_time = pg_atomic_read_u64(&arena->overhead_time);
	info->totals.dropped = pg_atomic_read_u64(&arena->dropped);
	info->totals.dropped_samples = pg_atomic_read_u64(&arena->dropped_samples);
	info->totals.pending = pg_atomic_read_u64(&arena->pending);
	info->totals.lock_waits = pg_atomic_read_u64(&arena->lock_waits);
	info->totals.render_failures = pg_atomic_read_u64(&arena->render_failures);
	info->totals.what_if_time = pg_atomic_read_u64(&arena->what_if_time);
	info->totals.what_if_proofs = pg_atomic_read_u64(&arena->what_if_proofs);
	info->stats_reset = (TimestampTz) pg_atomic_read_u64(&arena->stats_reset);
	info->last_save = (TimestampTz) pg_atomic_read_u64(&arena->last_save);
	info->save_time = pg_atomic_read_u64(&arena->save_time);
	LWLockAcquire(&arena->lock, LW_SHARED);
	memcpy(info->last_error, arena->last_error, sizeof(info->last_error));
	info->last_error_at = arena->last_error_at;
	LWLockRelease(&arena->lock);
}
