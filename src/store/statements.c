/*-------------------------------------------------------------------------
 *
 * statements.c
 *	  The kind "statement": lookup, creation, counting, eviction, reset.
 *
 * Separate from plans.c because a statement owns its plans and not the other
 * way round; whoever removes a statement removes them with it.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/timestamp.h"

#include "store/arena.h"

/* Slots looked at to find one to evict: bounds the time of an eviction */
#define EVICT_CANDIDATES 16

static uint64
key_hash(const PfxStmtKey *key)
{
	return key->queryid ^ ((uint64) key->userid << 20) ^ ((uint64) key->dbid << 40) ^ key->toplevel;
}

PfxSharedStatement *
pfx_statement_lookup(int p, const PfxStmtKey *key)
{
	uint32		index = *pfx_bucket(p, PFX_KIND_STATEMENT, key_hash(key));

	Assert(LWLockHeldByMe(&pfx_partition(p)->lock) || !IsUnderPostmaster);

	while (index != 0)
	{
		PfxSharedStatement *stmt = pfx_slot(p, PFX_KIND_STATEMENT, index);

		if (pfx_same_statement(&stmt->key, key))
			return stmt;
		index = stmt->slot.next;
	}
	return NULL;
}

/*
 * A new statement without text, counts or plans; NULL when there is no slot and
 * none can be evicted.
 */
PfxSharedStatement *
pfx_statement_create(int p, const PfxStmtKey *key)
{
	uint32		index;
	uint32	   *bucket;
	PfxSharedStatement *stmt;
	TimestampTz now;

	index = pfx_slot_alloc(p, PFX_KIND_STATEMENT);
	for (int tries = 0; tries < 4 && index == 0; tries++)
		if (pfx_statement_evict(p))
			index = pfx_slot_alloc(p, PFX_KIND_STATEMENT);
	if (index == 0)
		return NULL;
	stmt = pfx_slot(p, PFX_KIND_STATEMENT, index);
	now = GetCurrentTimestamp();
	stmt->key = *key;
	stmt->partition = p;
	stmt->text = 0;
	stmt->proof = 0;
	stmt->applied = 0;
	stmt->check_proofs = 0;
	stmt->applied_checks = 0;
	stmt->first_plan = 0;
	stmt->nplans = 0;
	stmt->tags = 0;
	stmt->tags_len = 0;
	stmt->tags_hash = 0;
	stmt->encoding = GetDatabaseEncoding();
	stmt->weight = 1;
	stmt->described = 0;
	stmt->watched = 0;
	memset(stmt->hist, 0, sizeof(stmt->hist));
	memset(&stmt->stats, 0, sizeof(stmt->stats));
	stmt->stats.stats_since = now;
	stmt->stats.minmax_stats_since = now;

	bucket = pfx_bucket(p, PFX_KIND_STATEMENT, key_hash(key));
	stmt->slot.next = *bucket;
	*bucket = index;
	return stmt;
}

/* Removes a statement and all it owns.  The caller holds both locks. */
void
pfx_statement_remove(int p, PfxSharedStatement *stmt)
{
	uint32		index = pfx_slot_index(p, PFX_KIND_STATEMENT, stmt);

	while (stmt->first_plan != 0)
		pfx_plan_remove(stmt, pfx_slot(p, PFX_KIND_PLAN, stmt->first_plan));
	pfx_bucket_remove(p, PFX_KIND_STATEMENT, key_hash(&stmt->key), index);
	pfx_text_release(p, stmt->text);
	pfx_text_release(p, stmt->proof);
	pfx_text_release(p, stmt->applied);
	pfx_text_release(p, stmt->check_proofs);
	pfx_text_release(p, stmt->applied_checks);
	stmt->text = stmt->proof = stmt->applied = 0;
	stmt->check_proofs = stmt->applied_checks = 0;
	pfx_chunks_free(p, stmt->tags);
	stmt->tags = 0;
	pfx_hist_free(p, stmt->hist);
	pfx_slot_free(p, PFX_KIND_STATEMENT, index);
}

