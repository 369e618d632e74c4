/*-------------------------------------------------------------------------
 *
 * plans.c
 *	  The kinds "plan" and "node": what a statement owns.
 *
 * Separate from statements.c: a plan is only ever reached through its
 * statement and is protected by the statement's lock.
 *
 * Copyright (c) 2026, perfext contributors
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

#include "store/arena.h"

PfxSharedPlan *
pfx_plan_lookup(PfxSharedStatement *stmt, uint64 planid)
{
	uint32		index = stmt->first_plan;

	while (index != 0)
	{
		PfxSharedPlan *plan = pfx_slot(stmt->partition, PFX_KIND_PLAN, index);

		if (plan->planid == planid)
			return plan;
		index = plan->slot.next;
	}
	return NULL;
}

static void
free_nodes(int p, PfxSharedPlan *plan)
{
	while (plan->first_node != 0)
	{
		PfxSharedNode *node = pfx_slot(p, PFX_KIND_NODE, plan->first_node);
		uint32		next = node->slot.next;

		pfx_slot_free(p, PFX_KIND_NODE, plan->first_node);
		plan->first_node = next;
	}
	plan->nnodes = 0;
}

/*
 * Removes a plan from its statement, whose own histogram keeps what was counted.
 * The caller holds both locks.
 */
void
pfx_plan_remove(PfxSharedStatement *stmt, PfxSharedPlan *plan)
{
	int			p = stmt->partition;
	uint32		index = pfx_slot_index(p, PFX_KIND_PLAN, plan);
	uint32	   *link = &stmt->first_plan;

	while (*link != 0 && *link != index)
		link = &((PfxSharedPlan *) pfx_slot(p, PFX_KIND_PLAN, *link))->slot.next;
	Assert(*link == index);
	*link = plan->slot.next;
	stmt->nplans--;

	free_nodes(p, plan);
	pfx_text_release(p, plan->text);
	plan->text = 0;
	pfx_hist_move(p, stmt->hist, plan->hist);
	pfx_slot_free(p, PFX_KIND_PLAN, index);
}

/*
 * Makes room for a plan by removing, among the next few under the clock's hand,
 * the one not used for the longest time.
 */
bool
pfx_plan_evict(int p)
{
	PfxSharedPartition *partition = pfx_partition(p);
	uint32		n = pfx_arena->nslots[PFX_KIND_PLAN];
	PfxSharedPlan *victim = NULL;
	PfxSharedStatement *owner;
	bool		done = false;

	Assert(LWLockHeldByMeInMode(&partition->lock, LW_EXCLUSIVE) || !IsUnderPostmaster);

	for (uint32 i = 0, candidates = 0; i < n && candidates < 16; i++)
	{
		PfxSharedPlan *plan;

		partition->clock_hand[PFX_KIND_PLAN] = partition->clock_hand[PFX_KIND_PLAN] % n + 1;
		plan = pfx_slot(p, PFX_KIND_PLAN, partition->clock_hand[PFX_KIND_PLAN]);
		if (!PFX_SLOT_IN_USE(&plan->slot))
			continue;
		candidates++;
		if (victim == NULL || plan->stats.last_seen < victim->stats.last_seen)
			victim = plan;
	}
	if (victim == NULL)
		return false;
	owner = pfx_slot(p, PFX_KIND_STATEMENT, victim->owner);
	if (LWLockConditionalAcquire(&owner->lock, LW_EXCLUSIVE))
	{
		pfx_plan_remove(owner, victim);
		LWLockRelease(&owner->lock);
		pg_atomic_fetch_add_u64(&pfx_arena->evicted_plans, 1);
		done = true;
	}
	return done;
}

/*
 * A new plan of a statement; NULL when there is no slot.  The caller holds both
 * locks.  A statement keeps a bounded number of plans: the one unused for the
 * longest time makes room.
 */
PfxSharedPlan *
pfx_plan_create(PfxSharedStatement *stmt, uint64 planid)
{
	int			p = stmt->partition;
	uint32		index;
	PfxSharedPlan *plan;

	if (stmt->nplans >= PFX_MAX_PLANS_PER_STATEMENT)
	{
		PfxSharedPlan *oldest = NULL;

		for (index = stmt->first_plan; index != 0; index = plan->slot.next)
		{
			plan = pfx_slot(p, PFX_KIND_PLAN, index);
			if (oldest == NULL || plan->stats.last_seen < oldest->stats.last_seen)
				oldest = plan;
		}
		pfx_plan_remove(stmt, oldest);
		pg_atomic_fetch_add_u64(&pfx_arena->evicted_plans, 1);
	}

	index = pfx_slot_alloc(p, PFX_KIND_PLAN);
	if (index == 0 && pfx_plan_evict(p))
		index = pfx_slot_alloc(p, PFX_KIND_PLAN);
	if (index == 0)
		return NULL;

	plan = pfx_slot(p, PFX_KIND_PLAN, index);
	plan->planid = planid;
	plan->owner = pfx_slot_index(p, PFX_KIND_STATEMENT, stmt);
	plan->text = 0;
	plan->first_node = 0;
	plan->nnodes = 0;
	plan->fingerprint = 0;
	memset(plan->hist, 0, sizeof(plan->hist));
	memset(&plan->stats, 0, sizeof(plan->stats));
	plan->stats.first_seen = GetCurrentTimestamp();
	plan->stats.last_seen = plan->stats.first_seen;
	plan->slot.next = stmt->first_plan;
	stmt->first_plan = index;
	stmt->nplans++;
	return plan;
}