/* The next slot in use from a position on; NULL: none within n slots */
static PfxSharedStatement *
next_in_use(int p, uint32 *position)
{
	uint32		n = pfx_arena->nslots[PFX_KIND_STATEMENT];

	for (uint32 i = 0; i < n; i++)
	{
		PfxSharedStatement *stmt;

		*position = *position % n + 1;
		stmt = pfx_slot(p, PFX_KIND_STATEMENT, *position);
		if (PFX_SLOT_IN_USE(&stmt->slot))
			return stmt;
	}
	return NULL;
}

/*
 * Makes room by removing the statement that is worth least among the next few
 * under the clock's hand, if its lock is free.  The hand moves by one statement
 * each time and halves its weight, so that what is no longer used goes in the
 * end, however much it once was used.
 */
bool
pfx_statement_evict(int p)
{
	PfxSharedPartition *partition = pfx_partition(p);
	uint32		position = partition->clock_hand[PFX_KIND_STATEMENT];
	PfxSharedStatement *victim = NULL;

	Assert(LWLockHeldByMeInMode(&partition->lock, LW_EXCLUSIVE) || !IsUnderPostmaster);

	for (int candidates = 0; candidates < EVICT_CANDIDATES; candidates++)
	{
		PfxSharedStatement *stmt = next_in_use(p, &position);

		if (stmt == NULL)
			return false;
		if (victim == NULL || stmt->weight < victim->weight ||
			(stmt->weight == victim->weight &&
			 stmt->stats.last_call < victim->stats.last_call))
			victim = stmt;
		if (candidates == 0)
		{
			/* an unlocked halving may lose a concurrent call's +1: harmless */
			partition->clock_hand[PFX_KIND_STATEMENT] = position;
			stmt->weight /= 2;
		}
	}
	if (!LWLockConditionalAcquire(&victim->lock, LW_EXCLUSIVE))
		return false;
	pfx_statement_remove(p, victim);
	LWLockRelease(&victim->lock);
	pg_atomic_fetch_add_u64(&pfx_arena->evicted_statements, 1);
	return true;
}

void
pfx_timing_add(PfxTiming *timing, int64 ns)
{
	double		old_mean = timing->mean;

	timing->count++;
	timing->total += ns;
	if (timing->count == 1)
	{
		timing->mean = ns;
		timing->sum_sq = 0;
	}
	else
	{
		/* Welford's method, as in pg_stat_statements */
		timing->mean += (ns - old_mean) / timing->count;
		timing->sum_sq += (ns - old_mean) * (ns - timing->mean);
	}
	/* min and max restart on their own after a minmax reset: max 0 says so */
	if (timing->max == 0 && timing->min == 0)
		timing->min = timing->max = ns;
	else if (ns < timing->min)
		timing->min = ns;
	else if (ns > timing->max)
		timing->max = ns;
}

static void
usage_add(PfxUsage *sum, const PfxUsed *used)
{
	int64	   *to = (int64 *) sum;
	const int64 *from = (const int64 *) &used->usage;

	StaticAssertStmt(sizeof(PfxUsage) % sizeof(int64) == 0, "PfxUsage holds only int64");
	for (int i = 0; i < used->n; i++)
		to[i] += from[i];
}

static void
jit_add(PfxJit *sum, const PfxJit *add)
{
	int64	   *to = (int64 *) sum;
	const int64 *from = (const int64 *) add;

	StaticAssertStmt(sizeof(PfxJit) % sizeof(int64) == 0, "PfxJit holds only int64");
	for (int i = 0; i < sizeof(PfxJit) / sizeof(int64); i++)
		to[i] += from[i];
}

/* What few executions have */
static pg_noinline void
add_seldom(PfxStatementStats *stats, const PfxExecRecord *record)
{
	stats->cpu_time += record->cpu_time;
	stats->commits += record->commits;
	stats->commit_time += record->commit_time;
	stats->fk_checks += record->fk_checks;
	stats->fk_time += record->fk_time;
	stats->idle_in_transaction_time += record->idle_in_transaction_time;
	stats->workers_to_launch += record->workers_to_launch;
	stats->workers_launched += record->workers_launched;
}