/*
 * Gives a plan its nodes, all counts zero.  False when there are not enough
 * node slots, even after evicting other plans.  The caller holds both locks.
 */
bool
pfx_plan_set_nodes(PfxSharedStatement *stmt, PfxSharedPlan *plan,
				   const PfxNodeInfo *nodes, int nnodes)
{
	int			p = stmt->partition;
	PfxSharedPartition *partition = pfx_partition(p);
	int			tries = 0;
	uint32		last = 0;

	free_nodes(p, plan);
	while (pfx_arena->nslots[PFX_KIND_NODE] - partition->used_slots[PFX_KIND_NODE] < nnodes)
	{
		/* the owner's lock is ours, so that its own plans are never the victim */
		if (tries++ >= 8 || !pfx_plan_evict(p))
			return false;
	}
	for (int i = 0; i < nnodes; i++)
	{
		uint32		index = pfx_slot_alloc(p, PFX_KIND_NODE);
		PfxSharedNode *node = pfx_slot(p, PFX_KIND_NODE, index);

		memset(&node->stats, 0, sizeof(node->stats));
		node->stats.info = nodes[i];
		if (last == 0)
			plan->first_node = index;
		else
			((PfxSharedNode *) pfx_slot(p, PFX_KIND_NODE, last))->slot.next = index;
		last = index;
	}
	plan->nnodes = nnodes;
	return true;
}

static void
sample_add(PfxNodeSample *sum, const PfxNodeSample *add)
{
	sum->loops += add->loops;
	sum->complete_loops += add->complete_loops;
	sum->rows += add->rows;
	sum->rows_removed += add->rows_removed;
	sum->startup_time += add->startup_time;
	sum->total_time += add->total_time;
	sum->self_time += add->self_time;
	sum->shared_blks_hit += add->shared_blks_hit;
	sum->shared_blks_read += add->shared_blks_read;
	sum->local_blks += add->local_blks;
	sum->temp_blks_read += add->temp_blks_read;
	sum->temp_blks_written += add->temp_blks_written;
	sum->peak_memory_bytes = Max(sum->peak_memory_bytes, add->peak_memory_bytes);
	sum->disk_bytes = Max(sum->disk_bytes, add->disk_bytes);
	sum->workers = Max(sum->workers, add->workers);
	sum->est_rows = add->est_rows;	/* the planner's latest */
}

/*
 * Adds what a sampled execution measured at each node.  The caller holds the
 * statement's lock.
 */
void
pfx_plan_add_sample(int p, PfxSharedPlan *plan, const PfxNodeSample *nodes, int nnodes,
					int64 exec_time, int64 result_time, int64 trigger_time, int64 cost,
					bool partial)
{
	uint32		index = plan->first_node;
	bool		slowest = !partial && exec_time >= plan->stats.slowest_time;

	plan->stats.samples++;
	plan->stats.sample_cost = cost;
	plan->stats.calls_at_sample = plan->stats.exec.count;
	if (partial)
		plan->stats.partial_samples++;
	if (slowest)
		plan->stats.slowest_time = exec_time;
	plan->stats.sampled_exec_time += exec_time;
	plan->stats.result_time += result_time;
	plan->stats.trigger_time += trigger_time;

	for (int i = 0; i < nnodes && index != 0; i++)
	{
		PfxSharedNode *node = pfx_slot(p, PFX_KIND_NODE, index);

		node->stats.samples++;
		if (partial)
			node->stats.partial_samples++;
		node->stats.est_rows_total += nodes[i].est_rows * Max(nodes[i].loops, 1);
		sample_add(&node->stats.sum, &nodes[i]);
		if (slowest)
			node->stats.slowest = nodes[i];
		index = node->slot.next;
	}
}

/* Forgets all plans but keeps the statements */
void
pfx_plans_reset(void)
{
	for (int p = 0; p < pfx_arena->npartitions; p++)
	{
		LWLockAcquire(&pfx_partition(p)->lock, LW_EXCLUSIVE);
		for (uint32 i = 1; i <= pfx_arena->nslots[PFX_KIND_STATEMENT]; i++)
		{
			PfxSharedStatement *stmt = pfx_slot(p, PFX_KIND_STATEMENT, i);

			if (!PFX_SLOT_IN_USE(&stmt->slot))
				continue;
			LWLockAcquire(&stmt->lock, LW_EXCLUSIVE);
			while (stmt->first_plan != 0)
				pfx_plan_remove(stmt, pfx_slot(p, PFX_KIND_PLAN, stmt->first_plan));
			LWLockRelease(&stmt->lock);
		}
		pfx_partition(p)->dirty = true;
		LWLockRelease(&pfx_partition(p)->lock);
	}
}