/* Adds one execution.  The caller holds the statement's lock. */
void
pfx_statement_add(PfxSharedStatement *stmt, const PfxExecRecord *record)
{
	PfxStatementStats *stats = &stmt->stats;

	switch (record->outcome)
	{
		case PFX_COMPLETED:
			pfx_timing_add(&stats->exec, record->exec_time);
			stats->rows += record->rows;
			break;
		case PFX_FAILED:
			stats->failures += 1 + record->more;
			stats->failed_exec_time += record->exec_time;
			break;
		case PFX_ABANDONED:
			stats->abandoned += 1 + record->more;
			break;
		case PFX_NOT_EXECUTED:
			break;
	}
	if (record->started > stats->last_call)
		stats->last_call = record->started;

	/* Weight: one for the call, one for each millisecond it took */
	if (stmt->weight < PG_UINT32_MAX / 2)
		stmt->weight += 1 + (uint32) Min(record->exec_time >> 20, 1000000);

	usage_add(&stats->usage, &record->used);
	for (int i = 0; i < record->nplans; i++)
		pfx_timing_add(&stats->plan, record->plan_time / record->nplans);
	if (record->memory_bytes > 0)
	{
		stats->peak_memory_bytes = Max(stats->peak_memory_bytes, record->memory_bytes);
		stats->sum_memory_bytes += record->memory_bytes;
		stats->memory_samples++;
	}
	stats->client_gap_time += record->client_gap_time;
	stats->generic_plan_calls += record->generic_plan_calls;
	stats->custom_plan_calls += record->custom_plan_calls;
	/* mostly nothing: then their place in memory is not even looked at */
	if (unlikely((record->cpu_time | record->commits | record->fk_checks |
				  record->idle_in_transaction_time | record->workers_to_launch) != 0))
		add_seldom(stats, record);
	if (unlikely(record->has_jit))
		jit_add(&stats->jit, &record->jit);
}

static void
reset_minmax(PfxSharedStatement *stmt, TimestampTz now)
{
	stmt->stats.plan.min = stmt->stats.plan.max = 0;
	stmt->stats.exec.min = stmt->stats.exec.max = 0;
	stmt->stats.minmax_stats_since = now;
}

/*
 * Forgets statements, or only their extremes; 0 stands for "any".  Waits for
 * locks: a user asked for it.
 */
TimestampTz
pfx_statements_reset(Oid userid, Oid dbid, uint64 queryid, bool minmax_only)
{
	TimestampTz now = GetCurrentTimestamp();

	for (int p = 0; p < pfx_arena->npartitions; p++)
	{
		if (queryid != 0 && p != pfx_partition_of(queryid))
			continue;
		LWLockAcquire(&pfx_partition(p)->lock, LW_EXCLUSIVE);
		for (uint32 i = 1; i <= pfx_arena->nslots[PFX_KIND_STATEMENT]; i++)
		{
			PfxSharedStatement *stmt = pfx_slot(p, PFX_KIND_STATEMENT, i);

			if (!PFX_SLOT_IN_USE(&stmt->slot) ||
				(userid != 0 && stmt->key.userid != userid) ||
				(dbid != 0 && stmt->key.dbid != dbid) ||
				(queryid != 0 && stmt->key.queryid != queryid))
				continue;
			LWLockAcquire(&stmt->lock, LW_EXCLUSIVE);
			if (minmax_only)
				reset_minmax(stmt, now);
			else
				pfx_statement_remove(p, stmt);
			LWLockRelease(&stmt->lock);
		}
		pfx_partition(p)->dirty = true;
		LWLockRelease(&pfx_partition(p)->lock);
	}
	if (userid == 0 && dbid == 0 && queryid == 0 && !minmax_only)
		pfx_totals_reset(now);
	return now;
}
